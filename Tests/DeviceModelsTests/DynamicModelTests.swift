import DeviceModels
import Foundation
import InputOutput
import NumericalMethods
import Randomness
import Testing

@Suite struct DynamicModelTests {
  @Test("every law stands in at least one model file")
  func allLaws() throws {
    let laws = Set(try DeviceFile.dynamic.map { try DeviceFile.dynamics($0).law })
    #expect(laws == Set(DynamicLaws.names))
  }

  @Test("every model file meets its check points", arguments: DeviceFile.dynamic)
  func checkPoints(name: String) throws {
    let file = try DeviceFile(named: name)
    let dynamics = try #require(file.dynamics)
    let device = dynamics.device()
    #expect(!dynamics.checkPoints.isEmpty && !file.source.isEmpty)
    for point in dynamics.checkPoints {
      let current = device.current(state: point.state, voltage: point.voltage)
      #expect(
        abs(current - point.current) <= point.tolerance * abs(point.current),
        "\(name) at \(point.state), \(point.voltage) V: \(current) A, not \(point.current) A")
      let rates = device.rates(state: point.state, voltage: point.voltage)
      let largest = point.rate.map(abs).max() ?? 0
      for (rate, wanted) in zip(rates, point.rate) {
        // Components that vanish by cancellation are held against the largest.
        #expect(
          abs(rate - wanted) <= point.tolerance * max(abs(wanted), 1e-9 * largest),
          "\(name) at \(point.state), \(point.voltage) V: \(rate)/s, not \(wanted)/s")
      }
    }
  }

  @Test(
    "what a file says of conduction is the state equation's current at a fixed state",
    arguments: ["hfox-stanford", "chalcogenide-yakopcic"])
  func conduction(name: String) throws {
    let file = try DeviceFile(named: name)
    let law = try #require(file.conduction)
    let device = try DeviceFile.dynamics(name).device()
    let point = try #require(file.dynamics?.checkPoints.first)
    let small = device.current(state: point.state, voltage: 1e-3) / law.shape(1e-3).value
    for voltage in [-0.9, -0.2, 0.05, 0.3, 0.8] {
      let current = device.current(state: point.state, voltage: voltage)
      #expect(abs(current - small * law.shape(voltage).value) <= 1e-9 * abs(current))
    }
  }

  @Test("no voltage gives no current, in every state", arguments: DeviceFile.dynamic)
  func zeroVoltage(name: String) throws {
    let device = try DeviceFile.dynamics(name).device()
    for part in [0.0, 0.3, 0.7, 1] {
      let state = device.states.map {
        $0.range.lowerBound + part * ($0.range.upperBound - $0.range.lowerBound)
      }
      #expect(abs(device.current(state: state, voltage: 0)) < 1e-12)
    }
  }

  @Test("a fresh device begins inside its range", arguments: DeviceFile.dynamic)
  func initialState(name: String) throws {
    let device = try DeviceFile.dynamics(name).device()
    for (x, state) in zip(device.initialState, device.states) { #expect(state.range.contains(x)) }
  }

  @Test("all faults of a file are told at once, with their lines")
  func faults() {
    let text = """
      title: a
      source: b
      validity: c
      dynamics:
        law: vteam
        resistanse: linear
        parameters:
          resistance-on: 50
          threshold-on: 3 V
          threshold-of: 1 V
      """
    let error = #expect(throws: InputErrors.self) {
      _ = try DeviceFile(text: text, name: "x.yaml")
    }
    let all = error?.description ?? ""
    for wanted in [
      "line 8", "the unit is missing", "line 9", "outside", "'threshold-of'", "'resistanse'",
      "the key 'rate-on' is missing",
    ] {
      #expect(all.contains(wanted), "\(wanted) in \(all)")
    }
  }

  @Test("device k of a population depends on the key and on k alone")
  func population() throws {
    let section = try DeviceFile.dynamics("vteam-default")
    let key = StreamKey(seed: 3)
    func rate(_ k: Int) -> Double {
      section.device(k, key).rates(state: [1e-9], voltage: 0.1)[0]
    }
    let forwards = (0..<50).map(rate)
    let backwards = (0..<50).reversed().map(rate)
    #expect(forwards == backwards.reversed())
    #expect(Set(forwards).count == 50)
  }
}
