import ArrayFiles
import Foundation
import InputOutput
import LinearAlgebra

/// The 80-bit solutions of wired arrays in `Fixtures/wired`.
enum WiredReference {
  /// One case: G, RR, RC, V and what solves it.
  static func file(_ name: String) throws -> NamedArrays {
    let path = Bundle.module.resourceURL!.appending(path: "Fixtures/wired/\(name).npz").path
    return try NPZ.read(path: path)
  }
}

extension NamedArrays {
  /// The array `name` as a matrix, rows × columns.
  func matrix(_ name: String) throws -> Matrix<Double> {
    let array = try array(name)
    return Matrix(rowCount: array.shape[0], columnCount: array.shape[1], elements: array.doubles)
  }
}
