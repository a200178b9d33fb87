import LinearAlgebra
import Networks

/// Counts of samples that a network classifies correctly.
public enum Classification {
  /// The column of the largest number in `row`; the first of equals.
  public static func largest(_ outputs: Matrix<Float>, row: Int) -> Int {
    place(outputs, row: row).column
  }

  /// How many rows have their largest number at their label and nowhere else: a tie names no class.
  /// - Precondition: a label per row.
  public static func correctCount(_ outputs: Matrix<Float>, labels: ArraySlice<Int32>) -> Int {
    precondition(labels.count == outputs.rowCount, "a label per sample")
    return labels.enumerated().count {
      let (column, isUnique) = place(outputs, row: $0.offset)
      return isUnique && column == Int($0.element)
    }
  }

  private static func place(
    _ outputs: Matrix<Float>, row: Int
  ) -> (column: Int, isUnique: Bool) {
    let columns = outputs.columnCount
    return outputs.elements.withUnsafeBufferPointer { all in
      let found = placeOfLargest(
        UnsafeBufferPointer(rebasing: all[row * columns..<(row + 1) * columns]))
      return (found.place, found.isUnique)
    }
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
