import Foundation
import InputOutput
import LinearAlgebra
import StrictYAML

/// The ridge regression of a readout: sums over the rows that are fitted and over those that are held out, from which the
/// regularization is chosen.
///
/// Where `regularization` lists several values, each is fitted to the first part of the rows and compared by the squared
/// error of the held-out ones; the best is then fitted to all. Of batches of samples with a row each, every 1/share-th
/// sample is held out; of samples that are series, the last steps of each.
struct RidgeReadout: Sendable {
  /// The values of λ to choose from.
  let penalties: [Double]
  /// The share of the rows that is held out while choosing.
  let heldOutShare: Double
  private var fitted: RidgeRegression
  private var heldOut: RidgeRegression
  /// The value of λ that was chosen.
  private var penalty = 0.0
  /// 1 once the readout is fitted.
  private var isFitted = 0
  private var sampleCount = 0

  /// Reads `regularization` and `held-out`.
  init(reading node: StrictNode, inputs: Int, outputs: Int) {
    let usual = [1e-8, 1e-6, 1e-4, 1e-2, 1, 100]
    let range = 0...1e12
    let given = node.child("regularization")
    penalties =
      given.exists && !given.isList
      ? [node.number("regularization", in: range)]
      : node.quantities("regularization", unit: "", in: range, default: usual)
    if penalties.isEmpty { given.fault("at least one value is expected") }
    heldOutShare =
      penalties.count > 1 ? node.number("held-out", in: 0.01...0.9, default: 0.2) : 0
    // The sums of all pairs of features: 2 GiB.
    let largest = 16_384
    if inputs > largest {
      node.fault(
        "ridge regression takes at most \(largest) features, and the layers give \(inputs); 'fit: softmax' takes more"
      )
    }
    fitted = RidgeRegression(inputs: inputs > largest ? 1 : inputs, outputs: outputs)
    heldOut = fitted
  }

  /// Adds the rows of some samples, each with as many.
  mutating func add(_ x: Matrix<Float>, _ y: Matrix<Float>, samples: Int) {
    let length = x.rowCount / samples
    var (kept, rest) = ([Int](), [Int]())
    for sample in 0..<samples {
      let rows = sample * length..<(sample + 1) * length
      // Of a series the last steps are held out; a single row is where the share reaches the next whole number.
      let count = Double(length == 1 ? sampleCount : 0)
      let end = (count + Double(length)) * heldOutShare
      let out = Int(end.rounded(.down)) - Int((count * heldOutShare).rounded(.down))
      kept += rows.dropLast(out)
      rest += rows.suffix(out)
      sampleCount += 1
    }
    fitted.add(x.picking(kept), y.picking(kept))
    heldOut.add(x.picking(rest), y.picking(rest))
  }

  /// The coefficients for all rows with the best regularization, (inputs + 1) × outputs.
  /// - Throws: `RunError` where no regularization gives a solution.
  mutating func fit() throws(RunError) -> Matrix<Double> {
    var best: (penalty: Double, error: Double)?
    for candidate in penalties {
      guard let found = fitted.coefficients(penalty: candidate) else { continue }
      let error = heldOut.residualSquares(found)
      if error < best?.error ?? .infinity { best = (candidate, error) }
    }
    guard let best, let result = (fitted + heldOut).coefficients(penalty: best.penalty) else {
      throw RunError(
        "ridge regression has no solution with a regularization of "
          + penalties.map { "\($0)" }.joined(separator: ", ")
          + ": features depend on each other, a larger value of 'regularization' is needed")
    }
    (penalty, isFitted) = (best.penalty, 1)
    return result
  }

  /// The mean of all features, the regularization, and the root mean square error of all rows of the fit.
  func report() -> [RuleFigure] {
    let all = fitted + heldOut
    guard isFitted == 1, let found = all.coefficients(penalty: penalty) else { return [] }
    let mean = all.residualSquares(found) / Double(all.rows * all.outputs)
    return [
      RuleFigure("mean feature", all.meanRegressor),
      RuleFigure("regularization", penalty),
      RuleFigure("RMSE of the fit to the training rows", mean.squareRoot()),
    ]
  }

  /// Shows `visitor` the sums and what was chosen.
  mutating func visit(_ visitor: inout SavedState) {
    visitor.integer("ridge.samples", &sampleCount)
    visitor.integer("ridge.fitted", &isFitted)
    visitor.number("ridge.penalty", &penalty)
    Self.visit(&visitor, "ridge.fit", &fitted)
    Self.visit(&visitor, "ridge.held-out", &heldOut)
  }

  private static func visit(
    _ visitor: inout SavedState, _ name: String, _ sums: inout RidgeRegression
  ) {
    visitor.doubles("\(name).squares", &sums.squares)
    visitor.doubles("\(name).products", &sums.products)
    visitor.number("\(name).power", &sums.power)
    visitor.integer("\(name).rows", &sums.rows)
  }
}

extension Matrix<Float> {
  /// Some of the rows.
  fileprivate func picking(_ rows: [Int]) -> Matrix<Float> {
    if rows.count == rowCount { return self }
    var numbers: [Float] = []
    numbers.reserveCapacity(rows.count * columnCount)
    for row in rows { numbers += elements[row * columnCount..<(row + 1) * columnCount] }
    return Matrix(rowCount: rows.count, columnCount: columnCount, elements: numbers)
  }
}
