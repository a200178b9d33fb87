import Circuits
import Networks
import Randomness

/// What is in the loop of a recurrent layer while it trains: ramp converters that compute its functions, pulse
/// widths of its inputs, and noise on its weights.
public struct GateLoop: Sendable {
  /// The converters; `nil` for exact functions and inputs.
  public let converters: GateConverters?
  /// Standard deviation of the noise of a weight while training, as a share of `weightLimit`.
  public let weightNoise: Float
  /// What weights are clipped to after every step; infinite for no limit.
  public let weightLimit: Float
  private var drawn: GateConverters.Drawn?

  /// A loop; see the members.
  /// - Precondition: a finite `weightLimit` where there is noise.
  public init(
    converters: GateConverters? = nil, weightNoise: Float = 0, weightLimit: Float = .infinity
  ) {
    precondition(weightNoise == 0 || weightLimit.isFinite, "noise is a share of a limit")
    self.converters = converters
    self.weightNoise = weightNoise
    self.weightLimit = weightLimit
  }

  /// Whether inputs are rounded to pulse widths.
  var convertsInputs: Bool { converters?.inputLevels != nil }

  /// Draws the ramps of a pass, and its weights from `weights`; empty where these are used as they are.
  mutating func begin(_ pass: TrainingPass, weights: [Float]) -> [Float] {
    drawn = converters?.draw(pass)
    guard pass.isTraining, weightNoise > 0 else { return [] }
    let deviation = weightNoise * weightLimit
    let noise = Noise.normal(weights.count, pass.key.child("weights"))
    return zip(weights, noise).map { $0 + deviation * $1 }
  }

  /// Rounds inputs to the nearest pulse width, in place.
  func convertInputs(_ x: UnsafeMutablePointer<Float>, count: Int) {
    converters?.quantizeInputs(x, count: count)
  }

  /// Applies the ramps of this pass; a function that they do not compute is exact.
  func activate(_ function: Activation, isState: Bool, _ values: StridedRows) {
    let ramp: StepFunction?
    switch function {
    case .sigmoid: ramp = drawn?.gate
    case .tanh: ramp = isState ? drawn?.state : drawn?.candidate
    default: ramp = nil
    }
    values.forEach { row in
      guard let ramp else { return function.apply(row) }
      if let base = row.baseAddress { ramp.apply(base, count: row.count) }
    }
  }

  /// Clips weights to the limit.
  func limit(_ weights: inout [Float]) {
    guard weightLimit.isFinite else { return }
    let end = weightLimit
    weights.withUnsafeMutableBufferPointer { w in
      for i in w.indices { w[i] = min(end, max(-end, w[i])) }
    }
  }
}
