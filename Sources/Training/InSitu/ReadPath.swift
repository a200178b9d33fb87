internal import CKernels
import Randomness

/// How a vector is read through an array: converters, noise and what keeps values in range.
///
/// Values are in units of a full input on a cell of state 1: y = Σ xᵢwᵢⱼ with |x| ≤ 1. The defaults
/// are the ones of the field's reference for in-situ training (Rasch et al., AICAS 2021,
/// doi 10.1109/AICAS51828.2021.9458494): 7-bit inputs, 9-bit outputs up to 12, noise 0.06.
public struct ReadPath: Sendable, Hashable {
  /// What a full input stands for.
  public enum InputRange: Sendable, Hashable {
    /// The largest absolute value of each vector ("noise management" by the absolute maximum).
    case absoluteMaximum
    /// One value for all; larger inputs are clipped.
    case fixed(Float)
  }

  /// Bits of the input converter with the sign, 2 to 16; `nil` is a continuum.
  public var inputBits: Int?
  /// What a full input stands for.
  public var inputRange: InputRange
  /// Bits of the output converter with the sign; `nil` neither rounds nor clips.
  public var outputBits: Int?
  /// The value that the largest code stands for.
  public var outputBound: Float
  /// Standard deviation of the noise at every output before conversion.
  public var outputNoise: Float
  /// How often a vector whose outputs were clipped is read again at half the input; 0 is never.
  public var halvings: Int

  /// A path; see the members.
  public init(
    inputBits: Int? = 7, inputRange: InputRange = .absoluteMaximum, outputBits: Int? = 9,
    outputBound: Float = 12, outputNoise: Float = 0.06, halvings: Int = 9
  ) {
    precondition(inputBits.map { (2...16).contains($0) } ?? true, "2 to 16 bits")
    precondition(outputBits.map { (2...16).contains($0) } ?? true, "2 to 16 bits")
    precondition(outputBound > 0 && outputNoise >= 0 && halvings >= 0, "a bound above 0")
    self.inputBits = inputBits
    self.inputRange = inputRange
    self.outputBits = outputBits
    self.outputBound = outputBound
    self.outputNoise = outputNoise
    self.halvings = halvings
  }

  /// A path that adds nothing: y is the product.
  public static let ideal = ReadPath(inputBits: nil, outputBits: nil, outputNoise: 0, halvings: 0)

  private static func levels(_ bits: Int?) -> Float {
    bits.map { Float(1 << ($0 - 1) - 1) } ?? 0
  }

  /// Reads `samples` vectors: `product` must put inputs times weights into its second argument.
  ///
  /// - Parameters:
  ///   - x: samples × inputs.
  ///   - y: samples × outputs, overwritten.
  ///   - factor: multiplies the result: the weight of one unit of state.
  ///   - workspace: as large as it must be after the first call.
  func read(
    _ x: UnsafePointer<Float>, samples: Int, inputs: Int, outputs: Int,
    into y: UnsafeMutablePointer<Float>, factor: Float, key: StreamKey,
    workspace: inout ReadWorkspace,
    product: (UnsafePointer<Float>, Int, UnsafeMutablePointer<Float>) -> Void
  ) {
    workspace.reserve(samples: samples, inputs: inputs, outputs: outputs, noise: outputNoise > 0)
    var range: Float = 0
    if case .fixed(let value) = inputRange { range = value }
    let isPlain = inputBits == nil && inputRange == .absoluteMaximum
    let noise = outputNoise
    workspace.withBuffers { drive, scale, xi, clipped in
      if isPlain {
        // Scaling there and back would only round.
        for r in 0..<samples { scale[r] = 1 }
        product(x, samples, y)
      } else {
        ow_read_inputs(x, drive, scale, samples, inputs, Self.levels(inputBits), range)
        product(drive, samples, y)
      }
      if noise > 0 {
        Noise.fillNormal(
          UnsafeMutableBufferPointer(start: xi, count: samples * outputs), key)
      }
      ow_read_outputs(
        y, noise > 0 ? xi : nil, noise, scale, factor, samples, outputs,
        Self.levels(outputBits), outputBound, clipped)
      guard halvings > 0, outputBits != nil else { return }
      for r in 0..<samples where clipped[r] != 0 {
        for k in 1...halvings where clipped[r] != 0 {
          scale[r] *= 2
          var one: Float = 0
          ow_read_inputs(
            x + r * inputs, drive, &one, 1, inputs, Self.levels(inputBits), scale[r])
          product(drive, 1, y + r * outputs)
          if noise > 0 {
            Noise.fillNormal(
              UnsafeMutableBufferPointer(start: xi, count: outputs), key.child(r).child(k))
          }
          ow_read_outputs(
            y + r * outputs, noise > 0 ? xi : nil, noise, scale + r, factor, 1, outputs,
            Self.levels(outputBits), outputBound, clipped + r)
        }
      }
    }
  }
}

/// What reading needs beside its inputs and outputs, kept between calls.
struct ReadWorkspace: Sendable {
  private var drive: [Float] = []
  private var scale: [Float] = []
  private var noise: [Float] = []
  private var clipped: [UInt8] = []

  mutating func reserve(samples: Int, inputs: Int, outputs: Int, noise hasNoise: Bool) {
    if drive.count < samples * inputs { drive = Array(repeating: 0, count: samples * inputs) }
    if scale.count < samples {
      scale = Array(repeating: 0, count: samples)
      clipped = Array(repeating: 0, count: samples)
    }
    if hasNoise && noise.count < samples * outputs {
      noise = Array(repeating: 0, count: samples * outputs)
    }
  }

  mutating func withBuffers(
    _ body: (
      UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>?,
      UnsafeMutablePointer<UInt8>
    ) -> Void
  ) {
    drive.withUnsafeMutableBufferPointer { d in
      scale.withUnsafeMutableBufferPointer { s in
        noise.withUnsafeMutableBufferPointer { n in
          clipped.withUnsafeMutableBufferPointer { c in
            body(d.baseAddress!, s.baseAddress!, n.baseAddress, c.baseAddress!)
          }
        }
      }
    }
  }
}

extension ReadPath {
  /// Noise and output conversion of one vector of currents, in place.
  func convert(_ y: inout [Float], count: Int, key: StreamKey) {
    let noise = outputNoise > 0 ? Noise.normal(count, key) : []
    let one: Float = 1
    noise.withUnsafeBufferPointer { xi in
      y.withUnsafeMutableBufferPointer { y in
        withUnsafePointer(to: one) { one in
          ow_read_outputs(
            y.baseAddress!, outputNoise > 0 ? xi.baseAddress : nil, outputNoise, one, 1, 1, count,
            Self.levels(outputBits), outputBound, nil)
        }
      }
    }
  }
}
