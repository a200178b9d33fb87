import DeviceModels
import InputOutput
import Networks
import Randomness

/// The cells that hold the weights of a network that settles, a conductance a weight.
///
/// Written cells follow digital numbers: after every step each cell is written anew, with an error of its own. Pulsed
/// devices have no such numbers: an in-situ rule sends them pulses, row by row of the requested changes, and the weight is
/// what the device then is, w = (zero + unit·state)/conductance unit.
package struct SettlingCells: Sendable {
  /// Of written cells: the digital numbers, and the standard deviation of a cell from its own.
  private var targets: [[Float]] = []
  package let writeError: Float
  private var writes = 0
  /// Of pulsed devices: their arrays, and the weight of a device at state 0.
  private var arrays: [any InSituRule] = []
  private let origin: Float
  private let key: StreamKey

  /// Cells that are written from the weights of `network`.
  package init(writing network: SettlingNetwork, error: Float, key: StreamKey) {
    (targets, writeError, origin) = (network.matrices.map(\.weights), error, 0)
    self.key = key.child("write")
  }

  /// Pulsed devices that start as near to the weights of `network` as their bounds allow.
  ///
  /// - Parameters:
  ///   - design: of single devices; its scale is set.
  ///   - conductanceUnit: siemens of a weight of 1.
  package init(
    pulsing network: SettlingNetwork, _ design: InSituDesign, _ rule: any InSituRuleSettings,
    conductanceUnit: Double, key: StreamKey
  ) {
    writeError = 0
    var design = design
    design.scale = Float(design.device.unit.value / conductanceUnit)
    let origin = Float(design.device.zero.value / conductanceUnit)
    self.origin = origin
    self.key = key
    arrays = network.matrices.enumerated().map { k, matrix in
      rule.layer(
        design, rowCount: matrix.rowCount, columnCount: matrix.columnCount,
        weights: matrix.weights.map { $0 - origin }, key: key.child("layer").child(k + 1))
    }
  }

  /// Pulses that devices got; `nil` where cells are written.
  package var pulseCount: Double? {
    arrays.isEmpty ? nil : arrays.reduce(0) { $0 + $1.pulseCount }
  }

  /// The weights that the cells of matrix `k` are.
  /// - Parameter window: what written cells are held in.
  func weights(_ k: Int, window: ClosedRange<Float>) -> [Float] {
    guard arrays.isEmpty else { return arrays[k].weights.map { max(0, origin + $0) } }
    let errors = Noise.normal(targets[k].count, key.child(writes).child(k))
    return zip(targets[k], errors).map {
      min(max($0 + writeError * $1, window.lowerBound), window.upperBound)
    }
  }

  /// Asks for a change of matrix `k`.
  ///
  /// - Parameters:
  ///   - change: rows × columns.
  ///   - rate: the learning rate that is part of it.
  ///   - samples: how many samples asked for it.
  mutating func change(
    _ k: Int, by change: [Float], rate: Float, samples: Int, window: ClosedRange<Float>
  ) {
    guard !arrays.isEmpty else {
      targets[k] = zip(targets[k], change).map {
        min(max($0 + $1, window.lowerBound), window.upperBound)
      }
      return
    }
    guard rate > 0 else { return }
    let rows = arrays[k].rowCount
    var lines = [Float](repeating: 0, count: rows * rows)
    for i in 0..<rows { lines[i * rows + i] = 1 }
    let gradient = change.map { -$0 / rate }
    arrays[k].step(x: lines, g: gradient, samples: rows, batch: samples, rate: rate)
  }

  /// Counts a step: from now on written cells have new errors.
  mutating func beginWriting() { writes += 1 }

  /// Shows `visitor` what matrix `k` depends on.
  mutating func visit(_ k: Int, _ visitor: inout SavedState) {
    if k == 0 { visitor.integer("writes", &writes) }
    guard !arrays.isEmpty else { return visitor.floats("weight_\(k)", &targets[k]) }
    let scope = visitor.scope
    visitor.scope = "\(scope)devices_\(k)."
    arrays[k].visit(&visitor)
    visitor.scope = scope
  }
}

extension EquilibriumPropagation {
  /// Changes matrix `k` and returns its weights.
  mutating func changed(_ k: Int, by change: [Float], _ step: Step) -> [Float] {
    guard cells != nil else {
      return zip(network.matrices[k].weights, change).map {
        min(max($0 + $1, window.lowerBound), window.upperBound)
      }
    }
    cells!.change(
      k, by: change, rate: rates[k] * step.gain, samples: step.samples, window: window)
    return cells!.weights(k, window: window)
  }

  /// Shows `visitor` what holds matrix `k`, and follows it.
  mutating func visitCells(_ k: Int, _ visitor: inout SavedState) {
    cells!.visit(k, &visitor)
    if visitor.mode != .save { network.matrices[k].set(cells!.weights(k, window: window)) }
  }
}
