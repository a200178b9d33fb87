internal import CDeviceKernels
import LinearAlgebra
import Randomness

// Populations laid out as arrays, row after row: device i·columns + j is the cell of row i and
// column j. The numbers that a call draws depend on its place in the sequence of calls and on the
// cells that got pulses, in pieces of whole rows: the same bits on any number of threads.
extension PulsedDevices {
  /// About how many cells a piece of parallel work has.
  private static let cellsAPiece = 16384

  /// Sends the coincidences of `trains` to the array's cells; returns the number of pulses.
  /// - Precondition: the trains' rows × columns are the population.
  @discardableResult
  public mutating func apply(
    _ trains: PulseTrains, sense: PulseSense = .plain, stepping: PulseStepping
  ) -> Double {
    precondition(trains.rowCount * trains.columnCount == count, "trains of the array's size")
    guard trains.slotCount > 0 else { return 0 }
    let stream = key.child("trains").child(pulseNumber)
    pulseNumber += 1
    let rowsAPiece = max(1, Self.cellsAPiece / trains.columnCount)
    let pieces = (trains.rowCount + rowsAPiece - 1) / rowsAPiece
    var pulses = [Double](repeating: 0, count: pieces)
    let (kernel, noise, count) = (kernel, model.noise, count)
    rows.withUnsafeMutableBufferPointer { rows in
      pulses.withUnsafeMutableBufferPointer { pulses in
        kernel.withCells(rows: rows.baseAddress!, count: count, noise: noise, key: stream) {
          // Safe: pieces of rows are disjoint, the trains are only read.
          nonisolated(unsafe) let cells = $0
          nonisolated(unsafe) let pulses = pulses
          trains.withBits { bits in
            nonisolated(unsafe) var bits = bits
            bits.sense = sense.rawValue
            nonisolated(unsafe) let trainBits = bits
            Parallel.forEach(pieces) { k in
              var cells = cells
              cells.piece = UInt64(k)
              let first = k * rowsAPiece
              let rowCount = min(rowsAPiece, trains.rowCount - first)
              withUnsafePointer(to: trainBits) { bits in
                pulses[k] =
                  stepping == .closedForm
                  ? ow_coincide(&cells, bits, first, rowCount)
                  : ow_coincide_exactly(&cells, bits, first, rowCount)
              }
            }
          }
        }
      }
    }
    return pulses.reduce(0, +)
  }

  /// Sends signed numbers of pulses to `counts.count` devices from number `first` on, up where
  /// positive; returns the number of pulses. The closed form takes numbers that are not whole.
  /// - Precondition: the devices exist.
  @discardableResult
  public mutating func apply(
    _ counts: UnsafeBufferPointer<Float>, from first: Int = 0, stepping: PulseStepping
  ) -> Double {
    precondition(first >= 0 && first + counts.count <= count, "devices that exist")
    guard let base = counts.baseAddress, !counts.isEmpty else { return 0 }
    let stream = key.child("bursts").child(pulseNumber)
    pulseNumber += 1
    let size = Self.cellsAPiece
    let pieces = (counts.count + size - 1) / size
    var pulses = [Double](repeating: 0, count: pieces)
    let (kernel, noise, count, total) = (kernel, model.noise, counts.count, self.count)
    rows.withUnsafeMutableBufferPointer { rows in
      pulses.withUnsafeMutableBufferPointer { pulses in
        kernel.withCells(rows: rows.baseAddress!, count: total, noise: noise, key: stream) {
          // Safe: pieces of devices are disjoint, the counts are only read.
          nonisolated(unsafe) let cells = $0
          nonisolated(unsafe) let pulses = pulses
          nonisolated(unsafe) let base = base
          Parallel.forEach(pieces) { k in
            var cells = cells
            cells.piece = UInt64(k)
            let start = k * size
            let part = min(size, count - start)
            pulses[k] =
              stepping == .closedForm
              ? ow_burst(&cells, base + start, first + start, part)
              : ow_burst_exactly(&cells, base + start, first + start, part)
          }
        }
      }
    }
    return pulses.reduce(0, +)
  }

  /// Writes the states of some devices directly, held within their bounds and read without noise.
  package mutating func setRaw(_ states: [Float], of places: [Int]) {
    precondition(states.count == count, "\(count) devices, \(states.count) states")
    for i in places {
      rows[i] = min(max(states[i], rows[count + i]), rows[2 * count + i])
      if let row = kernel.readRow { rows[row * count + i] = rows[i] }
    }
  }

  /// What pulses change: the states, the states as read where they differ, and the pulse number.
  /// - Precondition: as many numbers as the population has.
  package var saved: (rows: [Float], pulseNumber: Int) {
    get { (states + (kernel.readRow == nil ? [] : readStates), pulseNumber) }
    set {
      let read = kernel.readRow
      precondition(newValue.rows.count == (read == nil ? count : 2 * count), "a row of states")
      for i in 0..<count { rows[i] = newValue.rows[i] }
      if let read { for i in 0..<count { rows[read * count + i] = newValue.rows[count + i] } }
      pulseNumber = newValue.pulseNumber
    }
  }

  /// Calls `body` with the states as they are read, without a copy.
  public func withReadStates<R>(_ body: (UnsafeBufferPointer<Float>) -> R) -> R {
    let row = kernel.readRow ?? 0
    return rows.withUnsafeBufferPointer {
      body(UnsafeBufferPointer(rebasing: $0[row * count..<(row + 1) * count]))
    }
  }
}

extension PulseTrains {
  fileprivate func withBits(_ body: (ow_trains) -> Void) {
    rowUp.withUnsafeBufferPointer { ru in
      rowDown.withUnsafeBufferPointer { rd in
        columnUp.withUnsafeBufferPointer { cu in
          columnDown.withUnsafeBufferPointer { cd in
            body(
              ow_trains(
                row_up: ru.baseAddress, row_down: rd.baseAddress, column_up: cu.baseAddress,
                column_down: cd.baseAddress, rows: rowCount, columns: columnCount, words: words,
                sense: 0))
          }
        }
      }
    }
  }
}
