import DeviceModels
import Foundation
import InputOutput
import NumericalMethods
import Randomness
import Testing

@Suite struct DynamicModelTests {
  @Test("every law stands in at least one model file")
  func allLaws() throws {
    let laws = Set(try DeviceLibrary.dynamic.map { try DynamicModel(named: $0).dynamics.law })
    #expect(laws == Set(DynamicLaws.names))
  }

  @Test("every model file meets its check points", arguments: DeviceLibrary.dynamic)
  func checkPoints(name: String) throws {
    let model = try DynamicModel(named: name)
    let device = model.dynamics.device()
    #expect(!model.dynamics.checkPoints.isEmpty && !model.source.isEmpty)
    for point in model.dynamics.checkPoints {
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
    let device = try DynamicModel(named: name).dynamics.device()
    let point = try #require(file.dynamics?.checkPoints.first)
    let small = device.current(state: point.state, voltage: 1e-3) / law.shape(1e-3).value
    for voltage in [-0.9, -0.2, 0.05, 0.3, 0.8] {
      let current = device.current(state: point.state, voltage: voltage)
      #expect(abs(current - small * law.shape(voltage).value) <= 1e-9 * abs(current))
    }
  }

  @Test("no voltage gives no current, in every state", arguments: DeviceLibrary.dynamic)
  func zeroVoltage(name: String) throws {
    let device = try DynamicModel(named: name).dynamics.device()
    for part in [0.0, 0.3, 0.7, 1] {
      let state = device.states.map {
        $0.range.lowerBound + part * ($0.range.upperBound - $0.range.lowerBound)
      }
      #expect(abs(device.current(state: state, voltage: 0)) < 1e-12)
    }
  }

  @Test("a fresh device begins inside its range", arguments: DeviceLibrary.dynamic)
  func initialState(name: String) throws {
    let device = try DynamicModel(named: name).dynamics.device()
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
      _ = try DynamicModel(text: text, name: "x.yaml")
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
    let section = try DynamicModel(named: "vteam-default").dynamics
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
