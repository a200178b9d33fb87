import LinearAlgebra

/// Counts of samples whose largest output stands at their label.
public enum Classification {
  /// The column of the largest number in `row`; the first of equals.
  public static func largest(_ outputs: Matrix<Float>, row: Int) -> Int {
    let columns = outputs.columnCount
    return outputs.elements.withUnsafeBufferPointer { y in
      let y = y[(row * columns)..<((row + 1) * columns)]
      var best = y.startIndex
      for i in y.indices where y[i] > y[best] { best = i }
      return best - y.startIndex
    }
  }

  /// How many rows have their largest number at their label.
  /// - Precondition: a label a row.
  public static func right(_ outputs: Matrix<Float>, labels: ArraySlice<Int32>) -> Int {
    precondition(labels.count == outputs.rowCount, "a label a sample")
    return labels.enumerated().count { largest(outputs, row: $0.offset) == Int($0.element) }
  }
}

extension Matrix {
  /// The same numbers in another number of rows: the places of sequences, one a row.
  /// - Precondition: they divide into as many rows.
  package func asRows(_ count: Int) -> Matrix {
    if count == rowCount { return self }
    precondition(count > 0 && elements.count % count == 0, "whole rows")
    return Matrix(rowCount: count, columnCount: elements.count / count, elements: elements)
  }
}
