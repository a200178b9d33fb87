import LinearAlgebra
import Networks

/// Digital products that add up the gradients of their weights: the plainest engine of training.
final class DigitalSites: SiteEngine, @unchecked Sendable {
  /// The matrices, one a site.
  var weights: [Matrix<Float>]
  /// The biases; empty where a site has none.
  var biases: [[Float]]
  /// The gradients of `weights` and `biases`.
  var weightGradients: [Matrix<Float>]
  var biasGradients: [[Float]]
  /// Whether `convertsGates` says yes, and `activate` rounds to steps of this size; 0 for neither.
  var gateStep: Float = 0
  private let sites: [ProductSite]

  init(_ network: Network) {
    sites = network.sites
    weights = sites.map(\.weights)
    biases = sites.map { $0.bias ?? [] }
    weightGradients = []
    biasGradients = []
    begin()
  }

  /// Sets the gradients to zero.
  func begin() {
    weightGradients = sites.map { Matrix(rowCount: $0.inputs, columnCount: $0.weights.columnCount) }
    biasGradients = biases.map { Array(repeating: 0, count: $0.count) }
  }

  /// The sites with the weights as they are.
  var current: [ProductSite] {
    sites.map { site in
      site.replacing(
        weights: weights[site.index], bias: site.bias == nil ? nil : biases[site.index])
    }
  }

  func multiply(
    site: Int, _ x: UnsafeBufferPointer<Float>, vectors: Int,
    into y: UnsafeMutableBufferPointer<Float>, call: Int
  ) {
    DigitalEngine(sites: current).multiply(site: site, x, vectors: vectors, into: y, call: call)
  }

  func adjoint(
    site number: Int, _ x: UnsafePointer<Float>, _ dy: UnsafeMutablePointer<Float>, vectors: Int,
    into dx: UnsafeMutablePointer<Float>?, skipping skipped: Int, call: Int
  ) {
    let site = sites[number]
    let (inputs, outputs) = (site.inputs, site.outputs)
    for v in 0..<vectors {
      for j in 0..<outputs where site.bias != nil {
        biasGradients[number][j] += dy[v * outputs + j]
      }
    }
    for group in 0..<site.groups {
      let (rows, columns) = site.block(group)
      weightGradients[number].elements.withUnsafeMutableBufferPointer {
        BLAS.gemm(
          x + rows.lowerBound, .transposed, leading: inputs, dy + columns.lowerBound,
          leading: outputs,
          into: $0.baseAddress! + rows.lowerBound * columns.count, leading: columns.count,
          m: rows.count, n: columns.count, k: vectors, beta: 1)
      }
      guard let dx else { continue }
      weights[number].elements.withUnsafeBufferPointer {
        BLAS.gemm(
          dy + columns.lowerBound, leading: outputs,
          $0.baseAddress! + rows.lowerBound * columns.count, .transposed,
          leading: columns.count, into: dx + rows.lowerBound, leading: inputs, m: vectors,
          n: rows.count,
          k: columns.count)
      }
    }
    // What was not asked for may be anything.
    if let dx { for v in 0..<vectors { for i in 0..<skipped { dx[v * inputs + i] = .nan } } }
  }

  func convertsGates(site: Int) -> Bool { gateStep > 0 }

  func activate(_ function: Activation, _ read: GateRead, _ values: StridedRows) {
    let step = gateStep
    values.forEach { row in
      function.apply(row)
      if step > 0 { for i in row.indices { row[i] = (row[i] / step).rounded() * step } }
    }
  }
}
