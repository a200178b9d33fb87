import Foundation
import InputOutput
import PhysicalUnits
import Reporting

/// The outcomes of all claims as a table, as figures and as a page.
public struct ClaimSummary: Sendable {
  private let outcomes: [ClaimOutcome]

  /// A summary of `outcomes`, in their order.
  public init(_ outcomes: [ClaimOutcome]) { self.outcomes = outcomes }

  /// The claims with what they need, one per row.
  public static func list(_ claims: [Claim]) -> Table {
    var table = Table(columns: ["claim", "quick", "runs", "needs", "what it is"])
    for claim in claims {
      table.append([
        .text(claim.name), .text(claim.isQuick ? "yes" : "no"), .whole(claim.plan.rowCount),
        .text((claim.data + claim.programs).joined(separator: ", ")), .text(claim.title),
      ])
    }
    return table
  }

  /// One row per check, and one per skipped claim.
  public var table: Table {
    var table = Table(columns: [
      "claim", "number", "quantity", "ours", "standard deviation", "runs", "unit", "claimed",
      "tolerance", "source", "verdict", "time (s)", "reference",
    ])
    for outcome in outcomes {
      if let reason = outcome.skipReason {
        table.append([
          .text(outcome.claim.name), "", .text(outcome.claim.title), "", "", "", "", "", "", "",
          "skipped", "", .text(reason),
        ])
      }
      for (k, row) in outcome.rows.enumerated() {
        let (claimed, tolerance) = row.check.expectation.cells
        table.append([
          .text(outcome.claim.name), .whole(k + 1), .text(row.check.name), .number(row.ours.mean),
          .number(row.ours.deviation), .whole(row.ours.count), .text(row.unit), claimed, tolerance,
          .text(row.check.source.label.rawValue), .text(row.passes ? "pass" : "fail"),
          .number(outcome.seconds),
          .text(row.problem.isEmpty ? row.check.source.reference : row.problem),
        ])
      }
    }
    return table
  }

  /// What the terminal shows: the table without references, and the verdict.
  public var text: String {
    var table = Table(columns: [
      "claim", "quantity", "ours", "claimed", "source", "verdict", "time (s)",
    ])
    for outcome in outcomes {
      for row in outcome.rows {
        table.append([
          .text(outcome.claim.name), .text(row.check.name), .text(row.shown),
          .text(row.check.expectation.shown(row.unit)), .text(row.check.source.label.rawValue),
          .text(row.passes ? "pass" : "fail"), .number(outcome.seconds),
        ])
      }
    }
    var lines = table.rows.isEmpty ? [] : [table.plainText]
    for outcome in outcomes {
      if let reason = outcome.skipReason {
        lines.append("skipped \(outcome.claim.name): \(reason)")
      }
      for row in outcome.rows where !row.problem.isEmpty {
        lines.append("\(outcome.claim.name), \(row.check.name): \(row.problem)")
      }
    }
    lines.append(verdict)
    return lines.joined(separator: "\n") + "\n"
  }

  /// "3 claims pass, 1 fails, 2 skipped".
  private var verdict: String {
    let skipped = outcomes.filter { $0.skipReason != nil }.count
    let failed = outcomes.filter(\.fails).count
    let passed = outcomes.count - skipped - failed
    return "\(passed) of \(counted(outcomes.count, "claim")) passed, \(failed) failed, "
      + "\(skipped) skipped"
  }

  /// The table as JSON, one object per row.
  public func json() throws -> String { try table.json() }

  /// The page: the figures side by side, then one table per claim.
  func html(_ drawn: DrawnFigures) -> String {
    var page = HTMLReport(
      title: "Replay of claims",
      summary: "\(verdict). Each figure shows the measured values (mean and standard deviation "
        + "over the runs) beside the claimed ones, by the number of the check in the table.")
    page.figures(drawn.drawings)
    page.failures(of: drawn)
    for outcome in outcomes {
      page.heading(outcome.claim.title)
      if !outcome.claim.notes.isEmpty { page.paragraph(outcome.claim.notes) }
      if let reason = outcome.skipReason {
        page.paragraph("Skipped: \(reason)")
        continue
      }
      var table = Table(columns: [
        "number", "quantity", "ours", "runs", "claimed", "source", "verdict", "reference",
      ])
      for (k, row) in outcome.rows.enumerated() {
        table.append([
          .whole(k + 1), .text(row.check.name), .text(row.shown), .whole(row.ours.count),
          .text(row.check.expectation.shown(row.unit)), .text(row.check.source.label.rawValue),
          .text(row.passes ? "pass" : "fail"),
          .text(row.problem.isEmpty ? row.check.source.reference : row.problem),
        ])
      }
      page.table(
        table,
        caption: "ohmweave verify \(outcome.claim.name), "
          + "\(significant(outcome.seconds)) s for all runs")
    }
    return page.html
  }

