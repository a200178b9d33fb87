/// A run's figures, one a row: scope, item, metric, value, unit.
package struct MetricTable {
  /// The rows so far.
  package private(set) var table = Table(columns: ["scope", "item", "metric", "value", "unit"])

  /// A table without rows.
  package init() {}

  /// Appends the value of `metric` of `item`, such as of one layer in the scope of layers.
  package mutating func add(
    _ scope: String, _ item: String, _ metric: String, _ value: Double, _ unit: String
  ) {
    table.append([.text(scope), .text(item), .text(metric), .number(value), .text(unit)])
  }
}
