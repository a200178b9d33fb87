import LinearAlgebra
import PhysicalUnits
import Randomness

// Whole arrays of cells: weights, reference columns and ramps are written, age and are read here.
extension DeviceModel {
  /// The same device with cells that take their targets; they age and are read as before.
  public var writtenExactly: DeviceModel {
    var result = self
    result.window.levels = nil
    result.window.spread = 0
    result.writeError = .none
    (result.stuck.onFraction, result.stuck.offFraction) = (0, 0)
    result.pulsedWrite = nil
    return result
  }

  /// The conductances that cells get for `targets`, in siemens; see `program`, whose streams hang below `key`.
  ///
  /// - Parameter first: the number of the first cell.
  public func written(_ targets: [Float], key: StreamKey, from first: Int = 0) -> [Float] {
    [Float](unsafeUninitializedCapacity: targets.count) { buffer, count in
      targets.withUnsafeBufferPointer { targets in
        nonisolated(unsafe) let (buffer, targets) = (buffer, targets)  // safe: parts are disjoint
        let piece = 16_384
        Parallel.forEach((targets.count + piece - 1) / piece) { k in
          let range = k * piece..<min(targets.count, (k + 1) * piece)
          program(
            targets: UnsafeBufferPointer(rebasing: targets[range]),
            into: UnsafeMutableBufferPointer(rebasing: buffer[range]), key: key,
            from: first + range.lowerBound)
        }
      }
      count = targets.count
    }
  }

  /// The conductances of `cells` at `time` after writing, in siemens; `nil` is as written.
  ///
  /// - Parameters:
  ///   - key: of the exponents, which differ from cell to cell.
  ///   - first: the number of the first cell.
  public func aged(
    _ cells: [Float], to time: Seconds?, key: StreamKey, from first: Int = 0
  ) -> [Float] {
    guard let drift, let time, !cells.isEmpty else { return cells }
    var exponents = cells
    var result = cells
    cells.withUnsafeBufferPointer { g in
      exponents.withUnsafeMutableBufferPointer {
        drift.exponents(of: g, key: key, from: first, into: $0)
      }
      exponents.withUnsafeBufferPointer { nu in
        result.withUnsafeMutableBufferPointer {
          drift.conductances(programmed: g, exponents: nu, time: time, into: $0)
        }
      }
    }
    return result
  }

  /// The deviation of one read of each of `cells` at the read voltage, in siemens; empty without read noise.
  ///
  /// - Parameters:
  ///   - time: since writing; `nil` is right after it, at the drift's origin.
  ///   - part: which part of the read noise; `nil` for all of it.
  public func readDeviations(
    of cells: [Float], at time: Seconds?, part: ReadNoise? = nil
  ) -> [Float] {
    let noise = part ?? readNoise
    guard noise != .none, !cells.isEmpty else { return [] }
    var sigma = cells
    cells.withUnsafeBufferPointer { g in
      sigma.withUnsafeMutableBufferPointer {
        noise.deviations(at: g, time: time ?? drift?.origin ?? Seconds(0), into: $0)
      }
    }
    return sigma
  }
}