  /// Per claim, unit and magnitude, the measured values beside the claimed ones, over the number of the check.
  var figures: [Figure] {
    outcomes.flatMap { outcome -> [Figure] in
      let groups = Self.groups(outcome.rows)
      return groups.enumerated().map { k, places in
        Figure(
          name: groups.count == 1 ? outcome.claim.name : "\(outcome.claim.name)-\(k + 1)",
          plot: plot(outcome.rows, places, outcome.rows[places[0]].unit),
          caption: "\(outcome.claim.title) (\(outcome.claim.name)).")
      }
    }
  }

  /// Rows that one axis shows: of one unit, each at least a thirtieth of the largest, or 0.
  private static func groups(_ rows: [ClaimOutcome.Row]) -> [[Int]] {
    func size(_ k: Int) -> Double {
      let means = [rows[k].ours.mean, rows[k].check.expectation.value].filter(\.isFinite)
      return means.reduce(0) { max($0, abs($1)) }
    }
    var groups: [[Int]] = []
    var units: [String] = []
    for row in rows where !units.contains(row.unit) { units.append(row.unit) }
    for unit in units {
      var open: [(places: [Int], largest: Double)] = []
      let own = rows.indices.filter { rows[$0].unit == unit }
      for k in own.sorted(by: { size($0) > size($1) }) {
        if let last = open.indices.last, size(k) == 0 || size(k) >= open[last].largest / 30 {
          open[last].places.append(k)
        } else {
          open.append(([k], size(k)))
        }
      }
      groups += open.map { $0.places.sorted() }.sorted { $0[0] < $1[0] }
    }
    return groups
  }

  private func plot(_ rows: [ClaimOutcome.Row], _ places: [Int], _ unit: String) -> Plot {
    func series(
      _ name: String, _ which: [Int], _ style: PlotSeries.Style, _ y: (ClaimOutcome.Row) -> Double
    ) -> PlotSeries {
      PlotSeries(name, style, x: which.map { Double($0 + 1) }, y: which.map { y(rows[$0]) })
    }
    let means = places.map { rows[$0].ours.mean }
    let spreads = places.map { rows[$0].ours.deviation }
    func kind(_ test: (ClaimCheck.Expectation) -> Bool) -> [Int] {
      places.filter { test(rows[$0].check.expectation) }
    }
    let near = kind { if case .near = $0 { true } else { false } }
    let least = kind { if case .atLeast = $0 { true } else { false } }
    let most = kind { if case .atMost = $0 { true } else { false } }
    var all = [
      series(
        "ours", places,
        .errorBars(
          low: zip(means, spreads).map { $0 - $1 }, high: zip(means, spreads).map { $0 + $1 })
      ) { $0.ours.mean }
    ]
    for (name, which) in [("claimed", near), ("at least", least), ("at most", most)]
    where !which.isEmpty {
      all.append(series(name, which, .points) { $0.check.expectation.value })
    }
    let label = unit.isEmpty ? "value" : "value (\(TypesetUnit.typeset(unit)))"
    return Plot(x: Plot.Axis("check", step: 1), y: Plot.Axis(label), series: all)
  }
}

extension ClaimOutcome.Row {
  /// "0.9665 ± 0.001 V"; without a deviation for one run.
  var shown: String {
    guard problem.isEmpty else { return "–" }
    let spread = ours.count > 1 ? " ± \(significant(ours.deviation, digits: 2))" : ""
    return significant(ours.mean) + spread + (unit.isEmpty ? "" : " \(TypesetUnit.typeset(unit))")
  }
}

extension ClaimCheck.Expectation {
  /// The claimed value or limit.
  var value: Double {
    switch self {
    case .near(let value, _), .atLeast(let value), .atMost(let value): value
    }
  }

  /// "0.965 ± 0.005 V", "at least 0.9".
  func shown(_ unit: String) -> String {
    let text =
      switch self {
      case .near(let value, let tolerance):
        "\(significant(value)) ± \(significant(tolerance, digits: 2))"
      case .atLeast(let value): "at least \(significant(value))"
      case .atMost(let value): "at most \(significant(value))"
      }
    return unit.isEmpty ? text : "\(text) \(TypesetUnit.typeset(unit))"
  }

  /// The claimed value and its tolerance, for a file.
  var cells: (claimed: Table.Cell, tolerance: Table.Cell) {
    switch self {
    case .near(let value, let tolerance): (.number(value), .number(tolerance))
    case .atLeast(let value): (.number(value), "at least")
    case .atMost(let value): (.number(value), "at most")
    }
  }
}
