import PhysicalUnits

extension Table {
  /// The numbers of a table of figures as metrics of a study; cells that are no numbers are left out.
  ///
  /// Values in per cent become fractions. The first `labels` columns name a row. Where there is a column "unit" it holds the unit of the row,
  /// else the heads do: "time (s)". Of several columns of numbers the second and later ones add their
  /// head to the name, and the first one too where the heads hold the units. A name that is there
  /// already gets "(2)".
  /// - Precondition: there are more columns than `labels`.
  package func metrics(labels: Int = 1) -> [Metric] {
    precondition(labels < columns.count, "a figure has a value beside its name")
    let unitColumn = columns.firstIndex(of: "unit")
    let heads = columns.map(Self.parted)
    var metrics: [Metric] = []
    var seen: [String: Int] = [:]
    for row in rows {
      let label = zip(row, heads).prefix(labels).map { cell, head -> String in
        if case .text(let text) = cell { return text }
        let unit = head.unit.isEmpty ? "" : " \(head.unit)"
        return "\(head.name) \(cell.shown)\(unit)"
      }.joined(separator: ", ")
      for k in labels..<columns.count {
        var value: Double
        switch row[k] {
        case .number(let number): value = number
        case .whole(let number): value = Double(number)
        case .text: continue
        }
        var name = label
        var unit = heads[k].unit
        if let unitColumn {
          if case .text(let text) = row[unitColumn] { unit = text }
          if k > labels { name += ", \(heads[k].name)" }
        } else if k > labels || !unit.isEmpty {
          name += ", \(heads[k].name)"
        }
        // Shares are fractions in every job: a specification has one unit.
        if unit == "%" { (value, unit) = (value / 100, "") }
        seen[name, default: 0] += 1
        if let count = seen[name], count > 1 { name += " (\(count))" }
        metrics.append(Metric(name, value, unit: unit))
      }
    }
    return metrics
  }

  /// "time (s)" as "time" and "s".
  private static func parted(_ head: String) -> (name: String, unit: String) {
    guard head.hasSuffix(")"), let open = head.range(of: " (", options: .backwards) else {
      return (head, "")
    }
    return (String(head[..<open.lowerBound]), String(head[open.upperBound...].dropLast()))
  }
}
