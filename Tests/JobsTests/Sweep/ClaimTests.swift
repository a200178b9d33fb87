import Foundation
import InputOutput
import Jobs
import Reporting
import Studies
import TestSupport
import Testing

/// Claims over formulas, whose values are known.
@Suite struct ClaimTests {
  /// y = a + draw with a normal draw of deviation 0.1, for a = 1 and 2, four seeds each.
  static let head = """
    claim: a formula
    quick: true
    replays:
      job: formula
      settings: {metric.y: a + 0.1 * normal}
      parameters: {a: {values: [1, 2]}}
      repeats: 4
      seeds: consecutive
    source: {derived: by hand}

    """

  static func claim(_ text: String, in scratch: ScratchFolder) throws -> Claim {
    let path = "\(scratch.path)/formula.yaml"
    try AtomicFile.write(text, to: path)
    return try Claim(path: path, jobs: StudyJobs.all)
  }

  static func verify(
    _ text: String, in scratch: ScratchFolder, overwrites: Bool = false,
    missing: (String) throws -> String? = { _ in nil }
  ) throws -> ClaimOutcome {
    let claim = try claim(text, in: scratch)
    return try #require(
      try Verification([claim], folder: "\(scratch.path)/run", missingData: missing).run(
        overwrites: overwrites, figures: FigureOptions(), observer: Unheard(),
        progress: SilentProgress()
      ).first)
  }

  private struct Unheard: SweepObserver {
    func report(_: SweepState, isLast _: Bool) {}
  }

  @Test("a claim that is called like a file of the output folder is refused before it runs")
  func pageName() throws {
    let scratch = try ScratchFolder()
    let path = "\(scratch.path)/metrics.csv.yaml"
    try AtomicFile.write(
      Self.head + "checks:\n  - {metric: y, expected: 1.5, tolerance: 1}\n", to: path)
    let claim = try Claim(path: path, jobs: StudyJobs.all)
    #expect(throws: InputError.self) {
      try Verification([claim], folder: "\(scratch.path)/run", missingData: { _ in nil })
    }
    #expect(!FileManager.default.fileExists(atPath: "\(scratch.path)/run"))
  }

  @Test("numbers of other magnitudes have figures of their own, and small ones are not flat")
  func magnitudes() throws {
    let scratch = try ScratchFolder()
    let text = Self.head.replacing(
      "metric.y: a + 0.1 * normal", with: "metric.y: a + 0.1 * normal, metric.z: 5000 * a")
    _ = try Self.verify(
      text + """
        checks:
          - {metric: y, at: {a: 1}, expected: 1, tolerance: 0.5}
          - {metric: z, at: {a: 1}, expected: 5000, tolerance: 1}
          - {metric: y, at: {a: 2}, expected: 2, tolerance: 0.5}
          - {metric: z, at: {a: 2}, expected: 10000, tolerance: 1}
        """, in: scratch)
    let figures = try FileManager.default.contentsOfDirectory(
      atPath: "\(scratch.path)/run/figures")
    #expect(figures.contains { $0.hasPrefix("formula-1") })
    #expect(figures.contains { $0.hasPrefix("formula-2") })
    #expect(!figures.contains { $0.hasPrefix("formula-3") }, "\(figures)")
  }

  @Test("a mean passes within its tolerance and fails outside, on either side or one")
  func expectations() throws {
    let scratch = try ScratchFolder()
    let outcome = try Self.verify(
      Self.head + """
        checks:
          - {metric: y, at: {a: 1}, expected: 1, tolerance: 0.5}
          - {metric: y, at: {a: 1}, expected: 2, relative-tolerance: 0.2}
          - {metric: y, at: {a: 2}, at-least: 1.5}
          - {metric: y, at: {a: 2}, at-most: 1.5}
          - {metric: y, expected: 1.5, tolerance: 0.5}
        """, in: scratch)
    #expect(outcome.rows.map(\.passes) == [true, false, true, false, true])
    #expect(outcome.rows.map(\.ours.count) == [4, 4, 4, 4, 8])
    #expect(outcome.fails)
  }

  @Test("a difference is taken row by row: the same seeds cancel")
  func differences() throws {
    let scratch = try ScratchFolder()
    let outcome = try Self.verify(
      Self.head + """
        checks: [{metric: y, at: {a: 2}, minus: {at: {a: 1}}, expected: 1, tolerance: 1e-12}]
        """, in: scratch)
    let row = try #require(outcome.rows.first)
    #expect(row.passes && row.ours.deviation < 1e-12 && row.ours.count == 4)
  }

  @Test("a metric that the job does not have fails and names the closest one")
  func unknownMetric() throws {
    let scratch = try ScratchFolder()
    let outcome = try Self.verify(
      Self.head + "checks: [{metric: yy, at-least: 0}]", in: scratch)
    #expect(outcome.fails)
    #expect(outcome.rows[0].problem.contains("did you mean 'y'"), "\(outcome.rows[0].problem)")
  }

  @Test("what is absent skips a claim with the reason and runs nothing")
  func absence() throws {
    let scratch = try ScratchFolder()
    let checks = "checks: [{metric: y, at-least: 0}]\n"
    let data = try Self.verify(
      Self.head + checks + "needs: {data: [speech]}", in: scratch, missing: { "fetch \($0)" })
    #expect(data.skipReason?.contains("fetch speech") == true && !data.fails)
    let program = try Self.verify(
      Self.head + checks + "needs: {programs: [no-such-program]}", in: scratch)
    #expect(program.skipReason?.contains("no-such-program") == true)
    #expect(!FileManager.default.fileExists(atPath: "\(scratch.path)/run/formula"))
  }

  @Test("a finished claim is kept; another seed runs it again, another tolerance does not")
  func kept() throws {
    let scratch = try ScratchFolder()
    func rows(_ name: String) throws -> Int64 {
      let values = try URL(filePath: "\(scratch.path)/run/formula/\(name)").resourceValues(
        forKeys: [.contentModificationDateKey])
      return Int64(try #require(values.contentModificationDate).timeIntervalSince1970 * 1e6)
    }
    let check = "checks: [{metric: y, expected: 1.5, tolerance: "
    let first = try Self.verify(Self.head + check + "0.5}]", in: scratch)
    let written = try rows("metrics.csv")
    let second = try Self.verify(Self.head + check + "1e-9}]", in: scratch)
    #expect(try rows("metrics.csv") == written)
    #expect(first.rows[0].ours == second.rows[0].ours)
    #expect(first.rows[0].passes && !second.rows[0].passes)
    let third = try Self.verify(
      Self.head.replacing("seeds:", with: "seed: 9\n  seeds:") + check + "0.5}]", in: scratch)
    #expect(third.rows[0].ours != first.rows[0].ours)
    #expect(try rows("metrics.csv") > written)
  }

  @Test(
    "faults of a claim name their place",
    arguments: [
      ("checks: [{metric: y, at-least: 0, at-most: 1}]", "one of 'expected', 'at-least'"),
      ("checks: [{metric: y, expected: 0, relative-tolerance: 0.1}]", "give a 'tolerance'"),
      ("checks: [{metric: y, expected: 0}]", "one of 'tolerance' and 'relative-tolerance'"),
      ("checks: [{metric: y, at: {b: 1}, at-least: 0}]", "unknown parameter 'b'"),
      ("checks: [{metric: y, at: {a: 3}, at-least: 0}]", "none of the values"),
      ("checks: [{metric: y, minus: {at: {a: 1}}, at-least: 0}]", "different numbers of rows"),
      ("checks: []", "at least one check"),
      ("checks: [{metric: y, at-least: 0, atleast: 1}]", "unknown key 'atleast'"),
      (
        "checks: [{metric: y, at-least: 0, source: {publshed: x}}]",
        "did you mean 'published'"
      ),
    ])
  func faults(checks: String, says: String) throws {
    let scratch = try ScratchFolder()
    let error = #expect(throws: InputErrors.self) {
      try Self.claim(Self.head + checks + "\n", in: scratch)
    }
    #expect(error?.description.contains(says) == true, "\(error?.description ?? "")")
  }

  @Test("every claim that comes with Ohmweave is read, and its settings are those of its job")
  func shipped() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../../Examples/claims").standardizedFileURL.path
    let paths = try ClaimFolder.paths([], in: folder)
    #expect(paths.count >= 10)
    for path in paths {
      let claim = try Claim(path: path, jobs: StudyJobs.all)
      if claim.data.isEmpty { try claim.plan.check() }
    }
  }
}

