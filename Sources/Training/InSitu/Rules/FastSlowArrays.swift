internal import CKernels
import DeviceModels
import LinearAlgebra
import Randomness
import StrictYAML

/// What the family of Tiki-Taka shares: a fast array A that takes the gradients, a slow array C that
/// is the weights, and the transfer of A's rows to C, a row a sample in cyclic order.
///
/// The transfers that belong to the samples of a batch follow after the batch's update of A, in one
/// pass over neighbouring rows.
struct FastSlowArrays: Sendable {
  var fast: PulsedArray
  var slow: PulsedArray
  let design: InSituDesign
  let settings: TransferSettings
  private(set) var nextRow = 0
  private var scratch: [Float] = []
  private var chopped: [Float] = []
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
    fast = PulsedArray(
      settings.fastDevice ?? design.device, rowCount: rowCount, columnCount: columnCount,
      stepping: design.stepping, key: key.child("fast"))
    if settings.symmetryPulses > 0 {
      fast.shiftToSymmetryPoints(pairs: settings.symmetryPulses)
    }
    slow = design.array(
      rowCount: rowCount, columnCount: columnCount, weights: weights, key: key.child("slow"))
  }

  mutating func visit(_ visitor: inout InSituState) {
    fast.visit(&visitor, "fast")
    slow.visit(&visitor, "slow")
    visitor.integer("next-row", &nextRow)
    visitor.integer("batches", &batches)
    visitor.float("input-mean", &inputMean)
    visitor.float("error-mean", &errorMean)
  }

  var pulseCount: Double { fast.pulseCount + slow.pulseCount }

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

  /// The runs of neighbouring rows that the next `count` transfers read.
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

/// Settings that the rules of Tiki-Taka's family share.
public struct TransferSettings: Sendable, Hashable {
  /// The fast array's devices; `nil` is the slow array's model.
  public var fastDevice: PulseModel?
  /// The largest request of an average sample on the fast array, as a part of the longest train.
  public var fastRate: Float
  /// What a reading of the fast array is worth: the buffer grows by rate·transferRate·reading.
  public var transferRate: Float
  /// Transfers of a row to every sample: 1 reads a row a sample, ½ a row every two samples.
  public var transfersPerSample: Float
  /// The buffer's threshold in steps of a weight; `nil` is max(1, 1000/rows), as in the reference
  /// implementation.
  public var threshold: Float?
  /// Pulses that a weight gets when its buffer has passed the threshold. Where every write leaves
  /// noise of its own, a high threshold with as many pulses writes seldom.
  public var burst: Int
  /// The part of a buffer that stays when a pulse was sent.
  public var momentum: Float
  /// How the fast array's rows are read.
  public var transferRead: ReadPath
  /// Pairs of pulses that take the fast array to its symmetry points at the start; 0 leaves them.
  public var symmetryPulses: Int

  /// Settings; see the members.
  public init(
    fastDevice: PulseModel? = nil, fastRate: Float = 0.05, transferRate: Float = 1,
    transfersPerSample: Float = 1, threshold: Float? = nil, burst: Int = 1, momentum: Float = 0,
    transferRead: ReadPath = ReadPath(inputBits: nil, outputBound: 2, outputNoise: 0.06),
    symmetryPulses: Int = 0
  ) {
    precondition(fastRate > 0 && transferRate > 0 && transfersPerSample > 0, "positive rates")
    precondition((0..<1).contains(momentum) && symmetryPulses >= 0, "a momentum below 1")
    precondition(burst >= 1, "at least one pulse")
    self.fastDevice = fastDevice
    self.fastRate = fastRate
    self.transferRate = transferRate
    self.transfersPerSample = transfersPerSample
    self.threshold = threshold
    self.burst = burst
    self.momentum = momentum
    self.transferRead = transferRead
    self.symmetryPulses = symmetryPulses
  }

  /// Reads the shared keys of a run file's `rule`.
  public init(reading node: StrictNode) {
    let usual = TransferSettings()
    func number(_ key: String, _ range: ClosedRange<Double>, _ value: Float) -> Float {
      Float(node.number(key, in: range, default: Double("\(value)") ?? 0))
    }
    let threshold = number("threshold", 0...1e6, 0)
    let fast = node.child("fast-device")
    let noise = number("transfer-noise", 0...1e3, usual.transferRead.outputNoise)
    let bits = node.integer(
      "transfer-bits", in: 0...16, default: usual.transferRead.outputBits ?? 0)
    let bound = number("transfer-bound", 1e-6...1e6, usual.transferRead.outputBound)
    if bits == 1 { node.child("transfer-bits").fault("2 to 16 bits, or 0 for none") }
    self.init(
      fastDevice: fast.exists ? InSituDesign.device(reading: fast) : nil,
      fastRate: number("fast-rate", 1e-9...1e6, usual.fastRate),
      transferRate: number("transfer-rate", 1e-9...1e6, usual.transferRate),
      transfersPerSample: number("transfers-per-sample", 1e-6...1e4, usual.transfersPerSample),
      threshold: threshold > 0 ? threshold : nil,
      burst: node.integer("burst", in: 1...10_000, default: usual.burst),
      momentum: number("momentum", 0...0.999, usual.momentum),
      transferRead: ReadPath(
        inputBits: nil, outputBits: bits > 1 ? bits : nil, outputBound: bound, outputNoise: noise,
        halvings: 0),
      symmetryPulses: node.integer("symmetry-pulses", in: 0...1_000_000, default: 0))
  }

  /// How many rows to transfer after `samples` samples when `done` samples came before.
  func transfers(after samples: Int, done: Int) -> Int {
    func total(_ n: Int) -> Int { Int((Double(n) * Double(transfersPerSample)).rounded(.down)) }
    return total(done + samples) - total(done)
  }
}
