import NumericalMethods
import Randomness
import StrictYAML

/// How the parameters of a law spread together: each by its own distribution, some correlated.
///
/// ```yaml
/// spread:
///   radius: {deviation: 10 %, form: truncated, reach: 2}
///   disc-length: {deviation: 10 %, form: truncated, reach: 2}
///   correlations:
///     - {between: [radius, disc-length], value: 0.5}
/// ```
public struct DynamicsSpread: Sendable {
  /// The distributions by parameter.
  public let single: [String: ParameterSpread]
  // The parameters in the order of `correlated`; none where all are independent.
  private let order: [String]
  private let correlated: CorrelatedSpread?

  /// Nothing spreads.
  public static let none = DynamicsSpread()

  private init() {
    single = [:]
    order = []
    correlated = nil
  }

  /// Whether nothing spreads.
  public var isEmpty: Bool { single.isEmpty }

  init(reading node: StrictNode, parameters: [ParameterSpecification]) {
    guard node.exists else {
      self = .none
      return
    }
    var single: [String: ParameterSpread] = [:]
    var order: [String] = []
    for p in parameters where node.has(p.key) {
      single[p.key] = ParameterSpread(reading: node.mapping(p.key), within: p.range)
      order.append(p.key)
    }
    let pairs = node.child("correlations").elements()
    var matrix = [Double](repeating: 0, count: order.count * order.count)
    for i in order.indices { matrix[i * order.count + i] = 1 }
    for pair in pairs {
      let names = pair.child("between").elements().compactMap { $0.text() }
      let value = pair.number("value", in: -1...1, default: 0)
      let places = names.compactMap(order.firstIndex(of:))
      guard names.count == 2, places.count == 2, places[0] != places[1] else {
        pair.fault("'between' must name two parameters that spread")
        continue
      }
      matrix[places[0] * order.count + places[1]] = value
      matrix[places[1] * order.count + places[0]] = value
    }
    self.single = single
    guard !pairs.isEmpty, !order.isEmpty else {
      self.order = []
      correlated = nil
      return
    }
    do {
      correlated = try CorrelatedSpread(order.map { single[$0]! }, correlation: matrix)
    } catch {
      node.child("correlations").fault("\(error)")
      correlated = nil
    }
    self.order = order
  }

  /// `nominal` with every parameter that spreads drawn from `key`'s streams and held in its range.
  func drawn(around nominal: ParameterSet, law: String, _ key: StreamKey) -> ParameterSet {
    guard !single.isEmpty else { return nominal }
    var drawn = nominal
    let together = correlated?.draw(around: order.map { nominal[$0] }, key.child("correlated"))
    for p in DynamicLaws.named(law)?.parameters ?? [] {
      guard let spread = single[p.key] else { continue }
      if let together, let place = order.firstIndex(of: p.key) {
        drawn.numbers[p.key] = min(max(together[place], p.range.lowerBound), p.range.upperBound)
      } else {
        drawn.numbers[p.key] = spread.draw(
          around: nominal[p.key], within: p.range, key.child(p.key))
      }
    }
    return drawn
  }
}
