import Randomness

/// How much of a result's variance each parameter explains (Sobol, Math. Comput. Simul. 55, 2001).
public struct SensitivityIndices: Sendable, Hashable {
  /// The share of the variance that parameter i explains alone: Var(E[f | xᵢ]) / Var(f).
  public var first: [Double]
  /// The share that vanishes where all but parameter i are known: E[Var(f | x₋ᵢ)] / Var(f).
  public var total: [Double]
  /// 95 % confidence of `first` and `total`, by the bootstrap; empty where there is none.
  public var firstInterval: [ClosedRange<Double>] = []
  public var totalInterval: [ClosedRange<Double>] = []

  /// Indices that were found elsewhere.
  public init(first: [Double], total: [Double]) {
    self.first = first
    self.total = total
  }

  /// The indices from Saltelli's design: n blocks of f(A), f(B), f(A with column i of B) for each of
  /// the `parameters`, in this order.
  ///
  /// First indices by Saltelli et al., total ones by Jansen (Saltelli et al., Comput. Phys. Commun.
  /// 181, 2010, table 2). Blocks with a value that is not finite are left out. All NaN where the
  /// results do not vary.
  /// - Parameters:
  ///   - resamples: how many bootstrap samples of blocks the intervals rest on; 0 for none.
  /// - Precondition: `values.count` is a multiple of `parameters + 2`.
  public init(saltelli values: [Double], parameters: Int, resamples: Int = 0, key: StreamKey) {
    let width = parameters + 2
    precondition(parameters > 0 && values.count % width == 0, "whole blocks of Saltelli's design")
    let blocks = (0..<values.count / width).filter { block in
      values[block * width..<(block + 1) * width].allSatisfy(\.isFinite)
    }
    self = Self.saltelli(values, blocks, parameters)
    guard resamples > 0, blocks.count > 1 else { return }
    var stream = RandomStream(key)
    var firsts: [[Double]] = Array(repeating: [], count: parameters)
    var totals = firsts
    var drawn = blocks
    for _ in 0..<resamples {
      for k in drawn.indices { drawn[k] = blocks[stream.index(below: blocks.count)] }
      let one = Self.saltelli(values, drawn, parameters)
      for i in 0..<parameters where one.first[i].isFinite && one.total[i].isFinite {
        firsts[i].append(one.first[i])
        totals[i].append(one.total[i])
      }
    }
    func interval(_ sample: [Double]) -> ClosedRange<Double> {
      guard !sample.isEmpty else { return 0...0 }
      let low = quantile(sample, 0.025)
      return low...max(low, quantile(sample, 0.975))
    }
    firstInterval = firsts.map(interval)
    totalInterval = totals.map(interval)
  }

  private static func saltelli(
    _ values: [Double], _ blocks: [Int], _ parameters: Int
  ) -> SensitivityIndices {
    let width = parameters + 2
    let n = Double(blocks.count)
    var sum = 0.0
    for block in blocks { sum += values[block * width] + values[block * width + 1] }
    let mean = sum / (2 * n)
    var variance = 0.0
    var first = [Double](repeating: 0, count: parameters)
    var total = first
    for block in blocks {
      // The mean taken off leaves the indices as they are and the first ones steadier.
      let a = values[block * width] - mean
      let b = values[block * width + 1] - mean
      variance += (a * a + b * b) / (2 * n)
      for i in 0..<parameters {
        let mixed = values[block * width + 2 + i] - mean
        first[i] += b * (mixed - a) / n
        total[i] += (a - mixed) * (a - mixed) / (2 * n)
      }
    }
    guard variance > 0 else {
      let none = [Double](repeating: .nan, count: parameters)
      return SensitivityIndices(first: none, total: none)
    }
    return SensitivityIndices(
      first: first.map { $0 / variance }, total: total.map { $0 / variance })
  }

  /// The indices over a full grid, each cell with the same weight: exact for these levels.
  ///
  /// - Parameters:
  ///   - values: the cells' means, the last parameter running fastest.
  ///   - levels: how many levels each parameter has.
  /// - Precondition: `values.count` is the product of `levels`.
  public init(grid values: [Double], levels: [Int]) {
    precondition(values.count == levels.reduce(1, *), "a value for each cell of the grid")
    let n = Double(values.count)
    let mean = values.reduce(0, +) / n
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
    var first: [Double] = []
    var total: [Double] = []
    var stride = values.count
    for count in levels {
      stride /= count
      var byLevel = [Double](repeating: 0, count: count)
      var within = 0.0
      for start in values.indices where start / stride % count == 0 {
        var sum = 0.0
        for k in 0..<count { sum += values[start + k * stride] }
        let rest = sum / Double(count)
        for k in 0..<count {
          let value = values[start + k * stride]
          byLevel[k] += value
          within += (value - rest) * (value - rest)
        }
      }
      let share = n / Double(count)
      let between = byLevel.reduce(0) { $0 + ($1 / share - mean) * ($1 / share - mean) }
      first.append(variance > 0 ? between / Double(count) / variance : .nan)
      total.append(variance > 0 ? within / n / variance : .nan)
    }
    self.init(first: first, total: total)
  }
}
