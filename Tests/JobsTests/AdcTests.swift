import Foundation
import TestSupport
import Testing

/// Ramp converters by the command.
@Suite(.enabled(if: OhmweaveCommand.path != nil, "the executable ohmweave is not built"))
struct AdcTests {
  @Test("a run leaves its files, and its run file repeats it on any number of threads")
  func repeats() throws {
    let scratch = try ScratchFolder()
    let folder = scratch.path + "/run"
    let measured = scratch.path + "/codes.csv"
    try "x,code\n-1,8\n0,16\n1,23\n".write(toFile: measured, atomically: true, encoding: .utf8)
    let first = try OhmweaveCommand.run([
      "adc", "--function", "sigmoid", "--bits", "5", "--chips", "60", "--calibrate", "one-point",
      "--measured", measured, "--threads", "1", "--output", folder,
    ])
    #expect(first.status == 0, "\(first.complaints)")
    #expect(first.output.contains("measured: 3 codes"))
    for name in [
      "run.yaml", "metrics.csv", "steps.csv", "chips.npz", "report.html", "figures/transfer.svg",
      "figures/inl.svg", "figures/dnl.svg", "figures/conductances.svg", "figures/ramp.svg",
    ] {
      #expect(FileManager.default.fileExists(atPath: folder + "/" + name), "\(name)")
    }
    let again = try OhmweaveCommand.run([
      "adc", folder + "/run.yaml", "--threads", "2", "--output", scratch.path + "/again",
    ])
    #expect(again.status == 0, "\(again.complaints)")
    for name in ["metrics.csv", "chips.npz", "steps.csv"] {
      let a = try Data(contentsOf: URL(filePath: folder + "/" + name))
      let b = try Data(contentsOf: URL(filePath: scratch.path + "/again/" + name))
      #expect(a == b, "\(name)")
    }
  }

  @Test(
    "what cannot be made is refused with the reason",
    arguments: [
      (["--function", "sigmod"], "did you mean 'sigmoid'"),
      (["--function", "sigmoid", "--bits", "11"], "outside 1…10"),
      (["--function", "softsign", "--bits", "10", "--cells", "1000"], "cells"),
      (["--function", "x+"], "ends too early"),
      (["--function", "sigmoid", "--range", "1..0"], "two rising numbers"),
    ])
  func refusals(arguments: [String], reason: String) throws {
    let scratch = try ScratchFolder()
    let result = try OhmweaveCommand.run(["adc", "--output", scratch.path + "/run"] + arguments)
    #expect(result.status == 65, "\(result.complaints)")
    #expect(result.complaints.contains(reason), "\(result.complaints)")
  }
}
