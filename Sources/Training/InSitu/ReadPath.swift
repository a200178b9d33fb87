internal import CConversionKernels
import Circuits
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

  /// The converters of the lines that are driven.
  private var inputConverters: LineConverters { LineConverters(bits: inputBits) }

  /// The converters of the lines that are read.
  func outputConverters(_ count: Int) -> ColumnConverters {
    guard let bits = outputBits else { return ColumnConverters(count: count) }
    let codes = UniformCodes(bits: bits, set: .symmetric, lower: -1, upper: 1)
    return ColumnConverters(
      codes, widths: Array(repeating: outputBound * codes.step, count: count))
  }

  /// Reads `samples` vectors: `product` must put inputs times weights into its third argument, for the number of
  /// vectors that its second one says.
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
    let (lines, columns) = (inputConverters, outputConverters(outputs))
    workspace.withBuffers { drive, currents, xi in
      // Noise, conversion and scaling of one vector: how many currents clipped.
      func finish(_ r: Int, _ row: Int, _ scale: Float) -> Int {
        let to = y + r * outputs
        to.update(repeating: 0, count: outputs)
        return columns.convert(
          currents + row * outputs,
          noise: .init(values: xi.map { $0 + row * outputs }, base: outputNoise * outputNoise),
          factor: factor * scale, into: to)
      }
      func convert(_ r: Int, _ row: Int, range: Float) -> Float {
        let top = range > 0 ? range : ow_largest(x + r * inputs, inputs)
        if top > 0 {
          return lines.convert(
            x + r * inputs, count: inputs, range: top, volts: 1, into: drive + row * inputs)
        }
        (drive + row * inputs).update(repeating: 0, count: inputs)
        return 0
      }
      var scales = [Float](repeating: 1, count: samples)
      if isPlain {
        // Scaling there and back would only round.
        product(x, samples, currents)
      } else {
        for r in 0..<samples { scales[r] = convert(r, r, range: range) }
        product(drive, samples, currents)
      }
      if let xi {
        Noise.fillNormal(UnsafeMutableBufferPointer(start: xi, count: samples * outputs), key)
      }
      var clipped = scales.indices.filter { finish($0, $0, scales[$0]) > 0 }
      guard halvings > 0, outputBits != nil else { return }
      for k in 1...halvings where !clipped.isEmpty {
        clipped = clipped.filter { r in
          scales[r] *= 2
          _ = convert(r, 0, range: scales[r])
          product(drive, 1, currents)
          if let xi {
            Noise.fillNormal(
              UnsafeMutableBufferPointer(start: xi, count: outputs), key.child(r).child(k))
          }
          return finish(r, 0, scales[r]) > 0
        }
      }
    }
  }
}

/// What reading needs beside its inputs and outputs, kept between calls.
struct ReadWorkspace: Sendable {
  private var drive: [Float] = []
  private var currents: [Float] = []
  private var noise: [Float] = []

  mutating func reserve(samples: Int, inputs: Int, outputs: Int, noise hasNoise: Bool) {
    if drive.count < samples * inputs { drive = Array(repeating: 0, count: samples * inputs) }
    if currents.count < samples * outputs {
      currents = Array(repeating: 0, count: samples * outputs)
    }
    guard hasNoise else { return noise = [] }
    if noise.count < samples * outputs { noise = Array(repeating: 0, count: samples * outputs) }
  }

  mutating func withBuffers(
    _ body: (
      UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>?
    ) -> Void
  ) {
    drive.withUnsafeMutableBufferPointer { d in
      currents.withUnsafeMutableBufferPointer { c in
        noise.withUnsafeMutableBufferPointer { n in
          body(d.baseAddress!, c.baseAddress!, n.isEmpty ? nil : n.baseAddress)
        }
      }
    }
  }
}

extension ReadPath {
  /// Noise and output conversion of vectors of `columns` currents each, in place.
  func convert(_ y: inout [Float], count: Int, columns: Int, key: StreamKey) {
    let noise = outputNoise > 0 ? Noise.normal(count, key) : []
    let currents = Array(y[..<count])
    let converters = outputConverters(columns)
    for i in 0..<count { y[i] = 0 }
    currents.withUnsafeBufferPointer { currents in
      noise.withUnsafeBufferPointer { xi in
        y.withUnsafeMutableBufferPointer { y in
          for first in stride(from: 0, to: count, by: columns) {
            converters.convert(
              currents.baseAddress! + first,
              noise: .init(
                values: xi.isEmpty ? nil : xi.baseAddress! + first,
                base: outputNoise * outputNoise),
              into: y.baseAddress! + first)
          }
        }
      }
    }
  }
}
