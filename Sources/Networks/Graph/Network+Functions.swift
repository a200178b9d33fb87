extension Network {
  /// How many nonlinear functions one inference evaluates, one number per site: those of the layers
  /// from the one that reads the site's matrix to the next that reads another. Layers before the first
  /// site count to it.
  public var functionEvaluations: [Int] {
    guard !sites.isEmpty else { return [] }
    var counts = [Int](repeating: 0, count: sites.count)
    var site = 0
    for layer in layers {
      if let first = (layer.operation as? any SiteReading)?.sites.first { site = first }
      counts[site] += layer.operation.functionEvaluations
    }
    return counts
  }
}
