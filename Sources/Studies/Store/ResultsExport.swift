import ArrayFiles
import Foundation
import InputOutput
import Reporting

import struct Reporting.Table

/// Results as files for other programs: a row a line, in the order of the plan.
public enum ResultsExport {
  /// Writes all rows as CSV: row, point, repeat, seed, status, message, parameters, metrics.
  ///
  /// Who computed a row and how long it took is left out, so that the same study gives the same bytes.
  ///
  /// - Parameter plan: the plan of the results in `store`.
  public static func csv(_ store: ResultsStore, plan: Plan, to path: String) throws {
    let metrics = try store.metricNames()
    let values = try metrics.map { try store.values(of: $0.name, rowCount: plan.rowCount) }
    var head = ["row", "point", "repeat", "seed", "status", "message"]
    head += plan.columns.map { $0.unit.isEmpty ? $0.name : "\($0.name) (\($0.unit))" }
    head += metrics.map { $0.unit.isEmpty ? $0.name : "\($0.name) (\($0.unit))" }
    let writer = try OutputFile(path)
    try writer.write(Table(columns: head).csv)
    try store.read { db in
      let columns = plan.columns.map { ", \(ResultsSchema.quoted($0.name))" }.joined()
      try db.forEach(
        """
        SELECT "row", point, repeat, seed, status, message\(columns) FROM points ORDER BY "row"
        """
      ) { row in
        let number = try row.value(0, as: Int.self)
        var fields: [String] = []
        for place in Int32(0)..<4 { fields.append("\(try row.value(place, as: Int.self))") }
        fields.append(CSVText.field(try row.value(4)))
        fields.append(CSVText.field(try row.optional(5) ?? ""))
        for (place, column) in zip(Int32(6)..., plan.columns) {
          fields.append(
            column.isNumeric
              ? try row.optional(place, as: Double.self).map { "\($0)" } ?? ""
              : CSVText.field(try row.optional(place) ?? ""))
        }
        for list in values { fields.append(list[number].isNaN ? "" : "\(list[number])") }
        try writer.write(fields.joined(separator: ",") + "\n")
      }
    }
    try writer.finish()
  }

  /// Writes all rows as NPZ: one array a column; a word is its place in the study's list.
  ///
  /// - Parameter plan: the plan of the results in `store`.
  public static func npz(_ store: ResultsStore, plan: Plan, to path: String) throws {
    let present = try store.present(rowCount: plan.rowCount).rows
    let rows = present.indices.filter { present[$0] }
    var arrays: [(name: String, array: NumericArray)] = []
    func add(_ name: String, _ integers: [Int64]) {
      arrays.append((name, NumericArray(shape: [rows.count], integers: integers)))
    }
    var taken: Set<String> = []
    /// The name of an array; names that would be equal in the archive are numbered.
    func file(_ name: String) -> String {
      let plain = name.replacingOccurrences(of: "/", with: "-")
      var free = plain
      var number = 2
      while !taken.insert(free).inserted {
        free = "\(plain)-\(number)"
        number += 1
      }
      return free
    }
    let repeats = plan.study.repeats
    add("row", rows.map(Int64.init))
    add("point", rows.map { Int64($0 / repeats) })
    add("repeat", rows.map { Int64($0 % repeats) })
    add("seed", rows.map { Int64(plan.seed(row: $0)) })
    let points = rows.map { plan.columnValues(at: $0 / repeats) }
    for (k, column) in plan.columns.enumerated() {
      if column.isNumeric {
        arrays.append(
          (
            "parameter." + file(column.name),
            NumericArray(shape: [rows.count], doubles: points.map { $0[k].number })
          ))
      } else {
        let levels = plan.study.parameters[k].levels
        add(
          "parameter." + file(column.name), points.map { Int64(levels.firstIndex(of: $0[k]) ?? -1) }
        )
      }
    }
    for metric in try store.metricNames() {
      let values = try store.values(of: metric.name, rowCount: plan.rowCount)
      arrays.append(
        (
          "metric." + file(metric.name),
          NumericArray(shape: [rows.count], doubles: rows.map { values[$0] })
        ))
    }
    try NPZ.write(arrays, to: path)
  }
}
