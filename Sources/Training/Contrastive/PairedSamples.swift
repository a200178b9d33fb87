import LinearAlgebra

/// Two kinds of samples whose classes belong together in pairs, and what is held out of training.
///
/// Pairs are numbered from 0: the first `trainedCount` are trained, the others held out.
package struct PairedSamples: Sendable {
  /// Samples with the pair of each.
  package struct Samples: Sendable {
    /// Samples × features.
    package var x: Matrix<Float>
    /// The pair of each sample.
    package var pairs: [Int32]

    /// - Precondition: a pair per sample.
    package init(x: Matrix<Float>, pairs: [Int32]) {
      precondition(x.rowCount == pairs.count, "a pair per sample")
      self.x = x
      self.pairs = pairs
    }

    /// The samples of `rows`.
    package func picking(_ rows: [Int]) -> Samples {
      var elements: [Float] = []
      elements.reserveCapacity(rows.count * x.columnCount)
      for row in rows {
        elements += x.elements[row * x.columnCount..<(row + 1) * x.columnCount]
      }
      return Samples(
        x: Matrix(rowCount: rows.count, columnCount: x.columnCount, elements: elements),
        pairs: rows.map { pairs[$0] })
    }

    /// The first `limit` samples of each of the pairs in `range`, whose numbers then begin at 0.
    package func first(_ limit: Int = .max, of range: Range<Int>) -> Samples {
      var counts: [Int32: Int] = [:]
      let rows = pairs.indices.filter { row in
        guard range.contains(Int(pairs[row])), counts[pairs[row], default: 0] < limit else {
          return false
        }
        counts[pairs[row], default: 0] += 1
        return true
      }
      var result = picking(rows)
      for k in result.pairs.indices { result.pairs[k] -= Int32(range.lowerBound) }
      return result
    }
  }

  /// The samples of one kind.
  package struct Side: Sendable {
    /// The shape of a sample.
    package var shape: [Int]
    /// The training part, of all pairs.
    package var train: Samples
    /// The test part, of all pairs.
    package var test: Samples

    /// Samples of the shape `shape`.
    package init(shape: [Int], train: Samples, test: Samples) {
      self.shape = shape
      self.train = train
      self.test = test
    }
  }

  /// The samples of the section `data`, on the trained pairs of which steps are made.
  package var data: Side
  /// The samples of the section `partner`.
  package var partner: Side
  /// How many pairs there are.
  package var count: Int
  /// How many of them are trained.
  package var trainedCount: Int

  /// - Precondition: at least two pairs are trained.
  package init(data: Side, partner: Side, count: Int, trainedCount: Int) {
    precondition((2...count).contains(trainedCount), "two pairs to tell apart")
    self.data = data
    self.partner = partner
    self.count = count
    self.trainedCount = trainedCount
  }
}
