import LinearAlgebra
import Networks

/// Counts of samples that a network classifies correctly.
public enum Classification {
  /// How many rows have their largest number at their label and nowhere else.
  /// - Precondition: a label per row.
  public static func correctCount(_ outputs: Matrix<Float>, labels: ArraySlice<Int32>) -> Int {
    precondition(labels.count == outputs.rowCount, "a label per sample")
    return zip(classes(of: outputs), labels).count { $0 == Int($1) }
  }

  /// How many outputs are on their target's side: above `threshold` where the target is above ½, else below it.
  /// - Precondition: a target per output.
  public static func correctCount(
    _ outputs: Matrix<Float>, targets: Matrix<Float>, threshold: Float
  ) -> Int {
    precondition(outputs.elements.count == targets.elements.count, "a target per output")
    return zip(outputs.elements, targets.elements).count {
      $0 != threshold && ($0 > threshold) == ($1 > 0.5)
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
