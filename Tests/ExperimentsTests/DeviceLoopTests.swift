import DeviceModels
import Experiments
import Foundation
import InputOutput
import LinearAlgebra
import Testing

@Suite struct DeviceLoopTests {
  private func numbers(_ table: Table, _ column: Int) -> [Double] {
    table.rows.map { if case .number(let x) = $0[column] { x } else { .nan } }
  }

  @Test("a loop is a table of its points, and a population differs by the file's spread")
  func population() throws {
    var loop = DeviceLoop(
      device: "vteam-default", waveform: .sine(amplitude: 0.24, frequency: 2e6))
    loop.points = 101
    let one = try loop.table()
    #expect(one.rows.count == 101 && one.columns.last == "barrier width (m)")
    loop.population = 4
    let four = try loop.table()
    #expect(four.rows.count == 404)
    let ends = (0..<4).map { numbers(four, 5)[101 * $0 + 30] }
    #expect(Set(ends).count == 4)
  }

  @Test("the same seed gives the same table on any number of threads")
  func threads() throws {
    var loop = DeviceLoop(
      device: "vteam-default", waveform: .triangle(positive: 0.25, negative: -0.25, period: 1e-5))
    loop.population = 5
    loop.points = 50
    let before = Parallel.threadCount
    defer { Parallel.threadCount = before }
    Parallel.threadCount = 1
    let one = try loop.table().csv
    Parallel.threadCount = 3
    #expect(try loop.table().csv == one)
  }

  @Test("a setting replaces a parameter; wrong ones are all told")
  func settings() throws {
    var loop = DeviceLoop(
      device: "tio2-linear-ion-drift", waveform: .sine(amplitude: 0.01, frequency: 100))
    loop.settings = ["resistance-off": "32 kOhm", "initial-state": "0"]
    let table = try loop.table()
    let k = 250
    let resistance = numbers(table, 3)[k] / numbers(table, 4)[k]
    #expect(abs(resistance / 32e3 - 1) < 1e-3)
    loop.settings = ["resistanse-off": "1 kOhm", "thickness": "3 V", "mobility": "-1 m2/V/s"]
    let error = #expect(throws: InputErrors.self) { _ = try loop.table() }
    #expect(error?.faults.count == 3 && error!.description.contains("resistance-off"))
  }

  @Test("the switched part of a population is the probability, within four standard errors")
  func switching() throws {
    let statistics = SwitchingStatistics(
      law: ExponentialSwitching(timeConstant: 1e3, voltageScale: 0.15), heights: [1.8, 2, 2.2],
      widths: [1e-3, 5e-3, 2e-2], population: 2000)
    let table = try statistics.table()
    for (p, part) in zip(numbers(table, 2), numbers(table, 3)) {
      #expect(abs(p - part) < 4 * (p * (1 - p) / 2000).squareRoot() + 1e-3)
    }
  }
}
