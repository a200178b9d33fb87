import Circuits
import Crossbar
import Networks
import Randomness

/// What is in the loop of a recurrent layer while it trains: ramp converters that compute its functions, pulse
/// widths of its inputs, and noise on its weights.
public struct GateLoop: Sendable {
  /// The ramps; `nil` for exact functions. Gradients pass the codes straight through, with the slope of the function.
  public let ramps: GateRamps?
  /// The converters of the inputs over the range −1 … 1, whose codes are pulse widths; `nil` for exact inputs.
  public let inputs: LineConverters?
  /// Standard deviation of the noise of a weight while training, as a share of `weightLimit`.
  public let weightNoise: Float
  /// What weights are clipped to after every step; infinite for no limit.
  public let weightLimit: Float
  private var drawn: GateRamps.Written?

  /// A loop; see the members.
  /// - Precondition: a finite `weightLimit` where there is noise.
  public init(
    ramps: GateRamps? = nil, inputs: LineConverters? = nil, weightNoise: Float = 0,
    weightLimit: Float = .infinity
  ) {
    precondition(weightNoise == 0 || weightLimit.isFinite, "noise is a share of a limit")
    (self.ramps, self.inputs) = (ramps, inputs)
    self.weightNoise = weightNoise
    self.weightLimit = weightLimit
  }

  /// Draws the ramps of a pass, and its weights from `weights`; empty where these are used as they are.
  mutating func begin(_ pass: TrainingPass, weights: [Float]) -> [Float] {
    drawn = ramps?.write(key: pass.key, isExact: !pass.isTraining)
    guard pass.isTraining, weightNoise > 0 else { return [] }
    let deviation = weightNoise * weightLimit
    let noise = Noise.normal(weights.count, pass.key.child("weights"))
    return zip(weights, noise).map { $0 + deviation * $1 }
  }

  /// Applies the ramps of this pass; a function that they do not compute is exact.
  func activate(_ function: Activation, _ read: GateRead, _ values: StridedRows) {
    guard let drawn else { return values.joined.forEach { function.apply($0) } }
    drawn.activate(function, read, values)
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
