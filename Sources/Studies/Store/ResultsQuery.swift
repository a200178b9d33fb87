import InputOutput
import Reporting

import struct Reporting.Table

/// Simple questions about results: rows under conditions, or statistics of groups of them.
public struct ResultsQuery: Sendable {
  private let conditions: [(name: String, sign: String, value: String)]
  private let metrics: [String]
  private let groups: [String]
  private let limit: Int

  /// - Parameters:
  ///   - conditions: texts such as "adc-bits >= 6".
  ///   - metrics: the metrics to show; empty for all.
  ///   - groups: parameters, for statistics by their values; empty for rows.
  ///   - limit: the most rows shown.
  /// - Throws: `InputError` where a condition cannot be read.
  public init(
    conditions: [String], metrics: [String], groups: [String], limit: Int
  ) throws(InputError) {
    self.metrics = metrics
    self.groups = groups
    self.limit = max(0, limit)
    var list: [(String, String, String)] = []
    for text in conditions {
      let signs = ["!=", "<=", ">=", "=", "<", ">"]
      let found = signs.compactMap { sign in text.range(of: sign).map { ($0, sign) } }
        .min { ($0.0.lowerBound, -$0.1.count) < ($1.0.lowerBound, -$1.1.count) }
      guard let (range, sign) = found else {
        throw InputError("--where", "'\(text)' is not a condition such as 'adc-bits >= 6'")
      }
      func trimmed(_ part: Substring) -> String {
        String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
      }
      list.append((trimmed(text[..<range.lowerBound]), sign, trimmed(text[range.upperBound...])))
    }
    self.conditions = list
  }

  /// The answer. Statistics are count, mean, standard deviation, smallest and largest value.
  ///
  /// - Parameter plan: the plan of the results in `store`.
  /// - Throws: `InputError` where a name is neither a parameter nor a metric.
  public func table(of store: ResultsStore, plan: Plan) throws -> Table {
    let known = try store.metricNames()
    let places = ["row", "point", "repeat"]
    let columns = plan.columns.map(\.name) + places + ["status"]
    for name in metrics where !known.contains(where: { $0.name == name }) {
      throw InputError("--metric", unknownName("metric", name, known: known.map(\.name)))
    }
    for name in groups where name == "status" || !columns.contains(name) {
      throw InputError(
        "--group-by", unknownName("parameter", name, known: plan.columns.map(\.name) + places))
    }
    if !groups.isEmpty {
      return try GroupedQuery(
        plan: plan, conditions: conditions, groups: groups, limit: limit
      ).table(of: store, metrics: metrics.isEmpty ? known.map(\.name) : metrics)
    }
    return try store.read { db in
      let ids = Dictionary(
        try db.all("SELECT name, id FROM metric_names") { row in
          (try row.value(0, as: String.self), try row.value(1, as: Int.self))
        }, uniquingKeysWith: { first, _ in first })
      let (filter, arguments) = try filter(columns, ids, ConditionValue(plan: plan, metrics: known))
      let shown = metrics.isEmpty ? known.map(\.name) : metrics
      return try rows(db, plan, shown, ids, filter, arguments)
    }
  }

  private func filter(
    _ columns: [String], _ ids: [String: Int], _ reader: ConditionValue
  ) throws(InputError) -> (String, [SQLiteValue]) {
    var parts: [String] = []
    var arguments: [SQLiteValue] = []
    for (name, sign, text) in conditions {
      let read = try reader.value(name, sign, text)
      let value: SQLiteValue
      switch read {
      case .number(let number): value = .number(number)
      case .text(let word): value = .text(word)
      }
      if columns.contains(name) {
        let column = "p.\(ResultsSchema.quoted(name))"
        let words = reader.words(of: name)
        if case .number = read, !words.isEmpty {
          // A column with words holds its numbers as texts.
          let list = words.map { _ in "?" }.joined(separator: ", ")
          parts.append(
            sign == "!="
              ? "(\(column) IN (\(list)) OR CAST(\(column) AS REAL) != ?)"
              : "(\(column) NOT IN (\(list)) AND CAST(\(column) AS REAL) \(sign) ?)")
          arguments += words.map(SQLiteValue.text)
        } else {
          parts.append("\(column) \(sign) ?")
        }
      } else if let id = ids[name] {
        parts.append(
          "(SELECT value FROM metrics WHERE metric = ? AND \"row\" = p.\"row\") \(sign) ?")
        arguments.append(.integer(id))
      } else {
        throw InputError(
          "--where", unknownName("name", name, known: columns + ids.keys.sorted()))
      }
      arguments.append(value)
    }
    return (parts.isEmpty ? "1" : parts.joined(separator: " AND "), arguments)
  }

  private func rows(
    _ db: SQLiteConnection, _ plan: Plan, _ shown: [String], _ ids: [String: Int],
    _ filter: String, _ arguments: [SQLiteValue]
  ) throws -> Table {
    let names = ["row", "point", "repeat", "status"] + plan.columns.map(\.name)
    var table = Table(columns: names + shown)
    let selected = names.map { "p.\(ResultsSchema.quoted($0))" }
    let values = shown.map { _ in
      "(SELECT value FROM metrics WHERE metric = ? AND \"row\" = p.\"row\")"
    }
    try db.forEach(
      """
      SELECT \((selected + values).joined(separator: ", ")) FROM points p WHERE \(filter)
        ORDER BY p."row" LIMIT ?
      """, shown.map { .integer(ids[$0] ?? -1) } + arguments + [.integer(limit)]
    ) { row in
      table.append(try (0..<row.count).map { Self.cell(try row.value($0)) })
    }
    return table
  }

  private static func cell(_ value: SQLiteValue) -> Table.Cell {
    switch value {
    case .null: .text("")
    case .integer(let number): .whole(number)
    case .number(let number): StudyValue.number(number).cell
    case .text(let text): .text(text)
    }
  }

  /// How far each database is.
  public static func status(of files: [String]) throws -> Table {
    var table = Table(columns: ["database", "rows", "of", "failed", "claimed", "sessions"])
    for path in files {
      let store = try ResultsStore(reading: path)
      let total = try store.rowsOfPlan()
      let counts = try store.read { db in
        try [
          "points", "points WHERE status = 'failed'", "claims", "sessions",
        ].map { try db.first("SELECT count(*) FROM \($0)", as: Int.self) ?? 0 }
      }
      table.append([
        .text(path), .whole(counts[0]), .whole(total), .whole(counts[1]),
        .whole(counts[2]), .whole(counts[3]),
      ])
    }
    return table
  }
}

extension Plan {
  /// The same plan with specification, metrics and figures of the study file at `path`.
  ///
  /// - Throws: `InputError` where that file has another plan.
  public func shown(by path: String) throws -> Plan {
    let other = try Plan(try Study(path: path, seed: study.seed, jobs: study.jobs))
    guard other.identity == identity else {
      throw InputError(path, "has another plan than these results")
    }
    return other
  }
}
