package import ArrayFiles
import InputOutput
import LinearAlgebra

/// The arrays of a network file, with the checks that its layers need.
package struct LayerArrays {
  /// All arrays.
  package let all: NamedArrays

  /// The arrays that layers read.
  package init(all: NamedArrays) { self.all = all }

  /// Whether there is an array called `name`.
  func has(_ name: String) -> Bool { all[name] != nil }

  /// An array of finite numbers with so many axes, none of them empty.
  func array(_ name: String, axes: ClosedRange<Int>, _ wanted: String) throws(InputError)
    -> NumericArray
  {
    let array = try all.finite(name)
    guard axes.contains(array.shape.count), !array.shape.contains(0) else {
      throw fault(name, "has the shape \(array.shapeText), \(wanted) is expected")
    }
    return array
  }

  /// A matrix.
  func matrix(_ name: String) throws(InputError) -> Matrix<Float> {
    let array = try array(name, axes: 2...2, "a matrix of two axes")
    return Matrix(rowCount: array.shape[0], columnCount: array.shape[1], elements: array.floats)
  }

  /// `count` numbers.
  func vector(_ name: String, count: Int) throws(InputError) -> [Float] {
    try all.floats(name, shape: [count])
  }

  /// `count` numbers, or `nil` where there is no array of that name.
  func optionalVector(_ name: String, count: Int) throws(InputError) -> [Float]? {
    has(name) ? try vector(name, count: count) : nil
  }

  /// A fault of an array.
  func fault(_ name: String, _ problem: String) -> InputError {
    InputError(all.source, at: "array '\(name)'", problem)
  }
}
