import CircuitJobs
import DeviceModels
import Foundation
import InputOutput
import Reporting
import TestSupport
import Testing

/// `device fit` of retention, noise, switching and loops: small parts of published measurements.
@Suite struct MeasuredFitJobTests {
  private static func fixture(_ name: String) throws -> String {
    try #require(Bundle.module.resourceURL).appending(path: "Fixtures/measured/\(name)").path
  }

  private func fit(
    _ settings: [(String, String)]
  ) throws -> (result: DeviceResult, file: DeviceFile) {
    let scratch = try ScratchFolder()
    let job = try DeviceJob("fit", settings.map { Setting(option: $0.0, $0.1) })
    let outcome = try job.run(RunContext(output: "\(scratch.path)/run"))
    return (outcome.result, try DeviceFile(named: "\(outcome.folder)/device.yaml"))
  }

  private func value(_ table: Table, _ key: String) throws -> (value: Double, error: Double) {
    let row = try #require(table.rows.first { $0[0] == .text(key) }, "a row '\(key)'")
    guard case .number(let value) = row[1], case .number(let error) = row[2] else {
      Issue.record("'\(key)' has no numbers")
      return (.nan, .nan)
    }
    return (value, error)
  }

  @Test("relaxation of 300 cells: the deviation grows from a second to a day")
  func relaxation() throws {
    let (result, file) = try fit([
      ("kind", "retention"), ("data", try Self.fixture("relaxation.csv")), ("degree", "2"),
    ])
    let drift = try #require(file.programming?.drift)
    guard case .broadening(let points) = drift.form else {
      Issue.record("the law is broadening")
      return
    }
    #expect(points.map(\.time) == [0.1, 1, 100_000])
    // At the middle of the window the cells scatter 2 µS after a second and 3.5 µS after a day.
    let middle = points.map { p in
      p.polynomial.enumerated().reduce(0) { $0 + $1.1 * pow(0.5, Double($1.0)) }
    }
    #expect((1.2e-6...3e-6).contains(middle[1]) && (2.5e-6...5e-6).contains(middle[2]))
    #expect(drift.latest?.value == 100_000)
    #expect(result.table.rows.count == 2 * 2 * 3 + 1)
  }

  @Test("a bake at five temperatures has the activation energy of the whole measurement")
  func bake() throws {
    let (result, file) = try fit([
      ("kind", "retention"), ("law", "decay"), ("data", try Self.fixture("bake.csv")),
    ])
    let energy = try value(result.table, "drift.activation-energy")
    // All 16,384 cells give the value of device-models/rram-bake-a.yaml.
    let whole = try #require(try DeviceLibrary.load("rram-bake-a").drift?.activationEnergy)
    #expect(energy.error < 0.4 && abs(energy.value - whole) < 4 * energy.error)
    #expect(file.programming?.drift?.activationEnergy != nil)
  }

  @Test("temperatures in degrees Celsius are those in kelvins")
  func celsius() throws {
    let scratch = try ScratchFolder()
    let text = try String(contentsOfFile: try Self.fixture("bake.csv"), encoding: .utf8)
    let lines = text.split(separator: "\n").enumerated().map { k, line -> String in
      guard k > 0 else {
        return String(line).replacing("temperature (K)", with: "temperature (degC)")
      }
      let fields = line.split(separator: ",")
      return fields.dropLast().joined(separator: ",") + ",\(Double(fields.last!)! - 273.15)"
    }
    let path = "\(scratch.path)/bake.csv"
    try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
    let energies = try [path, try Self.fixture("bake.csv")].map { data in
      let (result, _) = try fit([("kind", "retention"), ("law", "decay"), ("data", data)])
      return try value(result.table, "drift.activation-energy").value
    }
    #expect(abs(energies[0] / energies[1] - 1) < 1e-3)
  }

  @Test("a record of read noise gives traps and 1/f noise with errors")
  func noise() throws {
    let (result, file) = try fit([("kind", "noise"), ("data", try Self.fixture("noise.csv"))])
    let fluctuations = try #require(file.fluctuations)
    #expect(!fluctuations.telegraph.isEmpty)
    for (k, trap) in fluctuations.telegraph.enumerated() {
      let amplitude = try value(result.table, "telegraph[\(k)].amplitude")
      #expect(abs(amplitude.value / trap.amplitude - 1) < 1e-3)
      #expect(amplitude.error < 0.5 * amplitude.value)
    }
    #expect((fluctuations.flicker?.level ?? 0) > 0)
    for point in fluctuations.checkPoints {
      #expect(abs(fluctuations.spectrum(point.frequency) / point.density - 1) < 1e-6)
    }
    // Without traps all of it is 1/f^γ noise.
    let (none, _) = try fit([
      ("kind", "noise"), ("data", try Self.fixture("noise.csv")), ("traps", "0"),
    ])
    let slope = try value(none.table, "flicker.exponent")
    #expect(slope.value > 0.5 && slope.value < 2 && slope.error < 0.3)
    #expect(!none.notes.contains { $0.contains("trap") })
  }

  @Test("faults of measured files name the file and what is expected")
  func faults() throws {
    let scratch = try ScratchFolder()
    let folder = scratch.path
    func told(_ settings: [(String, String)], _ text: String) throws -> String {
      let path = "\(folder)/data.csv"
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      do {
        let all = settings + [("data", path)]
        _ = try DeviceJob("fit", all.map { Setting(option: $0.0, $0.1) })
          .run(RunContext(output: "\(folder)/run", overwrites: true))
      } catch { return "\(error)" }
      return ""
    }
    #expect(
      try told([("kind", "retention")], "time (s),conductance (uS)\n1,2\n").contains("programmed"))
    #expect(
      try told([("kind", "noise")], "time (s),conductance (uS)\n0,1\n1,1\n5,1\n")
        .contains("evenly spaced"))
    // Of 300 times the one after a gap is named, not the first.
    let gap = (0..<300).map { "\($0 < 200 ? $0 : $0 + 50),\(1 + $0 % 2)\n" }.joined()
    #expect(
      try told([("kind", "noise")], "time (s),conductance (uS)\n\(gap)").contains("row 201"))
    #expect(
      try told([("kind", "switching")], "height (V),width (s),probability\n1,1,2\n")
        .contains("0 to 1"))
    #expect(
      try told(
        [("kind", "loop"), ("device", "vteam-default"), ("free", "gamma")],
        "time (s),voltage (V),current (A)\n0,0,0\n1,0.1,1\n2,0.2,2\n"
      ).contains("threshold-off"))
    #expect(try told([("kind", "loops")], "x\n1\n").contains("loop"))
    // What may be fitted is named where nothing is.
    #expect(
      try told([("kind", "loop"), ("device", "vteam-default")], "time (s)\n0\n")
        .contains("threshold-off"))
    // How many readings each temperature has.
    let few = (0..<40).map { "\($0),\($0 < 25 ? 400 : 450),10,90,100\n" }.joined()
    let found = try told(
      [("kind", "retention"), ("law", "decay")],
      "device,temperature (K),time (s),conductance (uS),programmed (uS)\n\(few)")
    #expect(found.contains("25 at 400 K, 15 at 450 K"), "\(found)")
  }
}
