internal import CConversionKernels
import DeviceModels
import LinearAlgebra
import Randomness

/// What the family of Tiki-Taka shares: a fast array A that takes the gradients, a slow array C that
/// is the weights, and the transfer of A's rows to C, a row a sample in cyclic order.
///
/// The transfers that belong to the samples of a batch follow after the batch's update of A, in one
/// pass over neighboring rows.
struct FastSlowArrays: Sendable {
  var fast: PulsedArray
  var slow: PulsedArray
  let design: InSituDesign
  let settings: TransferSettings
  private(set) var nextRow = 0
  private var scratch: [Float] = []
  private var chopped: [Float] = []
  private var part: [Float] = []
  // Running means of the largest input and gradient.
  private var inputMean: Float = 0
  private var errorMean: Float = 0
  private var batches = 0

  init(
    _ design: InSituDesign, _ settings: TransferSettings, rowCount: Int, columnCount: Int,
    weights: [Float], key: StreamKey
  ) {
    self.design = design
    self.settings = settings
    fast = design.joined(
      PulsedArray(
        settings.fastDevice ?? design.device, rowCount: rowCount, columnCount: columnCount,
        stepping: design.stepping, key: key.child("fast")))
    if settings.symmetryPulses > 0 {
      fast.shiftToSymmetryPoints(pairs: settings.symmetryPulses)
    }
    slow = design.array(
      rowCount: rowCount, columnCount: columnCount, weights: weights, key: key.child("slow"))
  }

  mutating func visit(_ visitor: inout SavedState) {
    fast.visit(&visitor, "fast")
    slow.visit(&visitor, "slow")
    visitor.integer("next-row", &nextRow)
    visitor.integer("batches", &batches)
    visitor.float("input-mean", &inputMean)
    visitor.float("error-mean", &errorMean)
  }

  mutating func decay() {
    fast.decay()
    slow.decay()
  }

  var pulseCount: Double { fast.pulseCount + slow.pulseCount }

  /// What the forward pass sees: C + gamma·A.
  var weights: [Float] {
    let gamma = settings.gamma
    return gamma == 0
      ? slow.weights : zip(slow.weights, fast.weights).map { $0 + gamma * $1 }
  }

  /// y = x·(C + gamma·A), each array through converters of its own.
  mutating func forward(
    _ x: UnsafePointer<Float>, samples: Int, into y: UnsafeMutablePointer<Float>, key: StreamKey?
  ) {
    slow.forward(x, samples: samples, into: y, path: design.forward, key: key)
    let path = design.forward
    addFast(samples * fast.columnCount, to: y) { fast, out in
      fast.forward(x, samples: samples, into: out, path: path, key: key?.child("fast"))
    }
  }

  /// dx = g·(C + gamma·A)ᵀ.
  mutating func backward(
    _ g: UnsafePointer<Float>, samples: Int, into dx: UnsafeMutablePointer<Float>
  ) {
    slow.backward(g, samples: samples, into: dx, path: design.backward)
    let path = design.backward
    addFast(samples * fast.rowCount, to: dx) { fast, out in
      fast.backward(g, samples: samples, into: out, path: path)
    }
  }

  private mutating func addFast(
    _ count: Int, to y: UnsafeMutablePointer<Float>,
    _ read: (inout PulsedArray, UnsafeMutablePointer<Float>) -> Void
  ) {
    let gamma = settings.gamma
    guard gamma != 0 else { return }
    if part.count < count { part = Array(repeating: 0, count: count) }
    part.withUnsafeMutableBufferPointer { part in
      read(&fast, part.baseAddress!)
      for i in 0..<count { y[i] += gamma * part[i] }
    }
  }

  /// The gradient goes onto the fast array, with the rows' signs `choppers` (empty: all 1).
  ///
  /// The rate on the fast array is such that the largest request of an average sample is
  /// `fastRate`·L pulses, L the longest train.
  mutating func descend(
    x: UnsafePointer<Float>, g: UnsafePointer<Float>, samples: Int, choppers: [Float]
  ) {
    let rows = fast.rowCount
    let columns = fast.columnCount
    var xMost: Float = 0
    var gMost: Float = 0
    for s in 0..<samples {
      xMost += ow_largest(x + s * rows, rows) / Float(samples)
      gMost += ow_largest(g + s * columns, columns) / Float(samples)
    }
    // A mean over about a hundred batches, corrected for its start.
    batches += 1
    inputMean += 0.01 * (xMost - inputMean)
    errorMean += 0.01 * (gMost - errorMean)
    let correction = 1 - Float(exponent: 0.99, batches)
    let typical = inputMean * errorMean / (correction * correction)
    guard typical > 0 else { return }
    var longest: Float = 1
    if case .stochastic(let trains) = design.scheme { longest = Float(trains.longest) }
    let rate = settings.fastRate * longest * fast.granularity / typical
    if choppers.isEmpty {
      fast.update(
        x: x, d: g, samples: samples, rate: -rate, scheme: design.scheme, scratch: &scratch)
    } else {
      if chopped.count < samples * rows { chopped = Array(repeating: 0, count: samples * rows) }
      chopped.withUnsafeMutableBufferPointer { out in
        choppers.withUnsafeBufferPointer { c in
          for s in 0..<samples {
            for i in 0..<rows { out[s * rows + i] = x[s * rows + i] * c[i] }
          }
        }
      }
      fast.update(
        x: chopped, d: g, samples: samples, rate: -rate, scheme: design.scheme, scratch: &scratch)
    }
  }

  /// The runs of neighboring rows that the next `count` transfers read.
  mutating func nextRows(_ count: Int) -> [Range<Int>] {
    var left = count
    var runs: [Range<Int>] = []
    while left > 0 {
      let rows = nextRow..<min(nextRow + left, fast.rowCount)
      runs.append(rows)
      left -= rows.count
      nextRow = rows.upperBound == fast.rowCount ? 0 : rows.upperBound
    }
    return runs
  }

  /// The threshold of the buffer in weights of the slow array.
  var bufferStep: Float {
    slow.granularity * (settings.threshold ?? max(1, 1000 / Float(slow.rowCount)))
  }
}

extension Float {
  /// base to a whole power, for the correction of running means.
  fileprivate init(exponent base: Float, _ n: Int) {
    var (result, factor, n) = (Float(1), base, n)
    while n > 0 {
      if n & 1 == 1 { result *= factor }
      factor *= factor
      n >>= 1
    }
    self = result
  }
}
