internal import CDeviceKernels
import LinearAlgebra
import Randomness

/// Stochastic pulse trains on the rows and the columns of an array, for a batch of rank-one updates.
///
/// Sample s takes `lengths[s]` time slots. In each of them row i carries a pulse with probability
/// min(1, |xᵢ|·rowScale) and column j with min(1, |dⱼ|·columnScale), independently. A cell gets a
/// pulse where both its lines carry one, up where x and d have one sign: the expected number of
/// pulses is lengths·min(1, |x|·rowScale)·min(1, |d|·columnScale). Gokmen and Vlasov,
/// Front. Neurosci. 10, 333 (2016), doi 10.3389/fnins.2016.00333.
public struct PulseTrains: Sendable {
  /// How many rows.
  public let rowCount: Int
  /// How many columns.
  public let columnCount: Int
  /// Time slots of all samples together.
  public let slotCount: Int

  // Bits by words of 64 slots, words × lines.
  let rowUp, rowDown, columnUp, columnDown: [UInt64]
  var words: Int { (slotCount + 63) / 64 }

  /// The trains of a batch.
  ///
  /// - Parameters:
  ///   - x: samples × rows.
  ///   - d: samples × columns.
  ///   - lengths: slots a sample, 0 or more.
  ///   - rowScale: from x to a probability, a number a sample.
  ///   - columnScale: from d to a probability, a number a sample.
  public init(
    x: UnsafePointer<Float>, rowCount: Int, d: UnsafePointer<Float>, columnCount: Int,
    lengths: [Int32], rowScale: [Float], columnScale: [Float], key: StreamKey
  ) {
    precondition(rowCount > 0 && columnCount > 0, "an array has rows and columns")
    precondition(lengths.count == rowScale.count && lengths.count == columnScale.count)
    precondition(lengths.allSatisfy { $0 >= 0 }, "a train has 0 or more slots")
    let slots = lengths.reduce(0) { $0 + Int($1) }
    self.rowCount = rowCount
    self.columnCount = columnCount
    slotCount = slots
    let words = (slots + 63) / 64
    let group = 256
    let rowGroups = (rowCount + group - 1) / group
    let columnGroups = (columnCount + group - 1) / group
    var rowUp = [UInt64](repeating: 0, count: words * rowCount)
    var rowDown = rowUp
    var columnUp = [UInt64](repeating: 0, count: words * columnCount)
    var columnDown = columnUp
    let (rowKey, columnKey) = (key.child("rows"), key.child("columns"))
    rowUp.withUnsafeMutableBufferPointer { ru in
      rowDown.withUnsafeMutableBufferPointer { rd in
        columnUp.withUnsafeMutableBufferPointer { cu in
          columnDown.withUnsafeMutableBufferPointer { cd in
            // Safe: a piece sets the bits of its own lines.
            nonisolated(unsafe) let (ru, rd) = (ru.baseAddress!, rd.baseAddress!)
            nonisolated(unsafe) let (cu, cd) = (cu.baseAddress!, cd.baseAddress!)
            nonisolated(unsafe) let (x, d) = (x, d)
            @Sendable func piece(_ k: Int) {
              if k < rowGroups {
                ow_train_bits(
                  ru, rd, x, rowCount, lengths.count, rowScale, lengths, rowKey.key,
                  rowKey.stream, k, 1)
              } else {
                ow_train_bits(
                  cu, cd, d, columnCount, lengths.count, columnScale, lengths, columnKey.key,
                  columnKey.stream, k - rowGroups, 1)
              }
            }
            guard slots > 0 else { return }
            // A second thread pays from about 20 µs of work on.
            if slots * (rowGroups + columnGroups) < 256 {
              for k in 0..<(rowGroups + columnGroups) { piece(k) }
            } else {
              Parallel.forEach(rowGroups + columnGroups, piece)
            }
          }
        }
      }
    }
    (self.rowUp, self.rowDown) = (rowUp, rowDown)
    (self.columnUp, self.columnDown) = (columnUp, columnDown)
  }
}

/// How a train of pulses on a device is worked out.
public enum PulseStepping: Sendable, Hashable {
  /// All pulses of a call at once: the mean, the variance and the effect of the bounds by a closed
  /// form. Good where a step is a small part of the device's range: the error of a train is of second
  /// order in that part.
  case closedForm
  /// Pulse by pulse.
  case pulseByPulse

  /// The closed form where the nominal device's steps stay below 2 % of its range, else pulse by
  /// pulse.
  public static func suited(to model: PulseModel) -> PulseStepping {
    let device = model.nominal
    let range = device.high - device.low
    let largest = (0...16).reduce(0.0) { most, k in
      let w = device.low + range * Double(k) / 16
      return max(most, abs(device.up.step(from: w)), abs(device.down.step(from: w)))
    }
    return largest <= 0.02 * range ? .closedForm : .pulseByPulse
  }
}

/// What becomes of a cell's pulses.
public enum PulseSense: Int32, Sendable, Hashable {
  /// Up is up and down is down.
  case plain = 0
  /// Up and down are exchanged: the minus cell of a pair.
  case exchanged = 1
  /// Pulses up arrive, pulses down do not: the plus cell of a pair whose cells are only raised.
  case upOnly = 2
  /// Pulses down arrive as pulses up: the minus cell of such a pair.
  case downAsUp = 3
}
