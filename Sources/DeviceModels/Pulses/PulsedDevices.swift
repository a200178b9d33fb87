import LinearAlgebra
import Randomness

/// A population of devices that pulses change: states and per-device constants, struct of arrays.
///
/// What device i does at pulse p depends on the key, i and p alone: populations give the same bits
/// on any number of threads. A value type; 32 to 48 bytes a device.
public struct PulsedDevices: Sendable {
  /// The model that the devices were drawn from.
  public let model: PulseModel
  /// How many devices there are.
  public let count: Int
  /// The number of the next pulse: every call to `apply` counts its longest train.
  public internal(set) var pulseNumber = 0
  let kernel: PulseKernel
  let key: StreamKey
  /// Rows of `count` numbers; see `PulseKernel.Row`.
  var rows: [Float]
  /// What an update leaves of each state; empty where states do not fade.
  private let retention: [Float]

  /// Devices a piece of parallel work treats; a multiple of the kernel's 256.
  private static let piece = 8192

  /// `count` devices drawn from `model`, all at state 0 or at the bound next to it.
  /// - Precondition: `count` is 0 or more.
  public init(_ model: PulseModel, count: Int, key: StreamKey) {
    precondition(count >= 0, "a population of some devices")
    self.model = model
    self.count = count
    self.key = key
    let responses = model.population(count, key.child("devices"))
    kernel = PulseKernel(model, nominal: model.nominal)
    rows = kernel.rows(of: responses, model.noise)
    if model.stuck.fraction > 0 {
      let places = Noise.uniform(count, key.child("stuck"))
      for i in 0..<count where Double(places[i]) < model.stuck.fraction {
        // Both bounds at one state hold the device there.
        rows[count + i] = Float(model.stuck.state)
        rows[2 * count + i] = Float(model.stuck.state)
      }
    }
    retention = Self.retention(model.relaxation, count, key.child("lifetime"))
    setStates([Float](repeating: 0, count: count))
  }

  private static func retention(
    _ relaxation: PulseRelaxation, _ count: Int, _ key: StreamKey
  ) -> [Float] {
    guard relaxation.lifetime.isFinite else { return [] }
    return Noise.normal(count, key).map { score in
      let spread = abs(1 + Float(relaxation.lifetimeSpread) * score)
      return Float(1 - 1 / Double(max(1, Float(relaxation.lifetime) * spread)))
    }
  }

  /// The states that pulses build on, in state units.
  public var states: [Float] { Array(rows[0..<count]) }

  /// The states as they are read: with the noise of the last write, where the model has one.
  public var readStates: [Float] {
    guard let row = kernel.readRow else { return states }
    return Array(rows[row * count..<(row + 1) * count])
  }

  /// The conductances as they are read, in siemens.
  public var conductances: [Float] {
    let (zero, unit) = (Float(model.zero.value), Float(model.unit.value))
    return readStates.map { zero + unit * $0 }
  }

  /// The bounds of device `i`.
  public func bounds(of i: Int) -> ClosedRange<Float> { rows[count + i]...rows[2 * count + i] }

  /// Writes states directly, held within each device's bounds; what is read is noisy again.
  /// - Precondition: one state a device.
  public mutating func setStates(_ states: [Float]) {
    precondition(states.count == count, "\(count) devices, \(states.count) states")
    for i in 0..<count { rows[i] = min(max(states[i], rows[count + i]), rows[2 * count + i]) }
    pulseNumber += 1
    drawRead(of: nil)
  }

  /// Sends `pulses` pulses to every device: up where positive, down where negative.
  public mutating func apply(_ pulses: Int) {
    guard pulses != 0, count > 0 else { return }
    precondition(abs(pulses) <= Int(Int32.max), "at most 2³¹ − 1 pulses in a call")
    run(uniform: pulses, counts: nil)
    pulseNumber += abs(pulses)
    drawRead(of: nil)
  }

  /// Sends to every device its own number of pulses: up where positive, down where negative.
  /// - Precondition: one number a device.
  public mutating func apply(_ pulses: [Int16]) {
    precondition(pulses.count == count, "\(count) devices, \(pulses.count) numbers of pulses")
    let longest = pulses.reduce(0) { max($0, abs(Int($1))) }
    guard longest > 0 else { return }
    pulses.withUnsafeBufferPointer {
      run(uniform: 0, counts: $0.baseAddress)
      pulseNumber += longest
      drawRead(of: $0.baseAddress)
    }
  }

  /// Whether states fade by themselves.
  public var fades: Bool { !retention.isEmpty }

  /// Lets an update go by: states fade towards 0 with the device's own lifetime, s ← s·(1 − 1/lifetime), and stay
  /// within their bounds; what is read is noisy again.
  public mutating func decay() {
    guard fades else { return }
    for i in 0..<count {
      rows[i] = min(max(rows[i] * retention[i], rows[count + i]), rows[2 * count + i])
    }
    pulseNumber += 1
    drawRead(of: nil)
  }

  /// Resets the devices where `mask` is true: to the model's reset state with its deviations, or to the device's
  /// lower bound where the model states none.
  /// - Precondition: one flag a device.
  public mutating func reset(_ mask: [Bool]) {
    precondition(mask.count == count, "\(count) devices, \(mask.count) flags")
    let relaxation = model.relaxation
    guard let nominal = relaxation.reset else {
      let places = mask.indices.filter { mask[$0] }
      var states = states
      for i in places { states[i] = rows[count + i] }
      return setRaw(states, of: places)
    }
    let own = Noise.normal(count, key.child("reset-state"))
    let now = Noise.normal(count, key.child("reset").child(pulseNumber))
    for i in 0..<count where mask[i] {
      let state =
        Float(nominal) + Float(relaxation.resetSpread) * own[i]
        + Float(relaxation.resetDeviation) * now[i]
      rows[i] = min(max(state, rows[count + i]), rows[2 * count + i])
    }
    pulseNumber += 1
    let counts = mask.map { Int16($0 ? 1 : 0) }
    counts.withUnsafeBufferPointer { drawRead(of: $0.baseAddress) }
  }

  private mutating func run(uniform: Int, counts: UnsafePointer<Int16>?) {
    let (kernel, noise, stream, first) = (kernel, model.noise, key.child("pulses"), pulseNumber)
    let count = count
    rows.withUnsafeMutableBufferPointer { rows in
      // Safe: pieces of devices are disjoint, the counts are only read.
      nonisolated(unsafe) let base = rows.baseAddress!
      nonisolated(unsafe) let counts = counts
      Parallel.forEach((count + Self.piece - 1) / Self.piece) { k in
        let start = k * Self.piece
        kernel.run(
          rows: base, stride: count, devices: start..<min(start + Self.piece, count),
          counts: counts, uniform: uniform, noise: noise, key: stream, pulse: first)
      }
    }
  }

  private mutating func drawRead(of counts: UnsafePointer<Int16>?) {
    guard let row = kernel.readRow, count > 0 else { return }
    let (stream, pulse, count) = (key.child("write"), pulseNumber, count)
    let deviation = Float(model.noise.write)
    rows.withUnsafeMutableBufferPointer { rows in
      PulseKernel.read(
        into: rows.baseAddress! + row * count, from: rows.baseAddress!, count: count,
        counts: counts, deviation: deviation, key: stream, pulse: pulse)
    }
  }
}
