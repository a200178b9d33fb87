import Foundation

/// A linear least-squares regression whose rows are added one by one, solved by Cholesky's factor of
/// the normal equations.
///
/// For well-conditioned regressors, such as polynomials on −1…1 or means of a record; a regressor that
/// depends on earlier ones to 1e-12 of its square counts as absent.
public struct LinearRegression: Sendable {
  /// How many regressors there are.
  public let count: Int
  /// How many rows were added.
  public private(set) var rows = 0
  // Sums of products of the regressors and, last, of the values; the lower triangle, row major.
  private var products: [Double]

  /// A regression on `count` regressors without rows.
  public init(count: Int) {
    self.count = count
    products = [Double](repeating: 0, count: (count + 1) * (count + 1))
  }

  /// Adds a row.
  /// - Precondition: as many regressors as the regression has.
  public mutating func add(_ regressors: [Double], value: Double) {
    precondition(regressors.count == count, "\(count) regressors a row")
    let width = count + 1
    for i in 0..<count {
      let x = regressors[i]
      for j in 0...i { products[i * width + j] += x * regressors[j] }
      products[count * width + i] += value * x
    }
    products[count * width + count] += value * value
    rows += 1
  }

  /// The coefficients, the sum of the squares that they leave, and the logarithm of the determinant of
  /// the normal equations, without absent regressors.
  public var solution: (coefficients: [Double], residualSquares: Double, logDeterminant: Double) {
    let width = count + 1
    var factor = products
    for i in 0..<width {
      for j in 0...i {
        var sum = products[i * width + j]
        for k in 0..<j { sum -= factor[i * width + k] * factor[j * width + k] }
        if i == j {
          let isDependent = sum <= 1e-12 * products[i * width + i]
          factor[i * width + i] = isDependent ? 0 : sum.squareRoot()
        } else {
          let pivot = factor[j * width + j]
          factor[i * width + j] = pivot > 0 ? sum / pivot : 0
        }
      }
    }
    var coefficients = [Double](repeating: 0, count: count)
    for i in stride(from: count - 1, through: 0, by: -1) {
      var sum = factor[count * width + i]
      for k in i + 1..<max(i + 1, count) { sum -= factor[k * width + i] * coefficients[k] }
      let pivot = factor[i * width + i]
      coefficients[i] = pivot > 0 ? sum / pivot : 0
    }
    let rest = factor[count * width + count]
    let pivots = (0..<count).map { factor[$0 * width + $0] }.filter { $0 > 0 }
    return (coefficients, rest * rest, pivots.reduce(0) { $0 + 2 * log($1) })
  }
}
