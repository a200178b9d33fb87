/// A run's figures, one a row: scope, item, metric, value, unit.
struct MetricTable {
  private(set) var table = Table(columns: ["scope", "item", "metric", "value", "unit"])

  /// Appends the value of `metric` of `item`, such as of one layer in the scope of layers.
  mutating func add(
    _ scope: String, _ item: String, _ metric: String, _ value: Double, _ unit: String
  ) {
    table.append([.text(scope), .text(item), .text(metric), .number(value), .text(unit)])
  }
}
