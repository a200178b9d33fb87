import Foundation
import LinearAlgebra
import Testing

/// Products of vectors that are mostly 0 beside the dense ones.
@Suite struct EventListTests {
  /// Vectors with an element other than 0 in every `period`-th place.
  private static func vectors(_ count: Int, _ inputs: Int, period: Int) -> [Float] {
    (0..<count * inputs).map { $0 % period == 3 ? Float($0 % 7) - 2.5 : 0 }
  }

  private static func weights(_ rows: Int, _ columns: Int) -> [Float] {
    (0..<rows * columns).map { Float(($0 * 37) % 101) / 101 - 0.5 }
  }

  @Test(
    "a product by events is the matrix product",
    arguments: [(16, 32), (17, 64), (40, 65), (100, 200)], [1, 5])
  func product(sizes: (inputs: Int, columns: Int), vectors: Int) throws {
    let (inputs, columns) = sizes
    let leading = inputs + 3
    let x = Self.vectors(vectors, leading, period: 29)
    let w = Self.weights(inputs, columns)
    let events = try #require(
      EventList(x, leading: leading, vectors: vectors, inputs: inputs, columns: columns))
    var y = [Float](repeating: 1, count: vectors * columns)
    events.product(
      w, leadingWeights: columns, into: &y, leading: columns, columns: columns, alpha: 2, beta: -1)
    for v in 0..<vectors {
      for j in 0..<columns {
        let sum = (0..<inputs).reduce(0.0) {
          $0 + Double(x[v * leading + $1]) * Double(w[$1 * columns + j])
        }
        #expect(abs(Double(y[v * columns + j]) - (2 * sum - 1)) < 1e-5)
      }
    }
    // With β = 0 what was there does not matter.
    var fresh = [Float](repeating: .nan, count: vectors * columns)
    events.product(w, leadingWeights: columns, into: &fresh, leading: columns, columns: columns)
    let isFinite = fresh.allSatisfy(\.isFinite)
    #expect(isFinite)
  }

  @Test("turned events are those of the transposed vectors") func turned() throws {
    let (vectors, inputs, columns) = (50, 33, 40)
    let x = Self.vectors(vectors, inputs, period: 17)
    let errors = Self.weights(vectors, columns)
    let events = try #require(
      EventList(x, leading: inputs, vectors: vectors, inputs: inputs, columns: columns))
    let elements = x.count { $0 != 0 }
    #expect(events.count == elements)
    var found = [Float](repeating: 0, count: inputs * columns)
    events.turned().product(
      errors, leadingWeights: columns, into: &found, leading: columns, columns: columns)
    for i in 0..<inputs {
      for j in 0..<columns {
        let sum = (0..<vectors).reduce(0.0) {
          $0 + Double(x[$1 * inputs + i]) * Double(errors[$1 * columns + j])
        }
        #expect(abs(Double(found[i * columns + j]) - sum) < 1e-5)
      }
    }
  }

  @Test("many elements, or few columns, are left to dense products") func dense() {
    func count(_ x: [Float], columns: Int) -> Int? {
      EventList(x, leading: 64, vectors: x.count / 64, inputs: 64, columns: columns)?.count
    }
    #expect(count(Self.vectors(8, 64, period: 4), columns: 64) == nil)
    let sparse = Self.vectors(8, 64, period: 40)
    let elements = sparse.count { $0 != 0 }
    #expect(count(sparse, columns: 64) == elements)
    #expect(count(sparse, columns: 8) == nil)
    // Not a number is an element like others.
    #expect(count([Float](repeating: 0, count: 63) + [.nan], columns: 64) == 1)
  }
}
