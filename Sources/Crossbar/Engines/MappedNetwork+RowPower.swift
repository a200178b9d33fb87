import Circuits
import LinearAlgebra

extension MappedNetwork {
  /// The mean of V²/V_read² of each word line of each block of `mapped` over the vectors `x`, 0…1; with
  /// pulses the mean share of the time that they last.
  ///
  /// Without input converters the voltages are related to the largest of each vector.
  static func relativePower(of x: Matrix<Float>, on mapped: MappedMatrix) -> [[Double]] {
    let drive = WordLineDrive(mapped: mapped)
    let input = mapped.design.input
    let chunk = 256
    return mapped.blocks.indices.map { b in
      let rows = mapped.blocks[b].place.rows.count
      var sums = [Double](repeating: 0, count: rows)
      var volts = [Float](repeating: 0, count: chunk * rows)
      var scales = [Float](repeating: 0, count: chunk)
      for first in stride(from: 0, to: x.rowCount, by: chunk) {
        let count = min(chunk, x.rowCount - first)
        x.elements.withUnsafeBufferPointer {
          drive.convert(
            UnsafeBufferPointer(
              rebasing: $0[first * x.columnCount..<(first + count) * x.columnCount]),
            vectors: count, block: b, into: &volts, scales: &scales)
        }
        for v in 0..<count {
          let row = volts[v * rows..<(v + 1) * rows]
          let full = input == nil ? row.reduce(0) { max($0, abs($1)) } : drive.volts
          guard full > 0 else { continue }
          for (i, value) in row.enumerated() {
            sums[i] += Double(power(abs(value) / full, input))
          }
        }
      }
      return sums.map { $0 / Double(max(1, x.rowCount)) }
    }
  }

  /// V²/V_read² of one input of size `value`, 0…1, over the time of a read.
  private static func power(_ value: Float, _ input: InputConverter?) -> Float {
    switch input?.coding {
    case .amplitude, nil: return value * value
    case .pulseWidth: return value
    case .bitSerial:
      guard let input, let levels = input.levels else { return value }
      var code = Int((value * Float(levels)).rounded())
      var sum: Float = 0
      while code > 0 {
        let digit = Float(code & input.largestDigit) / Float(input.largestDigit)
        sum += digit * digit
        code >>= input.sliceBits
      }
      return sum / Float(input.readCount)
    }
  }
}
