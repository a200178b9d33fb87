internal import CDeviceKernels
import Randomness

/// Which kernel carries a population's pulses, and how its rows of constants lie.
struct PulseKernel: Sendable {
  private enum Form: Sendable {
    case constant
    case affine
    case exponential(offset: Float, up: Float, down: Float)
    case power
    case table(nodes: [Float], count: Int)

    var isConstant: Bool { if case .constant = self { true } else { false } }
  }

  private let form: Form
  private let hasOwnNoise: Bool
  /// The row of states as they are read; `nil` where they are the states themselves.
  let readRow: Int?

  // Rows: 0 state, 1 lower bound, 2 upper bound, then the law's constants, up and down in turn,
  // then the devices' own noise up and down, then the states as read.
  private var constantCount: Int {
    switch form {
    case .affine, .power: return 2
    case .exponential: return 3
    case .table, .constant: return 1
    }
  }
  private var noiseRow: Int { 3 + 2 * constantCount }

  /// The kernel for the form of the nominal device, which all devices of a law share.
  init(_ model: PulseModel, nominal: PulseResponse) {
    switch (nominal.up, nominal.down) {
    case (.exponential(_, let offset, let up, _, _), .exponential(_, _, let down, _, _)):
      form = .exponential(offset: Float(offset), up: Float(up), down: Float(down))
    case (.power, .power): form = .power
    case (.table(_, let up, _, _), .table(_, let down, _, _)):
      let nodes = model.nodes.widened
      let own = model.lawName == PulseTable.law
      let zero = [Double](repeating: 0, count: up.count)
      let all = up + down + (own ? nodes.upDeviation : zero) + (own ? nodes.downDeviation : zero)
      form = .table(nodes: all.map(Float.init), count: up.count)
    default: form = model.lawName == ConstantStep.law ? .constant : .affine
    }
    hasOwnNoise = model.noise.cycle > 0 && model.noise.isOfStepSize
    let constants: Int
    switch form {
    case .affine, .power: constants = 2
    case .exponential: constants = 3
    case .table, .constant: constants = 1
    }
    let used = 3 + 2 * constants + (hasOwnNoise ? 2 : 0)
    readRow = model.noise.write > 0 ? used : nil
  }

  /// The rows of a population, states at 0.
  func rows(of devices: [PulseResponse], _ noise: PulseNoise) -> [Float] {
    let n = devices.count
    let rowCount = noiseRow + (hasOwnNoise ? 2 : 0) + (readRow == nil ? 0 : 1)
    var rows = [Float](repeating: 0, count: rowCount * n)
    for (i, device) in devices.enumerated() {
      rows[n + i] = Float(device.low)
      rows[2 * n + i] = Float(device.high)
      for (k, (up, down)) in zip(constants(of: device.up), constants(of: device.down)).enumerated()
      {
        rows[(3 + 2 * k) * n + i] = Float(up)
        rows[(4 + 2 * k) * n + i] = Float(down)
      }
      if hasOwnNoise {
        rows[noiseRow * n + i] = Float(noise.cycle * device.sizeUp)
        rows[(noiseRow + 1) * n + i] = Float(noise.cycle * device.sizeDown)
      }
    }
    return rows
  }

  private func constants(of form: PulseForm) -> [Double] {
    switch form {
    case .affine(let step, let slope): return self.form.isConstant ? [step] : [step, slope]
    case .exponential(let step, _, _, let rate, let shift): return [step, rate, shift]
    case .power(let step, let exponent, _, _): return [step, exponent]
    case .table(let scale, _, _, _): return [scale]
    }
  }

  /// Sends pulses to `devices` (which start at a multiple of 256) of the rows at `rows`.
  func run(
    rows: UnsafeMutablePointer<Float>, stride: Int, devices: Range<Int>,
    counts: UnsafePointer<Int16>?, uniform: Int, noise: PulseNoise, key: StreamKey, pulse: Int
  ) {
    func row(_ k: Int) -> UnsafePointer<Float> {
      UnsafePointer(rows + k * stride + devices.lowerBound)
    }
    var train = ow_pulse_train()
    train.state = rows + devices.lowerBound
    train.low = row(1)
    train.high = row(2)
    train.count = devices.count
    train.pulses = counts.map { $0 + devices.lowerBound }
    train.uniform_pulses = Int32(uniform)
    train.up.0 = row(3)
    train.down.0 = row(4)
    if constantCount > 1 { (train.up.1, train.down.1) = (row(5), row(6)) }
    if constantCount > 2 { (train.up.2, train.down.2) = (row(7), row(8)) }
    if hasOwnNoise { (train.noise_up, train.noise_down) = (row(noiseRow), row(noiseRow + 1)) }
    train.relative = noise.isOfStepSize ? 0 : Float(noise.cycle)
    train.additive = Float(noise.floor)
    train.sloped = Float(noise.slope)
    train.key = key.key
    train.stream = key.stream
    train.first_device = UInt64(devices.lowerBound)
    train.first_pulse = UInt64(pulse)
    switch form {
    case .affine, .constant: ow_pulses_affine(&train)
    case .exponential(let offset, let up, let down):
      ow_pulses_exponential(&train, offset, up, down)
    case .power: ow_pulses_power(&train)
    case .table(let nodes, let count): ow_pulses_table(&train, nodes, Int32(count))
    }
  }

  /// Calls `body` with the population at `rows` laid out as an array's cells.
  func withCells<R>(
    rows: UnsafeMutablePointer<Float>, count: Int, noise: PulseNoise, key: StreamKey,
    _ body: (ow_cells) -> R
  ) -> R {
    func row(_ k: Int) -> UnsafePointer<Float> { UnsafePointer(rows + k * count) }
    var cells = ow_cells()
    cells.state = rows
    cells.low = row(1)
    cells.high = row(2)
    cells.up.0 = row(3)
    cells.down.0 = row(4)
    if constantCount > 1 { (cells.up.1, cells.down.1) = (row(5), row(6)) }
    if constantCount > 2 { (cells.up.2, cells.down.2) = (row(7), row(8)) }
    if hasOwnNoise { (cells.noise_up, cells.noise_down) = (row(noiseRow), row(noiseRow + 1)) }
    if let readRow { cells.read = rows + readRow * count }
    cells.relative = noise.isOfStepSize ? 0 : Float(noise.cycle)
    cells.additive = Float(noise.floor)
    cells.sloped = Float(noise.slope)
    cells.write = Float(noise.write)
    cells.key = key.key
    cells.stream = key.stream
    switch form {
    case .affine: cells.form = Int32(OW_AFFINE)
    case .constant: cells.form = Int32(OW_CONSTANT)
    case .power: cells.form = Int32(OW_POWER)
    case .exponential(let offset, let up, let down):
      cells.form = Int32(OW_EXPONENTIAL)
      (cells.offset, cells.factor_up, cells.factor_down) = (offset, up, down)
    case .table(let nodes, let nodeCount):
      cells.form = Int32(OW_TABLE)
      cells.node_count = Int32(nodeCount)
      return nodes.withUnsafeBufferPointer {
        cells.nodes = $0.baseAddress
        return body(cells)
      }
    }
    return body(cells)
  }

  /// What is read after a write: state + deviation·ξ for the devices that got a pulse.
  static func read(
    into out: UnsafeMutablePointer<Float>, from states: UnsafePointer<Float>, count: Int,
    counts: UnsafePointer<Int16>?, deviation: Float, key: StreamKey, pulse: Int
  ) {
    ow_pulses_read(
      out, states, counts, count, deviation, key.key, key.stream, 0, UInt64(pulse))
  }
}
