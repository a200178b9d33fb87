package import LinearAlgebra

/// How a label is written into a vector: one number per class, `strength` for the vector's own class and 0 for the
/// others, before the vector or in the place of its first numbers.
package struct WrittenLabel: Sendable, Hashable {
  /// How many classes.
  package let classes: Int
  /// What marks the class.
  package let strength: Float
  /// Whether labels take the place of the first numbers.
  package let replaces: Bool

  /// - Precondition: there are classes.
  package init(classes: Int, strength: Float, replaces: Bool) {
    precondition(classes > 0, "classes")
    (self.classes, self.strength, self.replaces) = (classes, strength, replaces)
  }

  /// What stands for every class where no label is given.
  package var neutral: Float { strength / Float(classes) }

  /// How many numbers a vector of `count` has with its label.
  package func width(of count: Int) -> Int { replaces ? count : classes + count }

  /// Writes the `count` numbers of `x` and the label, `nil` for none, to `row`, which holds `width(of: count)`.
  package func write(
    _ label: Int?, with x: UnsafePointer<Float>, count: Int, to row: UnsafeMutablePointer<Float>
  ) {
    (row + width(of: count) - count).update(from: x, count: count)
    for c in 0..<classes { row[c] = label.map { $0 == c ? strength : 0 } ?? neutral }
  }

  /// The samples, rows of `x`, with the label of each.
  /// - Precondition: a label per sample, below `classes`; a sample has room for a label that replaces.
  package func written(_ labels: [Int?], into x: Matrix<Float>) -> Matrix<Float> {
    let count = x.columnCount
    precondition(labels.count == x.rowCount && (!replaces || count >= classes), "room for labels")
    var result = Matrix<Float>(rowCount: x.rowCount, columnCount: width(of: count))
    guard count > 0 else { return result }
    result.elements.withUnsafeMutableBufferPointer { rows in
      x.elements.withUnsafeBufferPointer { x in
        for (s, label) in labels.enumerated() {
          write(
            label, with: x.baseAddress! + s * count, count: count,
            to: rows.baseAddress! + s * width(of: count))
        }
      }
    }
    return result
  }
}
