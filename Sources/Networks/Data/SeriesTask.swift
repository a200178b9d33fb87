public import InputOutput
import Randomness

/// A series that is computed, not read: a standard task of reservoirs. Every part is one sample of time × 1 with targets
/// for all steps but the first ones.
public struct SeriesTask: Sendable, Hashable {
  /// What is asked for at each step.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// y(t+1) = 0.3·y(t) + 0.05·y(t)·Σᵢ y(t−i) + 1.5·u(t−9)·u(t) + 0.1 with i from 0 to 9 and u uniform in 0 … 0.5, from
    /// u(t) (Atiya and Parlos, IEEE Trans. Neural Networks 11, 697, 2000).
    case narma = "narma-10"
    /// x(t + horizon) from x(t), with dx/dt = 0.2·x(t−17)/(1 + x(t−17)¹⁰) − 0.1·x (Mackey and Glass, Science 197, 287,
    /// 1977), one step per unit of time.
    case mackeyGlass = "mackey-glass"
    /// u(t−1) … u(t−delays), one output each, from u(t) uniform in −1 … 1 (Jaeger, GMD report 152, 2001).
    case memory
  }

  /// What is asked for.
  public var kind: Kind
  /// Steps with targets.
  public var length = 2000
  /// Steps before them, whose inputs are given and whose targets are not.
  public var washOut = 200
  /// The seed of the series.
  public var seed: UInt64 = 1
  /// How many delays `memory` asks for.
  public var delays = 40
  /// How many steps `mackey-glass` looks ahead.
  public var horizon = 10

  /// A task; see the members.
  public init(_ kind: Kind) { self.kind = kind }

  /// The task called `name`; `nil` where there is none.
  public init?(named name: String) {
    guard let kind = Kind(rawValue: name) else { return nil }
    self.init(kind)
  }

  /// The series of one part: inputs 1 × (wash-out + length) × 1 and targets 1 × (length·outputs), the outputs of a step side
  /// by side.
  ///
  /// - Throws: `InputError` where no bounded series was found.
  public func series(_ split: DataSplit) throws(InputError) -> DataSet {
    let key = StreamKey(seed: seed).child(kind.rawValue).child(split.rawValue)
    let total = washOut + length
    let (inputs, targets) =
      switch kind {
      case .narma: try narma(total, key)
      case .mackeyGlass: mackeyGlass(total, key)
      case .memory: memory(total, key)
      }
    return DataSet(
      name: kind.rawValue,
      samples: Tensor(shape: [1, total, 1], elements: inputs.map(Float.init)),
      targets: .values(
        Tensor(shape: [1, targets.count], elements: targets.map(Float.init))))
  }

  private func narma(
    _ total: Int, _ key: StreamKey
  ) throws(InputError) -> (inputs: [Double], targets: [Double]) {
    for attempt in 0..<100 {
      var stream = RandomStream(key.child(attempt))
      let u = (0..<total).map { _ in 0.5 * stream.uniform() }
      let y = Self.narma(u)
      // Some inputs lead out of the basin of the bounded series.
      if y.allSatisfy({ abs($0) < 1 }) { return (u, Array(y[(washOut + 1)...])) }
    }
    throw InputError(
      kind.rawValue, "no series of \(total) steps stays below 1: a shorter one is needed")
  }

  /// y(0) … y(n) for the inputs u(0) … u(n−1), with zeros before them.
  static func narma(_ u: [Double]) -> [Double] {
    var y = [0.0]
    for t in u.indices {
      let sum = (0..<10).reduce(0.0) { t >= $1 ? $0 + y[t - $1] : $0 }
      let past = t >= 9 ? u[t - 9] : 0
      y.append(0.3 * y[t] + 0.05 * y[t] * sum + 1.5 * past * u[t] + 0.1)
    }
    return y
  }

  /// Steps of integration per unit of time.
  private static let substeps = 20

  private func mackeyGlass(
    _ total: Int, _ key: StreamKey
  ) -> (inputs: [Double], targets: [Double]) {
    var stream = RandomStream(key)
    let history = 0.9 + 0.6 * stream.uniform()
    let transient = 1000
    let x = Self.mackeyGlass(transient + total + horizon, from: history)
    return (Array(x[transient..<transient + total]), Array(x[(transient + washOut + horizon)...]))
  }

  /// x at so many whole times from 1 on, by the classical Runge–Kutta method, with x = `history` up to time 0. Values
  /// between the steps of the past, which the middle of a step needs, are linear ones.
  static func mackeyGlass(_ count: Int, from history: Double) -> [Double] {
    let (h, delay) = (1 / Double(substeps), 17 * substeps)
    var x = [history]
    func past(_ step: Int) -> Double { step >= 0 ? x[step] : history }
    func slope(_ x: Double, _ delayed: Double) -> Double {
      var power = delayed * delayed
      power = power * power * delayed
      return 0.2 * delayed / (1 + power * power) - 0.1 * x
    }
    for step in 0..<count * substeps {
      let (start, end) = (past(step - delay), past(step + 1 - delay))
      let middle = (start + end) / 2
      let now = x[step]
      let a = slope(now, start)
      let b = slope(now + h / 2 * a, middle)
      let c = slope(now + h / 2 * b, middle)
      let d = slope(now + h * c, end)
      x.append(now + h / 6 * (a + 2 * b + 2 * c + d))
    }
    return (1...count).map { x[$0 * substeps] }
  }

  private func memory(_ total: Int, _ key: StreamKey) -> (inputs: [Double], targets: [Double]) {
    var stream = RandomStream(key)
    let all = (0..<delays + total).map { _ in 2 * stream.uniform() - 1 }
    let targets = (washOut..<total).flatMap { t in (1...delays).map { all[delays + t - $0] } }
    return (Array(all[delays...]), targets)
  }
}
