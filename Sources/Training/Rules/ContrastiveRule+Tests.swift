import Foundation
import LinearAlgebra
import Networks
import Randomness

/// How well samples find their class of the other kind.
extension ContrastiveRule {
  /// Embeddings of the length 1, noise keyed by `key`, some samples at a time.
  static func embed(
    _ x: Matrix<Float>, by branch: inout ContrastiveBranch, key: StreamKey
  ) -> UnitVectors {
    var elements: [Float] = []
    for start in stride(from: 0, to: x.rowCount, by: 500) {
      let rows = x.block(rows: start..<min(x.rowCount, start + 500), columns: 0..<x.columnCount)
      let pass = TrainingPass(key: key.child(start), isTraining: false)
      elements += branch.embeddings(rows, pass).elements
    }
    return UnitVectors(
      Matrix(rowCount: x.rowCount, columnCount: branch.dimensions, elements: elements))
  }

  /// The directions of the classes of one side, of the pairs in `range`.
  func directions(
    _ side: PairedSamples.Side, _ branch: inout ContrastiveBranch, _ range: Range<Int>,
    _ key: StreamKey
  ) -> UnitVectors {
    let known = side.train.first(gallery, of: range)
    return Self.embed(known.x, by: &branch, key: key).means(of: known.pairs, count: range.count)
  }

  /// The share of test samples of one side whose own class of the other side has the largest cosine among the pairs in
  /// `range`.
  private func accuracy(
    _ range: Range<Int>, toPartner: Bool
  ) -> (share: Double, samples: Int) {
    var own = self
    let reads = key.child("test").child(range.lowerBound).child(toPartner ? "to" : "from")
    let tested = (toPartner ? samples.data : samples.partner).test.first(of: range)
    let (embedded, classes): (UnitVectors, UnitVectors)
    if toPartner {
      embedded = Self.embed(tested.x, by: &own.data, key: reads)
      classes = directions(samples.partner, &own.partner, range, reads.child("classes"))
    } else {
      embedded = Self.embed(tested.x, by: &own.partner, key: reads)
      classes = directions(samples.data, &own.data, range, reads.child("classes"))
    }
    let cosines = embedded.cosines(with: classes)
    let right = Classification.correctCount(
      Matrix(
        rowCount: cosines.rowCount, columnCount: cosines.columnCount,
        elements: cosines.elements.map(Float.init)), labels: tested.pairs[...])
    return (Double(right) / Double(max(1, tested.pairs.count)), tested.pairs.count)
  }

  /// How test samples of trained and of held-out pairs find their class of the other kind, in both directions, with chance
  /// beside it, and the temperature.
  public func report() -> [RuleFigure] {
    var figures: [RuleFigure] = []
    for (name, range) in [
      ("trained pairs", 0..<samples.trainedCount),
      ("held-out pairs", samples.trainedCount..<samples.count),
    ] where range.count > 1 {
      for toPartner in [true, false] {
        let found = accuracy(range, toPartner: toPartner)
        let direction = toPartner ? "to partner" : "from partner"
        figures.append(
          RuleFigure("accuracy \(direction), \(name)", 100 * found.share, "%"))
        figures.append(
          RuleFigure("test samples \(direction), \(name)", Double(found.samples)))
      }
      figures.append(RuleFigure("chance, \(name)", 100 / Double(range.count), "%"))
    }
    return figures + [RuleFigure("temperature", exp(-Double(logarithm.values[0])))]
  }
}
