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
  /// The ramps of this pass.
  private(set) var written: GateRamps.Written?
  /// The columns that share a ramp: those of each tile of the chip, or all where there is no chip.
  private var tiles = [0..<1]
  /// The lines of these tiles through which the cells of ramps are read.
  private var lines: [RampPlace.Kind: RampLines] = [:]
  private var isOnChip = false

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

  /// The part of the loop that belongs to one matrix. Matrices to whose sums no function is applied, such as projections,
  /// have no ramps; through a chip they have its converters alone.
  ///
  /// - Parameter hardware: the chip that passes go through; `nil` where there is none.
  func of(_ site: ProductSite, hardware: HardwareSettings?) -> GateLoop {
    let hasGates = !site.gates.isEmpty
    var own = GateLoop(
      ramps: hasGates ? ramps : nil, inputs: hasGates || hardware == nil ? inputs : nil,
      weightNoise: weightNoise, weightLimit: weightLimit)
    own.isOnChip = hardware != nil
    own.tiles =
      hardware?.layout(inputs: site.inputs, outputs: site.outputs).columnTiles
      ?? [0..<site.outputs]
    if let hardware, let ramps = own.ramps {
      let tiles = own.tiles
      own.lines =
        hardware.rampPlaces(tiles) {
          RampPlaces.gates(ramps, of: site, tile: $0, columns: tiles[$0])
        }?.lines(count: tiles.count, wires: hardware.wires) ?? [:]
    }
    return own
  }

  /// Draws the ramps of a pass, and its weights from `weights`; empty where these are used as they are. Passes of tests have
  /// exact ramps, unless they go through a chip.
  mutating func begin(_ pass: TrainingPass, weights: [Float]) -> [Float] {
    written = ramps?.write(
      tiles: tiles, key: pass.chip, isExact: !pass.isTraining && !isOnChip, lines: lines)
    guard pass.isTraining, weightNoise > 0 else { return [] }
    let deviation = weightNoise * weightLimit
    let noise = Noise.normal(weights.count, pass.key.child("weights"))
    return zip(weights, noise).map { $0 + deviation * $1 }
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
