public import LinearAlgebra

/// Products in whole numbers, as digital accelerators compute them: weights and inputs of `bits` bits, sums
/// exact over as many rows as stay within 2²⁴ (1,040 at 8 bits), then in single precision.
///
/// Weights have a scale per output, the largest |w| of its column over 2^(bits − 1) − 1; inputs have one per matrix, the
/// largest |x| on calibration data, and are clipped there. Both round to the nearest, ties to even (symmetric
/// quantization: Jacob et al., CVPR 2018, doi 10.1109/CVPR.2018.00286, with a zero point of 0). Biases are added in
/// single precision.
public struct IntegerEngine: BaselineEngine {
  public static let name = "integer"
  public static let bits: ClosedRange<Int>? = 2...8

  /// One weight matrix.
  private struct Site: Sendable {
    var inputs, outputs: Int
    /// The rows and columns of each block that holds weights.
    var blocks: [(rows: Range<Int>, columns: Range<Int>)]
    /// Whole numbers, inputs × outputs of a group.
    var weights: [Float]
    /// What one unit of a sum stands for, an output each.
    var units: [Float]
    var inputUnit: Float
    var bias: [Float]?
  }

  private let sites: [Site]
  private let largest: Float
  /// As many rows that a sum of products of whole numbers is exact in single precision: at most 2²⁴.
  private let exactRows: Int

  public init(_ network: Network, bits: Int, inputs: [Matrix<Float>]) {
    let largest = Float(1 << (bits - 1) - 1)
    self.largest = largest
    exactRows = Int(16_777_216 / (largest * largest))
    sites = zip(network.sites, inputs).map { site, read in
      let top = read.elements.reduce(Float(0)) { max($0, abs($1)) }
      let inputUnit = (top > 0 ? top : 1) / largest
      var weights = site.weights.elements
      let blocks = (0..<site.groups).map(site.block)
      let width = site.weights.columnCount
      var units = [Float](repeating: 1, count: site.outputs)
      for (rows, columns) in blocks {
        for (k, j) in columns.enumerated() {
          let places = rows.map { $0 * width + k }
          let top = places.reduce(Float(0)) { max($0, abs(weights[$1])) }
          let unit = (top > 0 ? top : 1) / largest
          for i in places { weights[i] = (weights[i] / unit).rounded(.toNearestOrEven) }
          units[j] = unit * inputUnit
        }
      }
      return Site(
        inputs: site.inputs, outputs: site.outputs, blocks: blocks, weights: weights,
        units: units, inputUnit: inputUnit, bias: site.bias)
    }
  }

  public func multiply(
    site: Int, _ x: UnsafeBufferPointer<Float>, vectors: Int,
    into y: UnsafeMutableBufferPointer<Float>, call: Int
  ) {
    let site = sites[site]
    let (inputs, outputs) = (site.inputs, site.outputs)
    y.update(repeating: 0)
    guard vectors > 0, outputs > 0, inputs > 0 else { return }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: x.count + y.count) { memory in
      let (codes, sums) = (memory.baseAddress!, memory.baseAddress! + x.count)
      for k in x.indices {
        let code = (x[k] / site.inputUnit).rounded(.toNearestOrEven)
        codes[k] = min(max(code, -largest), largest)
      }
      site.weights.withUnsafeBufferPointer { weights in
        for (rows, columns) in site.blocks {
          for first in stride(from: rows.lowerBound, to: rows.upperBound, by: exactRows) {
            let count = min(exactRows, rows.upperBound - first)
            BLAS.gemm(
              codes + first, leading: inputs,
              weights.baseAddress! + first * columns.count, leading: columns.count,
              into: sums + columns.lowerBound, leading: outputs, m: vectors, n: columns.count,
              k: count, beta: 0)
            for v in 0..<vectors {
              for j in columns {
                y[v * outputs + j] += site.units[j] * sums[v * outputs + j]
              }
            }
          }
        }
      }
    }
    guard let bias = site.bias else { return }
    for v in 0..<vectors { for j in 0..<outputs { y[v * outputs + j] += bias[j] } }
  }
}
