import CircuitJobs
import DeviceModels
import Foundation
import InputOutput
import Reporting
import TestSupport
import Testing

/// What a device file states is shown, and what a fit finds is used.
@Suite struct DeviceStatisticsCases {
  private func keys(_ name: String) throws -> [String: String] {
    let table = try DeviceCatalog.card(of: name).parameters
    var found: [String: String] = [:]
    for row in table.rows {
      if case .text(let key) = row[0], case .text(let value) = row[1] { found[key] = value }
    }
    return found
  }

  @Test("the card of a device shows its errors, noise, drift, asymmetry and fluctuations")
  func card() throws {
    let pcm = try keys("pcm")
    #expect(
      pcm["write-error"]?.contains("S") == true && pcm["read-noise"]?.contains("of G") == true)
    #expect(pcm["drift.exponent"] != nil && pcm["drift.origin"] != nil)
    let pulses = try keys("reram-es")
    #expect(pulses["pulses.step.asymmetry"] != nil && pulses["pulses.noise.write"] != nil)
    #expect(pulses["pulses.bounds.maximum-spread"] == "0.3")
    #expect(try keys("rram-telegraph")["fluctuations.telegraph"] != nil)
    #expect(try keys("hfox-stanford")["conduction"]?.contains("sinh") == true)
  }

  @Test("every device of the library has a card", arguments: DeviceLibrary.names)
  func cards(name: String) throws {
    let values = try keys(name)
    #expect(!values.isEmpty)
    #expect(!values.values.contains { $0.contains("+ -") })
  }

  @Test("check points name the state variables with their units")
  func states() throws {
    let rows = try DeviceCatalog.card(of: "hfox-stanford").checkPoints.rows
    let gap = try #require(try DeviceFile(named: "hfox-stanford").dynamics?.device().states.first)
    #expect(rows.contains { $0[0] == .text("current at 0.1 V, \(gap.name) 500 pm") })
  }

  @Test(
    "the fitted noise of readings and steps is the device's when it is read and written",
    .enabled(if: Gnuplot.executable != nil, "gnuplot is not installed"))
  func fitted() throws {
    let scratch = try ScratchFolder()
    let outcome = try DeviceJob(
      "fit",
      [
        Setting(option: "data", PhysicsCases.folder + "/02-fit-soft-bounds-uS/ft_plain.csv"),
        Setting(option: "law", "soft-bounds"),
      ]
    ).run(RunContext(output: scratch.path + "/run"))
    func figure(_ name: String) -> Double {
      guard let row = outcome.result.table.rows.first(where: { $0[0] == .text(name) }),
        case .number(let value) = row[1]
      else { return .nan }
      return value
    }
    let device = try #require(
      try DeviceFile(named: scratch.path + "/run/device.yaml").programming)
    let unit = try #require(device.pulses).unit.value
    let g = 0.5 * (device.window.minimum.value + device.window.maximum.value)
    #expect(
      abs(
        device.readNoise.deviation(at: g, time: .init(0)) / (unit * figure("noise of a reading"))
          - 1)
        < 1e-9)
    #expect(
      abs(device.writeError.deviation(at: g) - unit * figure("noise of a step")) < 1e-9 * unit)
  }
}
