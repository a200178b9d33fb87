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
    /// A running mean m of the vectors' largest |x|, m ← (1 − decay)·m + decay·max|x| before each vector of a training
    /// pass, the first of which sets it; larger inputs are clipped. Other passes leave it as it is.
    case runningMean(decay: Float)
  }

  /// Bits of the input converter with the sign, 2 to 16; `nil` is a continuum.
  public var inputBits: Int?
  /// What a full input stands for.
  public var inputRange: InputRange
  /// The largest range that a vector finds for itself, also within a running mean; larger inputs are then clipped.
  public var inputLimit = Float.infinity
  /// The part of the voltage that lines of negative inputs lack.
  public var inputAsymmetry: Float = 0
  /// Bits of the output converter with the sign; `nil` neither rounds nor clips.
  public var outputBits: Int?
  /// The value that the largest code stands for.
  public var outputBound: Float
  /// Standard deviation of the noise at every output before conversion.
  public var outputNoise: Float
  /// How often a vector whose outputs were clipped is read again at half the input; 0 is never.
  public var halvings: Int
  /// In place of halvings: a vector whose outputs were clipped is read once more with a range of at least
  /// max(Σx⁺, Σx⁻)·w/`outputBound`, where Σx⁺ is the sum of the positive inputs and Σx⁻ that of the magnitudes of the
  /// negative ones, and w this state. Cells of at most that state then clip nothing that inputs of one sign drive. The
  /// full input keeps two codes. `nil` is off.
  public var worstCaseState: Float?
  /// How far the amplifiers before the output converters saturate: y becomes y/(1 + c·|y|) with c this number over
  /// `outputBound`, so that 1 halves an output at the bound. Noise is added behind them.
  public var outputNonlinearity: Float = 0
  /// Relative standard deviation of c between outputs; what is drawn stays with the array.
  public var nonlinearitySpread: Float = 0

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
  private var inputConverters: LineConverters {
    LineConverters(
      inputBits.map { UniformCodes(bits: $0, set: .symmetric, lower: -1, upper: 1) },
      limit: inputLimit, asymmetry: inputAsymmetry)
  }

  /// The converters of the lines that are read.
  ///
  /// - Parameter key: of what differs between the lines of an array.
  private func outputConverters(_ count: Int, key: StreamKey) -> ColumnConverters {
    guard let bits = outputBits else { return ColumnConverters(count: count) }
    var output = OutputConverter(bits: bits)
    output.nonlinearity = Double(outputNonlinearity)
    output.nonlinearitySpread = Double(nonlinearitySpread)
    let codes = output.unitCodes(signed: true)
    return ColumnConverters(
      codes, widths: Array(repeating: outputBound * codes.step, count: count)
    ).with(bends: output.bends(count: count, key: key))
  }

  /// The range of the second read of a vector whose outputs were clipped at the range `whole`; `nil` where that is wide
  /// enough.
  private func worstCaseRange(_ x: UnsafePointer<Float>, _ count: Int, whole: Float) -> Float? {
    guard let worstCaseState else { return nil }
    var (positive, negative): (Float, Float) = (0, 0)
    for i in 0..<count { if x[i] > 0 { positive += x[i] } else { negative -= x[i] } }
    let levels = inputBits.map { Float(1 << ($0 - 1) - 1) } ?? .infinity
    let wanted = min(
      max(positive, negative) * worstCaseState / outputBound, max(1, levels / 2) * whole)
    return wanted > whole ? wanted : nil
  }

  /// Reads `samples` vectors: `product` must put inputs times weights into its third argument, for the number of
  /// vectors that its second one says.
  ///
  /// - Parameters:
  ///   - x: samples × inputs.
  ///   - y: samples × outputs, overwritten.
  ///   - factor: multiplies the result: the weight of one unit of state.
  ///   - key: of the noise of this read.
  ///   - lines: of what differs between the array's lines.
  ///   - runningMean: the mean of the vectors' largest |x| where the path follows it; 0 before the first.
  ///   - isTraining: whether it goes on following.
  ///   - workspace: as large as it must be after the first call.
  func read(
    _ x: UnsafePointer<Float>, samples: Int, inputs: Int, outputs: Int,
    into y: UnsafeMutablePointer<Float>, factor: Float, key: StreamKey, lines lineKey: StreamKey,
    runningMean: inout Float, isTraining: Bool, workspace: inout ReadWorkspace,
    product: (UnsafePointer<Float>, Int, UnsafeMutablePointer<Float>) -> Void
  ) {
    workspace.reserve(samples: samples, inputs: inputs, outputs: outputs, noise: outputNoise > 0)
    let isPlain =
      inputBits == nil && inputRange == .absoluteMaximum && inputLimit == .infinity
      && inputAsymmetry == 0
    let (lines, columns) = (inputConverters, outputConverters(outputs, key: lineKey))
    /// The range of vector r, 0 for its own.
    func range(_ r: Int) -> Float {
      switch inputRange {
      case .absoluteMaximum: return 0
      case .fixed(let value): return value
      case .runningMean(let decay):
        let own = lines.ownRange(x + r * inputs, count: inputs)
        if isTraining {
          runningMean = runningMean > 0 ? (1 - decay) * runningMean + decay * own : own
        }
        return runningMean
      }
    }
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
        let top = range > 0 ? range : lines.ownRange(x + r * inputs, count: inputs)
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
        for r in 0..<samples { scales[r] = convert(r, r, range: range(r)) }
        product(drive, samples, currents)
      }
      if let xi {
        Noise.fillNormal(UnsafeMutableBufferPointer(start: xi, count: samples * outputs), key)
      }
      var clipped = scales.indices.filter { finish($0, $0, scales[$0]) > 0 }
      guard outputBits != nil else { return }
      func again(_ r: Int, _ k: Int) -> Bool {
        _ = convert(r, 0, range: scales[r])
        product(drive, 1, currents)
        if let xi {
          Noise.fillNormal(
            UnsafeMutableBufferPointer(start: xi, count: outputs), key.child(r).child(k))
        }
        return finish(r, 0, scales[r]) > 0
      }
      for r in clipped where worstCaseState != nil {
        guard let wide = worstCaseRange(x + r * inputs, inputs, whole: scales[r]) else { continue }
        scales[r] = wide
        _ = again(r, 1)
      }
      guard worstCaseState == nil, halvings > 0 else { return }
      for k in 1...halvings where !clipped.isEmpty {
        clipped = clipped.filter { r in
          scales[r] *= 2
          return again(r, k)
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
  func convert(_ y: inout [Float], count: Int, columns: Int, key: StreamKey, lines: StreamKey) {
    let noise = outputNoise > 0 ? Noise.normal(count, key) : []
    let currents = Array(y[..<count])
    let converters = outputConverters(columns, key: lines)
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
