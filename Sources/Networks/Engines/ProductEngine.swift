/// What carries out the matrix products of a network: digital arithmetic, or crossbars.
///
/// A network calls its engine from several threads at once; an engine keeps no state that a call
/// changes.
public protocol ProductEngine: Sendable {
  /// `y = x·W + b` of one site for several input vectors.
  ///
  /// - Parameters:
  ///   - site: the number of the site, as in `Network.sites`.
  ///   - x: vectors × inputs, row major.
  ///   - vectors: how many vectors there are.
  ///   - y: vectors × outputs, row major; written completely, what it holds before is undefined.
  ///   - call: the number of the first vector among all the vectors this site ever reads: sample
  ///     number times `vectorsPerInference` plus the vector's place. Noise is keyed by it, so that a
  ///     result does not depend on threads.
  func multiply(
    site: Int, _ x: UnsafeBufferPointer<Float>, vectors: Int,
    into y: UnsafeMutableBufferPointer<Float>, call: Int)

  /// Whether `multiply` also applies `ProductSite.activation` of this site, as a converter that
  /// computes the activation does. The network then leaves it out.
  func appliesActivation(site: Int) -> Bool

  /// Applies a function of a recurrent layer to sums of `site`, or to its cell states.
  ///
  /// Converters that compute the function do both in one: they quantize.
  func activate(_ function: Activation, _ read: GateRead, _ values: StridedRows)
}

extension ProductEngine {
  /// No: the network applies the activation digitally.
  public func appliesActivation(site: Int) -> Bool { false }

  /// Digitally.
  public func activate(_ function: Activation, _ read: GateRead, _ values: StridedRows) {
    values.joined.forEach { function.apply($0) }
  }
}

/// Which numbers of a recurrent layer a function is applied to.
public struct GateRead: Sendable, Hashable {
  /// The number of the site.
  public let site: Int
  /// Whether they are cell states.
  public let isState: Bool
  /// The column of the matrix that the first number of each row belongs to; for cell states of LSTMs, that of the gate
  /// which multiplies them.
  public let firstColumn: Int
  /// The number of the vector of the first row, as `multiply` counts calls; each row has the next one.
  public let vector: Int
}

/// Some columns of all rows of a matrix in memory.
public struct StridedRows {
  /// The first number of the first row.
  public let start: UnsafeMutablePointer<Float>
  /// How many rows.
  public let rows: Int
  /// How many numbers of each.
  public let count: Int
  /// From a row's first number to the next row's.
  public let stride: Int

  /// The same numbers in one row where there are no gaps between rows.
  public var joined: StridedRows {
    guard count == stride else { return self }
    return StridedRows(start: start, rows: 1, count: rows * count, stride: rows * stride)
  }

  /// Calls `body` with the columns of one row after the other.
  public func forEach(_ body: (UnsafeMutableBufferPointer<Float>) -> Void) {
    for row in 0..<rows {
      body(UnsafeMutableBufferPointer(start: start + row * stride, count: count))
    }
  }
}
