import DeviceModels
import InputOutput
import PhysicalUnits
import Randomness

/// Trains of pulses on devices that follow a law of pulse response.
struct PulseLawTrain: Sendable {
  var model: PulseModel
  var countUp: Int
  var countDown: Int
  var cycles: Int
  /// The first conductance, in siemens.
  var start: Double
  var hasNoise: Bool
  var key: StreamKey

  init(
    _ reader: DeviceReader, _ model: PulseModel, _ measured: PulseMeasurement?
  ) throws(InputErrors) {
    let settings = reader.settings
    self.model = model
    let nominal = model.nominal
    func length(_ direction: PulseDirection) -> Int {
      if let train = measured?.trains.first(where: { $0.direction == direction }) {
        return train.states.count - 1
      }
      return Self.pulsesAcross(nominal, direction)
    }
    let both =
      settings.has("pulses") ? settings.integer("pulses", in: 1...1_000_000, default: 100) : nil
    countUp = settings.integer("pulses-up", in: 0...1_000_000, default: both ?? length(.up))
    countDown = settings.integer("pulses-down", in: 0...1_000_000, default: both ?? length(.down))
    cycles = settings.integer("cycles", in: 1...10_000, default: 1)
    let first = measured?.trains.first { $0.direction == .up }?.states.first
    let low =
      measured.flatMap { $0.isConductance ? first : nil }
      ?? model.conductance(
        of: first.flatMap { measured?.isConductance == false ? $0 : nil } ?? nominal.low
      ).value
    start = settings.quantity("start", unit: "S", in: -1...1, default: "\(low) S")
    hasNoise = settings.flag("noise", default: true)
    key = StreamKey(seed: settings.seed())
    if countUp + countDown == 0 { settings.fault("pulses-up", "some pulses are needed") }
    if (countUp + countDown) * cycles > 5_000_000 {
      settings.fault("pulses-up", "at most 5000000 pulses in all")
    }
  }

  /// Trains with everything given; see the members.
  init(
    model: PulseModel, countUp: Int, countDown: Int, cycles: Int, start: Double, hasNoise: Bool,
    key: StreamKey
  ) {
    self.model = model
    self.countUp = countUp
    self.countDown = countDown
    self.cycles = cycles
    self.start = start
    self.hasNoise = hasNoise
    self.key = key
  }

  /// 1.2 times the pulses that take the nominal device over 95 % of its range, 20 to 5000.
  private static func pulsesAcross(_ response: PulseResponse, _ direction: PulseDirection) -> Int {
    let range = response.high - response.low
    var state = direction == .up ? response.low : response.high
    let form = response.form(direction)
    for n in 1...5000 {
      state = response.held(state + form.step(from: state))
      let traveled = direction == .up ? state - response.low : response.high - state
      if traveled > 0.95 * range { return max(20, n * 6 / 5) }
    }
    return 5000
  }

  var directions: [PulseDirection] {
    (0..<cycles).flatMap { _ in
      [PulseDirection](repeating: .up, count: countUp)
        + [PulseDirection](repeating: .down, count: countDown)
    }
  }

  /// The nominal device without noise, in siemens.
  var nominal: [Double] {
    let response = model.nominal
    var state = response.held(model.state(of: Siemens(start)))
    return [model.conductance(of: state).value]
      + directions.map { direction in
        state = response.held(state + response.form(direction).step(from: state))
        return model.conductance(of: state).value
      }
  }

  /// The conductances as they are read, one trace a device. One device is the nominal one; with
  /// noise it is a draw from the population whose bounds and gain are nominal.
  func run(_ population: Int) -> [[Double]] {
    if population == 1 && !hasNoise { return [nominal] }
    var drawn = model
    if population == 1 { drawn.removeSpread() }
    if !hasNoise { drawn.removeNoise() }
    var devices = PulsedDevices(drawn, count: population, key: key)
    devices.setStates([Float](repeating: Float(model.state(of: Siemens(start))), count: population))
    var traces = [[Double]](repeating: [], count: population)
    func record() {
      for (k, g) in devices.conductances.enumerated() { traces[k].append(Double(g)) }
    }
    record()
    for direction in directions {
      devices.apply(direction == .up ? 1 : -1)
      record()
    }
    return traces
  }
}
