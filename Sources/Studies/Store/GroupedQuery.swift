import InputOutput
import Reporting

/// Statistics of groups of rows, worked out of the plan and of the values of the metrics alone: a row's
/// parameters follow from its place, so the table of the rows need not be read.
struct GroupedQuery {
  let plan: Plan
  let conditions: [(name: String, sign: String, value: String)]
  let groups: [String]
  let limit: Int

  /// One group as it grows.
  private struct Group {
    var key: [StudyValue]
    var count = 0
    var sum = 0.0
    /// Sum of squares about `shift`, the group's first value: few digits are lost.
    var shift = 0.0
    var squares = 0.0
    var minimum = Double.infinity
    var maximum = -Double.infinity

    mutating func add(_ value: Double) {
      if count == 0 { shift = value }
      let part = value - shift
      count += 1
      sum += part
      squares += part * part
      if value < minimum { minimum = value }
      if value > maximum { maximum = value }
    }

    var cells: [Table.Cell] {
      let n = Double(count)
      let variance = count > 1 ? max(0, squares - sum * sum / n) / (n - 1) : 0
      return [
        .whole(count), .number(shift + sum / n), .number(variance.squareRoot()),
        StudyValue.number(minimum).cell, StudyValue.number(maximum).cell,
      ]
    }
  }

  /// Count, mean, standard deviation, smallest and largest value of each group, for each of `metrics`.
  ///
  /// - Throws: `InputError` where a condition names neither a parameter, a place nor a metric.
  func table(of store: ResultsStore, metrics: [String]) throws -> Table {
    var table = Table(
      columns: groups + ["metric", "rows", "mean", "standard deviation", "minimum", "maximum"])
    let filter = try RowFilter(plan: plan, conditions: conditions, store: store)
    let byRepeat = groups.contains { $0 == "row" || $0 == "repeat" }
    let repeats = plan.study.repeats
    let places = groups.map { name in plan.columns.firstIndex { $0.name == name } }
    for metric in metrics {
      let values = try store.values(of: metric, rowCount: plan.rowCount)
      var found: [Group] = []
      var known: [[StudyValue]: Int] = [:]
      func group(_ row: Int, _ columns: [StudyValue]) -> Int {
        let key = zip(groups, places).map { name, place -> StudyValue in
          if let place { return columns[place] }
          switch name {
          case "row": return .number(Double(row))
          case "repeat": return .number(Double(row % repeats))
          default: return .number(Double(row / repeats))
          }
        }
        if let k = known[key] { return k }
        known[key] = found.count
        found.append(Group(key: key))
        return found.count - 1
      }
      for point in 0..<plan.pointCount {
        let columns = plan.columnValues(at: point)
        guard filter.holds(point: point, columns) else { continue }
        var k = -1
        for row in point * repeats..<(point + 1) * repeats where !values[row].isNaN {
          guard filter.holds(row: row) else { continue }
          if k < 0 || byRepeat { k = group(row, columns) }
          found[k].add(values[row])
        }
      }
      for one in found.sorted(by: { Self.isBefore($0.key, $1.key) }).prefix(limit) {
        table.append(one.key.map(\.cell) + [.text(metric)] + one.cells)
      }
    }
    return table
  }

  /// Numbers by size, before words by their letters.
  private static func isBefore(_ a: [StudyValue], _ b: [StudyValue]) -> Bool {
    for (x, y) in zip(a, b) where x != y {
      switch (x, y) {
      case (.number(let p), .number(let q)): return p < q
      case (.number, .text): return true
      case (.text, .number): return false
      case (.text(let p), .text(let q)): return p < q
      }
    }
    return false
  }
}

/// Which rows meet the conditions of a question.
private struct RowFilter {
  private var byColumn: [(place: Int, sign: String, value: StudyValue)] = []
  private var byPlace: [(name: String, sign: String, value: StudyValue)] = []
  private var byMetric: [(values: [Double], sign: String, value: StudyValue)] = []
  private let repeats: Int

  init(
    plan: Plan, conditions: [(name: String, sign: String, value: String)], store: ResultsStore
  ) throws {
    repeats = plan.study.repeats
    let known = try store.metricNames()
    let metrics = known.map(\.name)
    let reader = ConditionValue(plan: plan, metrics: known)
    let columns = plan.columns.map(\.name)
    for (name, sign, text) in conditions {
      let value = try reader.value(name, sign, text)
      if let place = columns.firstIndex(of: name) {
        byColumn.append((place, sign, value))
      } else if ["row", "point", "repeat"].contains(name) {
        byPlace.append((name, sign, value))
      } else if metrics.contains(name) {
        byMetric.append((try store.values(of: name, rowCount: plan.rowCount), sign, value))
      } else {
        throw InputError(
          "--where",
          unknownName("name", name, known: columns + ["row", "point", "repeat"] + metrics))
      }
    }
  }

  /// Whether the parameters of `point` meet the conditions on them.
  func holds(point: Int, _ columns: [StudyValue]) -> Bool {
    byColumn.allSatisfy { Self.compares(columns[$0.place], $0.sign, $0.value) }
  }

  /// Whether `row` meets the conditions on places and metrics.
  func holds(row: Int) -> Bool {
    byMetric.allSatisfy { Self.compares(.number($0.values[row]), $0.sign, $0.value) }
      && byPlace.allSatisfy { name, sign, value in
        let place = name == "row" ? row : name == "repeat" ? row % repeats : row / repeats
        return Self.compares(.number(Double(place)), sign, value)
      }
  }

  /// A number and a word are unequal and have no order. NaN stands for a missing value, which meets no
  /// condition.
  private static func compares(_ a: StudyValue, _ sign: String, _ b: StudyValue) -> Bool {
    if a.number.isNaN, case .number = a { return false }
    let order: (less: Bool, equal: Bool)
    switch (a, b) {
    case (.number(let p), .number(let q)): order = (p < q, p == q)
    case (.number, .text), (.text, .number): return sign == "!="
    case (.text(let p), .text(let q)): order = (p < q, p == q)
    }
    switch sign {
    case "=": return order.equal
    case "!=": return !order.equal
    case "<": return order.less
    case "<=": return order.less || order.equal
    case ">": return !order.less && !order.equal
    default: return !order.less
    }
  }
}
