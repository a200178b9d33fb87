internal import CLearningKernels
import DeviceModels
import LinearAlgebra
import PhysicalUnits

extension ChipWeights {
  /// The variance of one read of each weight by the noise of the device's conductance.
  func fillReadVariances(_ variances: inout [Float], chip: [Float], device: DeviceModel) {
    let low = Float(device.window.minimum.value)
    let perWeight = perWeight(device)
    let time = device.drift?.origin ?? Seconds(0)
    let noise = device.readNoise.ofConductance
    let ground = Float(noise.deviation(at: Double(low), time: time))
    let share = Float(1 / Double(perWeight)) * strength
    Self.forEachPiece(&variances, chip) { v, w, _ in
      withScratch(v.count) { g in
        let g = UnsafeMutableBufferPointer(start: g, count: v.count)
        ow_carrying_cells(w.baseAddress!, g.baseAddress!, low, perWeight, w.count)
        noise.deviations(at: UnsafeBufferPointer(g), time: time, into: v)
      }
      ow_pair_variances(v.baseAddress!, ground, share, v.count)
    }
  }

  /// The same of the cells behind wires, which do not weaken it: that of both cells of a pair.
  func fillReadVariances(_ variances: inout [Float], of wires: ChipWires, device: DeviceModel) {
    let time = device.drift?.origin ?? Seconds(0)
    let share = strength / perWeight(device)
    let noise = device.readNoise.ofConductance
    variances.withUnsafeMutableBufferPointer { variances in
      nonisolated(unsafe) let v = variances.baseAddress!  // safe: tiles are disjoint
      wires.forEachTile { tile, cells, at in
        withScratch(cells.count) { sigma in
          noise.deviations(
            at: cells, time: time,
            into: UnsafeMutableBufferPointer(start: sigma, count: cells.count))
          for i in 0..<tile.rows.count {
            let (from, to) = (sigma + i * tile.columns, v + at + i * wires.outputs)
            for j in 0..<tile.weights.count {
              let (p, n) = (from[2 * j] * share, from[2 * j + 1] * share)
              to[j] = p * p + n * n
            }
          }
        }
      }
    }
  }

  /// The conductances of both cells of each weight, in units in which the variance of a weight is theirs times `CurrentNoise`'s.
  func readConductances(chip: [Float], wires: ChipWires?, device: DeviceModel) -> [Float] {
    let share = strength / perWeight(device)
    var sums = chip
    guard let wires else {
      let low = Float(device.window.minimum.value)
      let perWeight = perWeight(device)
      for i in sums.indices {
        sums[i] = (2 * low + abs(chip[i]) * perWeight) * share * share
      }
      return sums
    }
    sums.withUnsafeMutableBufferPointer { sums in
      nonisolated(unsafe) let sums = sums.baseAddress!  // safe: tiles are disjoint
      wires.forEachTile { tile, cells, at in
        for i in 0..<tile.rows.count {
          let (from, to) = (i * tile.columns, sums + at + i * wires.outputs)
          for j in 0..<tile.weights.count {
            to[j] = (cells[from + 2 * j] + cells[from + 2 * j + 1]) * share * share
          }
        }
      }
    }
    return sums
  }
}
