import Circuits
import Crossbar
import DeviceModels
import LinearAlgebra

/// The wires of a pulsed array that fills one tile, and what they leave of its weights.
///
/// The columns of a weight are neighbors: its device and its reference, or the two devices of its pair.
struct PulsedWires: Sendable {
  /// The lines, with the conductances of the cells.
  var lines: ChipWires
  /// In training the exact effective conductances are found every so many updates (`ChipWires`).
  let exactEvery: Int
  /// The weights behind the wires in units of state, rows × columns.
  var effective: [Float] = []
  /// How `effective` was found; `nil` where the devices have changed since.
  var effort: ChipWires.Effort?
  /// The updates that had been made when the exact conductances were last found in training; −1 before.
  var renewedAt = -1
}

extension PulsedArray {
  /// Puts the devices on lines of these resistances.
  ///
  /// - Precondition: one device or a pair per weight, whose conductances are not negative.
  package mutating func join(_ resistances: UniformWires, exactEvery: Int) {
    if case .multiple = cells { preconditionFailure("a weight has two columns") }
    let layout = TileLayout(
      rowCount: rowCount, columnCount: columnCount, groups: 1, tileRows: rowCount,
      weightsPerTileRow: columnCount)
    wires = PulsedWires(
      lines: ChipWires(resistances, layout: layout, outputs: columnCount), exactEvery: exactEvery)
  }

  /// Brings what is read through the wires up to date with the devices.
  ///
  /// - Parameter exactly: by exact effective conductances; else by ladders, and what these leave out as it was found
  ///   at some earlier update.
  mutating func followWires(exactly: Bool) {
    guard var wires else { return }
    if wires.effort == .exact ? exactly : wires.effort != nil && !exactly { return }
    self.wires = nil
    defer { self.wires = wires }
    let count = rowCount * columnCount
    let (zero, unit) = (Float(model.zero.value), Float(model.unit.value))
    func conductances(_ k: Int) -> [Float] {
      populations[k].withReadStates { states in states.map { max(0, zero + unit * $0) } }
    }
    let positive = conductances(0)
    let negative: [Float]
    if populations.count == 2 {
      negative = conductances(1)
    } else if reference.isEmpty {
      negative = Array(repeating: max(0, zero), count: count)
    } else {
      negative = reference.map { max(0, zero + unit * $0) }
    }
    var cells: [Float] = []
    swap(&cells, &wires.lines.cells)
    cells.withUnsafeMutableBufferPointer {
      wires.lines.place(positive, negative, 0..<count, into: $0.baseAddress!)
    }
    swap(&cells, &wires.lines.cells)
    var effort = ChipWires.Effort.exact
    if !exactly {
      let renews = wires.renewedAt < 0 || updates - wires.renewedAt >= wires.exactEvery
      effort = renews ? .renew : .approximate
      if renews { wires.renewedAt = updates }
    }
    if wires.effective.count != count { wires.effective = Array(repeating: 0, count: count) }
    var shares: [Float] = []
    wires.lines.weights(effort, factor: 1 / unit, into: &wires.effective, shares: &shares)
    wires.effort = effort
  }

  /// Calls `body` with the weights as reads see them, behind the wires, in units of state.
  func withReadable<R>(_ body: (UnsafeBufferPointer<Float>) -> R) -> R {
    guard let wires else { return withStates(body) }
    return wires.effective.withUnsafeBufferPointer(body)
  }

  /// Shows `visitor` what wires keep for the reads that follow.
  mutating func visitWires(_ visitor: inout SavedState, _ name: String) {
    guard wires != nil else { return }
    visitor.integer("\(name).wires-renewed", &wires!.renewedAt)
    let count = wires!.lines.cells.count
    visitor.optionalFloats("\(name).wires", &wires!.lines.rest, count: count)
    if visitor.restores { wires!.effort = nil }
  }
}
