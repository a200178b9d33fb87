internal import CDeviceKernels
import Foundation
import Randomness

extension DeviceModel {
  /// Writes `targets` into cells, as well as the device allows.
  ///
  /// In this order: the target is moved to the nearest level; into the cell's own window, both ends of
  /// which spread from cell to cell; the write error is added; cells that are stuck take their own
  /// value; nothing is below 0. With `pulsedWrite` pulses of the device's model bring cells to the level in the place
  /// of window and write error, which are what such pulses leave.
  ///
  /// What cell i gets depends on `key` and on i = `first` + its place alone, so that parts of an
  /// array may be written in any order on any thread.
  /// - Parameters:
  ///   - targets: siemens.
  ///   - result: becomes the conductances in siemens, as many as `targets`; may be the same memory.
  ///   - key: the stream of this write.
  ///   - first: the number of the first cell.
  /// - Complexity: O(cells), about 3 normal or uniform numbers a cell where every law is on.
  public func program(
    targets: UnsafeBufferPointer<Float>, into result: UnsafeMutableBufferPointer<Float>,
    key: StreamKey, from first: Int = 0
  ) {
    precondition(targets.count == result.count, "a conductance a target")
    let keys = WriteKeys(key)
    let byPulses = pulsedWrite.flatMap { write in pulses.map { (write, $0) } }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 1024) { noise in
      var start = 0
      while start < targets.count {
        let n = min(1024, targets.count - start)
        let place = first + start
        let part = UnsafeMutableBufferPointer(rebasing: result[start..<start + n])
        let wanted = UnsafeBufferPointer(rebasing: targets[start..<start + n])
        let draws = UnsafeMutableBufferPointer(rebasing: noise[..<n])
        quantize(wanted, into: part)
        if let (write, model) = byPulses {
          writeByPulses(part, write, model, key: keys.pulses, from: place)
        } else {
          limit(part, draws, keys, place)
          addWriteError(part, draws, keys.error, place)
        }
        stick(part, draws, keys.stuck, place)
        start += n
      }
    }
  }

  private struct WriteKeys {
    let low, high, error, stuck, pulses: StreamKey
    init(_ key: StreamKey) {
      low = key.child("window-minimum")
      high = key.child("window-maximum")
      error = key.child("write-error")
      stuck = key.child("stuck")
      pulses = key.child("pulses")
    }
  }

  private typealias Cells = UnsafeMutableBufferPointer<Float>

  private func quantize(_ targets: UnsafeBufferPointer<Float>, into cells: Cells) {
    guard let levels = window.levels else {
      for i in cells.indices { cells[i] = targets[i] }
      return
    }
    let low = Float(window.minimum.value)
    let step = Float(window.maximum.value - window.minimum.value) / Float(levels - 1)
    let top = Float(levels - 1)
    for i in cells.indices {
      let level = ((targets[i] - low) / step).rounded()
      cells[i] = low + step * min(max(level, 0), top)
    }
  }

  private func limit(_ cells: Cells, _ draws: Cells, _ keys: WriteKeys, _ first: Int) {
    let (low, high) = (Float(window.minimum.value), Float(window.maximum.value))
    let spread = Float(window.spread)
    if spread == 0 {
      for i in cells.indices { cells[i] = min(max(cells[i], low), high) }
      return
    }
    Noise.fillNormal(draws, keys.low, from: first)
    ow_raise_cells(cells.baseAddress!, draws.baseAddress!, low, spread, cells.count)
    Noise.fillNormal(draws, keys.high, from: first)
    ow_lower_cells(cells.baseAddress!, draws.baseAddress!, high, spread, cells.count)
  }

  private func addWriteError(_ cells: Cells, _ draws: Cells, _ key: StreamKey, _ first: Int) {
    let mean = Float(writeError.mean)
    guard !writeError.deviation.isEmpty else {
      if mean != 0 { for i in cells.indices { cells[i] = max(0, cells[i] + mean) } }
      return
    }
    if writeError.distribution == .uniform {
      Noise.fillUniform(draws, key, from: first)
      let width = Float(12.0.squareRoot())
      for i in draws.indices { draws[i] = (draws[i] - 0.5) * width }
    } else {
      Noise.fillNormal(draws, key, from: first)
    }
    let coefficients = writeError.deviation.map(Float.init)
    let inverse = Float(1 / writeError.reference)
    guard writeError.distribution == .logNormal else {
      return ow_add_write_errors(
        cells.baseAddress!, draws.baseAddress!, coefficients, coefficients.count, inverse, mean,
        cells.count)
    }
    for i in cells.indices {
      let g = cells[i]
      let x = g * inverse
      var deviation: Float = 0
      for k in stride(from: coefficients.count - 1, through: 0, by: -1) {
        deviation = deviation * x + coefficients[k]
      }
      let written = (g > 0 ? g * expf(max(0, deviation) / g * draws[i]) : 0) + mean
      cells[i] = max(0, written)
    }
  }

  private func stick(_ cells: Cells, _ draws: Cells, _ key: StreamKey, _ first: Int) {
    let on = Float(stuck.onFraction)
    let either = on + Float(stuck.offFraction)
    guard either > 0 else { return }
    let (high, low) = (Float(stuck.onConductance.value), Float(stuck.offConductance.value))
    Noise.fillUniform(draws, key, from: first)
    for i in cells.indices where draws[i] < either { cells[i] = draws[i] < on ? high : low }
  }
}
