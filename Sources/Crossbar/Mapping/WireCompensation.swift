import Circuits
import LinearAlgebra

/// How the effect of a tile's wires on its read-out is made good.
public enum WireCompensation: String, Sendable, CaseIterable {
  /// Not at all.
  case none
  /// Every column is multiplied, after conversion, by the gain that brings its currents nearest to
  /// those without wires, in least squares over the calibration inputs.
  case gain
  /// Cells are written such that the *effective* conductances are the targets, times one factor a
  /// weight's column that makes room in the conductance window; a gain undoes the factor. The
  /// factor is 1 where a pedestal is subtracted digitally.
  case remap
}

extension MappedMatrix {
  /// Sets what is written, what wires make of it, and gains for inputs of which nothing is known.
  mutating func compensateWires() {
    guard let wires = design.wires, design.wireCompensation != .none else { return }
    let window = design.device.window
    let range = window.minimum.value...window.maximum.value
    for b in blocks.indices {
      let place = blocks[b].place
      let tiles = WiredTile.all(
        design: design, wires: wires, rows: place.rows.count, slices: blocks[b].slices.count,
        places: layout.tiles(of: place), first: place.columns.lowerBound)
      let targets = blocks[b].slices.map { ($0.positive, $0.negative) }
      var (written, seen): (WiredTile.Cells, WiredTile.Cells) = (targets, targets)
      for tile in tiles { tile.put(tile.effective(tile.array(of: targets)), into: &seen) }
      blocks[b].set(written: written, effective: seen)
      setGains(b, volts: nil)
      guard design.wireCompensation == .remap else { continue }
      let gains = blocks[b].gains
      for tile in tiles {
        var goal = tile.array(of: targets)
        let common = tile.weights > 0 ? mean(gains[tile.first..<tile.first + tile.weights]) : 1
        for j in 0..<goal.columnCount {
          // A reference column serves all weights, which then share one factor.
          let weight = tile.hasReference ? nil : tile.weight(ofBitLine: j)
          let factor = 1 / Double(max(1, weight.map { gains[tile.first + $0] } ?? common))
          for i in 0..<goal.rowCount { goal[i, j] *= factor }
        }
        let (cells, effective) = tile.remapped(goal, in: range)
        tile.put(cells, into: &written)
        tile.put(effective, into: &seen)
      }
      blocks[b].set(written: written, effective: seen)
      setGains(b, volts: nil)
    }
  }

  /// Sets the gains for inputs such as `x`, vectors × inputs.
  mutating func calibrateGains(on x: Matrix<Float>) {
    let drive = WordLineDrive(mapped: self)
    for b in blocks.indices where !blocks[b].effective.isEmpty {
      setGains(b, volts: drive.converted(x, block: b).volts)
    }
  }

  /// Gains in least squares over `volts`, vectors × word lines; `nil` for independent inputs.
  private mutating func setGains(_ b: Int, volts: Matrix<Float>?) {
    guard !design.mapping.hasDigitalPedestal else { return }
    let place = blocks[b].place
    let tiles = layout.tiles(of: place)
    let columns = place.columns.count
    func outputs(_ slices: [TargetConductances]) -> [Float] {
      var sum = [Float](repeating: 0, count: place.rows.count * columns)
      for slice in slices {
        let d = slice.differences(tiles: tiles, first: place.columns.lowerBound)
        for k in sum.indices { sum[k] += slice.factor * d[k] }
      }
      guard let volts else { return sum }
      return product(
        volts, Matrix(rowCount: place.rows.count, columnCount: columns, elements: sum)
      ).elements
    }
    let (wanted, found) = (outputs(blocks[b].slices), outputs(blocks[b].effective))
    for j in 0..<columns {
      var (both, square) = (0.0, 0.0)
      for k in stride(from: j, to: wanted.count, by: columns) {
        both += Double(wanted[k]) * Double(found[k])
        square += Double(found[k]) * Double(found[k])
      }
      blocks[b].gains[j] = both > 0 && square > 0 ? Float(both / square) : 1
    }
  }

  private func mean(_ values: ArraySlice<Float>) -> Float {
    values.reduce(0, +) / Float(values.count)
  }
}

extension MappedMatrix.Block {
  fileprivate mutating func set(written: WiredTile.Cells, effective seen: WiredTile.Cells) {
    effective = self.written
    for s in slices.indices {
      (self.written[s].positive, self.written[s].negative) = written[s]
      (effective[s].positive, effective[s].negative) = seen[s]
    }
  }
}
