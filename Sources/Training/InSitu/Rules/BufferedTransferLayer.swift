internal import CLearningKernels
import Randomness

/// A layer whose slow array is pulsed from a digital buffer of the fast array's readings: Tiki-Taka v2
/// and its kin. What a reading adds to the buffer is the rules' own.
struct BufferedTransferLayer: TransferLayer {
  /// What a rule remembers of its rows and makes of their readings.
  enum Filter: Sendable {
    /// Readings as they are.
    case plain
    /// Rows' signs, flipped with this probability after a reading.
    case chopped(probability: Float)
    /// Rows' signs flipped every `period` readings, and the mean of the last period taken off.
    case referenced(period: Int, tail: Float)
  }

  var arrays: FastSlowArrays
  let filter: Filter
  private let key: StreamKey
  private var samplesSeen = 0
  private var readingsDone = 0
  private var buffer: [Float]
  private var counts: [Float] = []
  private var readings: [Float] = []
  private var choppers: [Float] = []
  private var reference: [Float] = []
  private var mean: [Float] = []
  private var age: [Float] = []

  init(arrays: FastSlowArrays, filter: Filter, key: StreamKey) {
    self.arrays = arrays
    self.filter = filter
    self.key = key
    let count = arrays.slow.rowCount * arrays.slow.columnCount
    buffer = Array(repeating: 0, count: count)
    if case .plain = filter { return }
    choppers = Array(repeating: 1, count: arrays.slow.rowCount)
    if case .referenced = filter {
      reference = Array(repeating: 0, count: count)
      mean = reference
      age = Array(repeating: 0, count: arrays.slow.rowCount)
    }
  }

  mutating func visit(_ visitor: inout SavedState) {
    arrays.visit(&visitor)
    visitor.integer("samples", &samplesSeen)
    visitor.integer("readings", &readingsDone)
    visitor.floats("buffer", &buffer)
    visitor.floats("choppers", &choppers)
    visitor.floats("reference", &reference)
    visitor.floats("mean", &mean)
    visitor.floats("age", &age)
  }

  mutating func update(
    x: UnsafePointer<Float>, g: UnsafePointer<Float>, samples: Int, batch: Int, rate: Float
  ) {
    arrays.descend(x: x, g: g, samples: samples, choppers: choppers)
    let transfers = arrays.settings.transfers(after: batch, done: samplesSeen)
    samplesSeen += batch
    let columns = columnCount
    let strength = rate * arrays.settings.transferRate
    let step = arrays.bufferStep
    let momentum = arrays.settings.momentum
    let burst = Float(arrays.settings.burst)
    for rows in arrays.nextRows(transfers) {
      let needed = rows.count * columns
      arrays.fast.readRows(rows, path: arrays.settings.transferRead, into: &readings)
      if counts.count < needed { counts = Array(repeating: 0, count: needed) }
      for (k, row) in rows.enumerated() {
        let sign = taken(row, at: k * columns)
        let place = row * columns
        let first = k * columns
        readings.withUnsafeBufferPointer { reading in
          buffer.withUnsafeMutableBufferPointer { h in
            counts.withUnsafeMutableBufferPointer { n in
              ow_gather_and_fire(
                h.baseAddress! + place, reading.baseAddress! + first, n.baseAddress! + first,
                columns, strength * sign, step, burst, momentum)
            }
          }
        }
      }
      counts.withUnsafeBufferPointer {
        arrays.slow.send(UnsafeBufferPointer(rebasing: $0[..<needed]), firstRow: rows.lowerBound)
      }
    }
  }

  /// What the filter makes of a row's reading, which stands at `first` of the readings, in place; the
  /// sign with which it enters the buffer.
  private mutating func taken(_ row: Int, at first: Int) -> Float {
    switch filter {
    case .plain: return 1
    case .chopped(let probability):
      let sign = choppers[row]
      readingsDone += 1
      var stream = RandomStream(key.child("chop").child(readingsDone))
      if Float(stream.uniform()) < probability { choppers[row] = -sign }
      return sign
    case .referenced(let period, let tail):
      let sign = choppers[row]
      let columns = columnCount
      // The first reading of a period starts its mean; later ones weigh tail/period each.
      let weight = age[row] == 0 ? 1 : min(1, tail / Float(period))
      let place = row * columns
      mean.withUnsafeMutableBufferPointer { mean in
        reference.withUnsafeMutableBufferPointer { reference in
          readings.withUnsafeMutableBufferPointer { readings in
            for j in 0..<columns {
              let value = readings[first + j]
              mean[place + j] += weight * (value - mean[place + j])
              readings[first + j] = value - reference[place + j]
            }
          }
        }
      }
      age[row] += 1
      if Int(age[row]) >= period {
        age[row] = 0
        choppers[row] = -sign
        for j in 0..<columns { reference[place + j] = mean[place + j] }
      }
      return sign
    }
  }
}
