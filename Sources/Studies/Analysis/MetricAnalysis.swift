import LinearAlgebra
import NumericalMethods
import Randomness
import Synchronization

/// One metric of a study: its values by row, and what they say.
struct MetricAnalysis: Sendable {
  let plan: Plan
  /// The metric's name, its label on axes, and the factor of shown numbers.
  let style: Study.MetricStyle
  /// By row, shown numbers; NaN where there is none.
  let values: [Double]
  /// The mean of each point's repeats.
  let means: [Double]
  private let levels = LevelCache()

  /// The statistics of all rows by the level of one parameter, which tables and figures share.
  private final class LevelCache: Sendable {
    let found = Mutex<[String: [GroupStatistics]]>([:])
  }

  init(plan: Plan, style: Study.MetricStyle, values: [Double]) {
    self.plan = plan
    self.style = style
    let shown = style.scale == 1 ? values : values.map { $0 * style.scale }
    self.values = shown
    let repeats = plan.study.repeats
    means = (0..<plan.pointCount).map { point in
      var sum = 0.0
      var count = 0
      for row in point * repeats..<(point + 1) * repeats where !shown[row].isNaN {
        sum += shown[row]
        count += 1
      }
      return count > 0 ? sum / Double(count) : .nan
    }
  }

  /// Whether the values differ at all.
  var varies: Bool {
    guard let first = values.first(where: { !$0.isNaN }) else { return false }
    return values.contains { !$0.isNaN && $0 != first }
  }

  /// The bootstrap's stream for group `k`; `nil` where all groups together would take too long.
  func bootstrapKey(_ k: Int, rows: Int) -> StreamKey? {
    guard rows <= 200_000 else { return nil }
    return StreamKey(seed: plan.study.seed).child("bootstrap").child(style.name).child(k)
  }

  /// The statistics of each point's repeats.
  func pointStatistics(limit: Int) -> [GroupStatistics] {
    let repeats = plan.study.repeats
    let count = min(limit, plan.pointCount)
    let block = 64
    let found = Mutex<[Int: [GroupStatistics]]>([:])
    Parallel.forEach((count + block - 1) / block) { k in
      let part = (k * block..<min(count, (k + 1) * block)).map { point in
        GroupStatistics(
          values[point * repeats..<(point + 1) * repeats],
          bootstrap: bootstrapKey(point, rows: count * repeats))
      }
      found.withLock { $0[k] = part }
    }
    return found.withLock { found in
      (0..<(count + block - 1) / block).flatMap { found[$0]! }
    }
  }

  /// The values of all rows by bin; points for which `bin` is `nil` are left out.
  func grouped(_ count: Int, by bin: (Int) -> Int?) -> [[Double]] {
    var groups = [[Double]](repeating: [], count: count)
    let repeats = plan.study.repeats
    for point in 0..<plan.pointCount {
      guard let k = bin(point) else { continue }
      for row in point * repeats..<(point + 1) * repeats where !values[row].isNaN {
        groups[k].append(values[row])
      }
    }
    return groups
  }

  /// The statistics of the groups that `grouped` gives, worked out side by side.
  func statistics(_ count: Int, by bin: (Int) -> Int?) -> [GroupStatistics] {
    let groups = grouped(count, by: bin)
    let found = Mutex([GroupStatistics?](repeating: nil, count: count))
    Parallel.forEach(count) { k in
      let one = GroupStatistics(groups[k])
      found.withLock { $0[k] = one }
    }
    return found.withLock { $0.map { $0! } }
  }

  /// The statistics of all rows by the level of the parameter `name`.
  func levelStatistics(_ name: String) -> [GroupStatistics] {
    if let known = levels.found.withLock({ $0[name] }) { return known }
    let bins = ParameterBins(name, of: plan)
    let found = statistics(bins.count) { bins.bin($0) }
    levels.found.withLock { $0[name] = found }
    return found
  }

  /// The mean over all points of each bin of `bins`.
  func means(by bins: ParameterBins) -> [Double] {
    var sums = [Double](repeating: 0, count: bins.count)
    var counts = [Int](repeating: 0, count: bins.count)
    for point in means.indices where !means[point].isNaN {
      let k = bins.bin(point)
      sums[k] += means[point]
      counts[k] += 1
    }
    return zip(sums, counts).map { $1 > 0 ? $0 / Double($1) : .nan }
  }

  /// What the sensitivity indices belong to, and the indices; `nil` where the design gives none.
  var sensitivity: (names: [String], indices: SensitivityIndices)? {
    let study = plan.study
    guard study.parameters.count > 1, varies else { return nil }
    switch study.design {
    case .grid:
      guard study.groups.count > 1, !means.contains(where: \.isNaN) else { return nil }
      let names = study.groups.map { group in
        group.map { study.parameters[$0].label }.joined(separator: ", ")
      }
      return (names, SensitivityIndices(grid: means, levels: plan.groupCounts))
    case .saltelli:
      let cost = means.count * 400
      return (
        study.parameters.map(\.label),
        SensitivityIndices(
          saltelli: means, parameters: study.parameters.count,
          resamples: cost <= 400_000_000 ? 400 : 0,
          key: StreamKey(seed: study.seed).child("sensitivity").child(style.name))
      )
    case .sobol, .latinHypercube:
      let all = SampleStatistics(means.filter { !$0.isNaN })
      let variance = all.deviation * all.deviation
      guard all.count > 10 * ParameterBins.sliceCount, variance > 0 else { return nil }
      let first = study.parameters.map { one -> Double in
        let groups = means(by: ParameterBins(one.name, of: plan)).filter { !$0.isNaN }
        let spread = SampleStatistics(groups)
        return spread.deviation * spread.deviation / variance
      }
      return (
        study.parameters.map(\.label),
        SensitivityIndices(first: first, total: first.map { _ in .nan })
      )
    }
  }
}
