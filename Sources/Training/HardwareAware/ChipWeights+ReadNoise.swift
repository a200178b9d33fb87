internal import CLearningKernels
import DeviceModels
import LinearAlgebra
import PhysicalUnits

extension ChipWeights {
  /// The variance of one read of each weight by the device's read noise.
  func fillReadVariances(_ variances: inout [Float], chip: [Float], device: DeviceModel) {
    let low = Float(device.window.minimum.value)
    let perWeight = perWeight(device)
    let time = device.drift?.origin ?? Seconds(0)
    let ground = Float(device.readNoise.deviation(at: Double(low), time: time))
    let share = Float(1 / Double(perWeight)) * strength
    Self.forEachPiece(&variances, chip) { v, w, _ in
      withScratch(v.count) { g in
        let g = UnsafeMutableBufferPointer(start: g, count: v.count)
        ow_carrying_cells(w.baseAddress!, g.baseAddress!, low, perWeight, w.count)
        device.readNoise.deviations(at: UnsafeBufferPointer(g), time: time, into: v)
      }
      ow_pair_variances(v.baseAddress!, ground, share, v.count)
    }
  }

  /// The same of the cells behind wires, which do not weaken it: that of both cells of a pair.
  func fillReadVariances(_ variances: inout [Float], of wires: ChipWires, device: DeviceModel) {
    let time = device.drift?.origin ?? Seconds(0)
    let share = strength / perWeight(device)
    variances.withUnsafeMutableBufferPointer { variances in
      nonisolated(unsafe) let v = variances.baseAddress!  // safe: tiles are disjoint
      wires.forEachTile { tile, cells, at in
        withScratch(cells.count) { sigma in
          device.readNoise.deviations(
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
}
