import ArgumentParser
import Foundation
import Jobs
import Reporting
import Studies

/// Questions to a large results file, and its report.
struct ResultsBenchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "results", abstract: "Queries and the report of ten million rows.")

  @Option(help: "How many points.") var points = 10_000
  @Option(help: "How many chips each.") var chips = 1000
  @Option(help: "The folder of the rows; made and kept where it is missing.")
  var folder = ".build/benchmark-results"

  func run() throws {
    let side = Int(Double(points).squareRoot())
    let text = """
      study: ten million rows
      job: formula
      settings: {metric.y: a + b + normal}
      parameters:
        a: {range: {from: 0, to: 1, count: \(side)}}
        b: {range: {from: 0, to: 2, count: \(side)}}
      repeats: \(chips)
      specification: {y: {minimum: 1}}
      """
    let study = try Study(text: text, path: "benchmark", jobs: StudyJobs.all)
    let plan = try Plan(study)
    let path = "\(folder)/\(plan.rowCount).sqlite"
    printFigureHead()
    if !FileManager.default.fileExists(atPath: path) {
      let time = try seconds { try fill(path, plan) }
      printFigure("results", "\(plan.rowCount) rows written", time, "s")
    }
    let store = try ResultsStore(reading: path)
    func ask(_ name: String, _ conditions: [String], _ groups: [String]) throws {
      let query = try ResultsQuery(
        conditions: conditions, metrics: ["y"], groups: groups, limit: 100)
      let time = try seconds { _ = try query.table(of: store, plan: plan) }
      printFigure("results", name, time, "s")
    }
    try ask("statistics by one parameter of all rows", [], ["a"])
    try ask("statistics by two parameters of half the rows", ["b > 1"], ["a", "b"])
    try ask("the first 100 rows above a value of the metric", ["y > 6"], [])
    let time = try seconds {
      try StudyReport.write(
        plan: plan, store: store, to: "\(folder)/report", overwrites: false,
        progress: SilentProgress())
    }
    printFigure("results", "report", time, "s")
    printFigure("results", "largest memory", Double(peakMemory()) / 1_048_576, "MiB")
  }

  private func seconds(_ work: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    return try clock.measure(work) / .seconds(1)
  }

  private func fill(_ path: String, _ plan: Plan) throws {
    let session = try SessionRecord(threads: 1, shard: "", files: [])
    let temporary = path + ".new"
    let store = try ResultsStore(path: temporary, plan: plan, session: session)
    let block = 50_000
    for first in stride(from: 0, to: plan.rowCount, by: block) {
      let rows = first..<min(plan.rowCount, first + block)
      try store.record(
        rows.map { row in
          let noise = Double(plan.seed(row: row) >> 11) * 0x1p-52 - 1
          let values = plan.values(at: row / plan.study.repeats).map(\.number)
          return FinishedRow(
            row: row, result: .success([Metric("y", values[0] + values[1] + 3 * noise)]),
            seconds: 0.001)
        }, plan: plan)
    }
    try store.end()
    try store.close()
    try FileManager.default.moveItem(atPath: temporary, toPath: path)
  }
}
