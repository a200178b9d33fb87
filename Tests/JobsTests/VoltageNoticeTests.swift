import CircuitJobs
import Foundation
import InputOutput
import Reporting
import Synchronization
import TestSupport
import Testing

/// Voltages beyond the validity of a device, in jobs that apply them to arrays.
@Suite struct VoltageNoticeTests {
  private final class Notes: RunProgress {
    private let lines = Mutex<[String]>([])
    func report(_ task: String, done: Int, of total: Int) {}
    func note(_ line: String) { lines.withLock { $0.append(line) } }
    var beyond: [String] { lines.withLock { $0.filter { $0.contains("is valid from") } } }
  }

  private func solve(_ settings: [String: String]) throws -> [String] {
    let scratch = try ScratchFolder()
    let notes = Notes()
    let all = ["rows": "4", "columns": "3", "device": "vteam-default"].merging(settings) { $1 }
    _ = try SolveJob(all.sorted { $0.key < $1.key }.map { Setting(option: $0, $1) })
      .run(RunContext(output: "\(scratch.path)/run", progress: notes))
    return notes.beyond
  }

  @Test("solve announces voltages of cells that the device is not valid for, and no others")
  func solve() throws {
    #expect(try solve(["voltage": "0.9 V"]).isEmpty)
    let write = ["mode": "half-voltage-write", "write-voltage": "3 V", "wire-resistance": "0 Ohm"]
    let notices = try solve(write)
    #expect(notices.count == 1 && notices[0].contains("applies 3 V"), "\(notices)")
    // Behind an access element that takes nearly all of the voltage the memristor sees little of it.
    let behind = write.merging(["access": "resistor", "access-resistance": "1 GOhm"]) { $1 }
    #expect(try solve(behind).isEmpty)
  }

  /// A device that is read at 0.2 V and valid for less.
  private static let device = """
    title: t
    source: drawn for a test
    validity: as drawn
    valid-voltages: {lowest: -0.1 V, highest: 0.1 V}
    conductance-window: {minimum: 1 uS, maximum: 100 uS}
    read-voltage: READ
    """

  @Test(
    "map announces a read voltage that the device is not valid for",
    .enabled(if: OhmweaveCommand.path != nil, "the executable ohmweave is not built"))
  func map() throws {
    let scratch = try ScratchFolder()
    for (read, isBeyond) in [("0.2 V", true), ("0.1 V", false)] {
      let device = "\(scratch.path)/device.yaml"
      try Self.device.replacing("READ", with: read).write(
        toFile: device, atomically: true, encoding: .utf8)
      let result = try OhmweaveCommand.run([
        "map", MapTests.examples + "/mnist-mlp.onnx", "--data", MapTests.examples, "--device",
        device,
        "--chips", "1", "--samples",
        "20", "-o", "\(scratch.path)/run", "--overwrite",
      ])
      #expect(result.status == 0, "\(result.complaints)")
      let told = result.output + result.complaints
      #expect(told.contains("is valid from -0.1 V to 0.1 V") == isBeyond, "\(told)")
    }
  }

  @Test(
    "a sweep announces what its runs do, each notice once",
    .enabled(if: OhmweaveCommand.path != nil, "the executable ohmweave is not built"))
  func sweep() throws {
    let folder = try SweepFolder(
      """
      study: write
      job: solve
      settings: {rows: 4, columns: 3, device: vteam-default, mode: half-voltage-write}
      parameters: {write-voltage: {values: [0.8 V, 3 V]}}
      repeats: 2

      """)
    let result = try folder.sweep([])
    #expect(result.status == 0, "\(result.complaints)")
    let lines = result.complaints.split(separator: "\n").filter { $0.contains("is valid from") }
    #expect(lines.count == 1 || lines.count == 2, "\(result.complaints)")
    #expect(lines.allSatisfy { $0.contains("'vteam-default'") && !$0.contains("applies 0.8 V") })
  }
}
