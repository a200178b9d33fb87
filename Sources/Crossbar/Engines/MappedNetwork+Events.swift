import LinearAlgebra

extension MappedNetwork {
  /// How often each input of a matrix is an event, 0…1 over the vectors `x`; `nil` where the inputs are numbers: where
  /// they have other values than 0 and one more, as spikes do.
  static func eventRates(of x: Matrix<Float>) -> [Double]? {
    guard let event = x.elements.first(where: { $0 != 0 }) else { return nil }
    var counts = [Int](repeating: 0, count: x.columnCount)
    for v in 0..<x.rowCount {
      for i in 0..<x.columnCount {
        let value = x[v, i]
        guard value == 0 || value == event else { return nil }
        if value != 0 { counts[i] += 1 }
      }
    }
    return counts.map { Double($0) / Double(x.rowCount) }
  }

  /// How many rows of matrix `site` are driven in a read, over all of its tiles: all of them, or with events those that
  /// have one. A row without weights of an input, such as that of a bias, is always driven.
  func drivenRows(site: Int) -> Double {
    let layout = matrices[site].layout
    let rates = eventRates[site]
    return layout.blocks.reduce(0) { sum, block in
      let driven = block.rows.reduce(0.0) { sum, row in
        sum + (rates.map { row < $0.count ? $0[row] : 1 } ?? 1)
      }
      return sum + driven * Double(layout.tiles(of: block).count)
    }
  }
}