@Suite(.enabled(if: OhmweaveCommand.path != nil, "the executable ohmweave is not built"))
struct VerifyCommandTests {
  @Test("the exit status is 0 where all claims pass and 1 where one fails")
  func status() throws {
    let scratch = try ScratchFolder()
    let path = "\(scratch.path)/formula.yaml"
    let words = ["verify", path, "--output", "\(scratch.path)/run"]
    try AtomicFile.write(
      ClaimTests.head + "checks: [{metric: y, expected: 1.5, tolerance: 0.5}]", to: path)
    let good = try OhmweaveCommand.run(words + ["--json", "\(scratch.path)/good.json"])
    #expect(good.status == 0 && good.output.contains("1 of 1 claim passed"), "\(good.complaints)")
    let json = try String(contentsOfFile: "\(scratch.path)/good.json", encoding: .utf8)
    #expect(json.contains("\"verdict\" : \"pass\""), "\(json)")
    let page = try String(contentsOfFile: "\(scratch.path)/run/report.html", encoding: .utf8)
    #expect(page.contains("by hand") && page.contains("ohmweave verify formula"))
    try AtomicFile.write(ClaimTests.head + "checks: [{metric: y, at-least: 3}]", to: path)
    let bad = try OhmweaveCommand.run(words)
    #expect(bad.status == 1 && bad.output.contains("fail"))
  }

  @Test("an unknown claim ends with the nearest name and runs nothing")
  func unknown() throws {
    let scratch = try ScratchFolder()
    let result = try OhmweaveCommand.run(
      ["verify", "ramp-vectr", "--output", "\(scratch.path)/run"])
    #expect(result.status == 65 && result.complaints.contains("did you mean 'ramp-vector'?"))
    #expect(!FileManager.default.fileExists(atPath: "\(scratch.path)/run"))
  }
}
