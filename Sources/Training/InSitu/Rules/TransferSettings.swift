import DeviceModels
import StrictYAML

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

  /// The fast array's part in the weights, C + gamma·A; rules that flip signs of rows have none.
  public var gamma: Float

  /// Settings; see the members.
  public init(
    fastDevice: PulseModel? = nil, fastRate: Float = 0.05, transferRate: Float = 1,
    transfersPerSample: Float = 1, threshold: Float? = nil, burst: Int = 1, momentum: Float = 0,
    transferRead: ReadPath = ReadPath(inputBits: nil, outputBound: 2, outputNoise: 0.06),
    symmetryPulses: Int = 0, gamma: Float = 0
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
    self.gamma = gamma
  }

  /// Reads the shared keys of a run file's `rule`, and `gamma` where the fast array may be part of the weights.
  public init(reading node: StrictNode, hasGamma: Bool = false) {
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
      symmetryPulses: node.integer("symmetry-pulses", in: 0...1_000_000, default: 0),
      gamma: hasGamma ? Float(node.number("gamma", in: -1e3...1e3, default: 0)) : 0)
  }

  /// How many rows to transfer after `samples` samples when `done` samples came before.
  func transfers(after samples: Int, done: Int) -> Int {
    func total(_ n: Int) -> Int { Int((Double(n) * Double(transfersPerSample)).rounded(.down)) }
    return total(done + samples) - total(done)
  }
}
