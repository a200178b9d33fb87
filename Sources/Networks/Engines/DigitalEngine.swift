import LinearAlgebra

/// Carries out a network's products exactly, in single precision; those of spikes by events (`EventList`).
public struct DigitalEngine: ProductEngine {
  private let sites: [ProductSite]

  /// The digital products of `network`.
  public init(_ network: Network) { self.init(sites: network.sites) }

  /// The digital products of `sites`, numbered by their place in the list.
  public init(sites: [ProductSite]) { self.sites = sites }

  public func multiply(
    site: Int, _ x: UnsafeBufferPointer<Float>, vectors: Int,
    into y: UnsafeMutableBufferPointer<Float>, call: Int
  ) {
    let site = sites[site]
    let inputs = site.inputs
    let outputs = site.outputs
    precondition(
      x.count == vectors * inputs && y.count == vectors * outputs, "the sizes of a product agree")
    guard vectors > 0, outputs > 0, let target = y.baseAddress else { return }
    if let bias = site.bias {
      bias.withUnsafeBufferPointer { bias in
        for v in 0..<vectors {
          (target + v * outputs).update(from: bias.baseAddress!, count: outputs)
        }
      }
    } else {
      target.update(repeating: 0, count: vectors * outputs)
    }
    guard inputs > 0, let source = x.baseAddress else { return }
    site.weights.elements.withUnsafeBufferPointer { weights in
      for group in 0..<site.groups {
        let (rows, columns) = site.block(group)
        let matrix = weights.baseAddress! + rows.lowerBound * columns.count
        if let events = EventList(
          source + rows.lowerBound, leading: inputs, vectors: vectors, inputs: rows.count,
          columns: columns.count)
        {
          events.product(
            matrix, leadingWeights: columns.count, into: target + columns.lowerBound,
            leading: outputs, columns: columns.count, beta: 1)
          continue
        }
        BLAS.gemm(
          source + rows.lowerBound, leading: inputs, matrix, leading: columns.count,
          into: target + columns.lowerBound, leading: outputs,
          m: vectors, n: columns.count, k: rows.count, beta: 1)
      }
    }
  }
}
