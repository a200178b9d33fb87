import InputOutput
import PhysicalUnits
import Reporting
import StrictYAML

/// One number of a claim: a metric of the replayed study, or the difference of two, and what it must be.
public struct ClaimCheck: Sendable {
  /// What the mean over the rows must meet.
  public enum Expectation: Hashable, Sendable {
    /// `value` within ± `tolerance`, both in the metric's unit.
    case near(value: Double, tolerance: Double)
    case atLeast(Double)
    case atMost(Double)

    /// Whether `value` meets it; NaN never does.
    func isMet(by value: Double) -> Bool {
      switch self {
      case .near(let expected, let tolerance): abs(value - expected) <= tolerance
      case .atLeast(let limit): value >= limit
      case .atMost(let limit): value <= limit
      }
    }
  }

  /// A metric at some of the points of the study.
  struct Term: Sendable {
    var metric: String
    /// Values at which parameters are held; over the rest the rows are pooled.
    var at: [String: StudyValue]

    /// The rows of `plan` that count, in the order of the plan.
    func rows(of plan: Plan) -> [Int] {
      let parameters = plan.study.parameters
      return (0..<plan.pointCount).filter { point in
        zip(parameters, plan.values(at: point)).allSatisfy { one, value in
          at[one.name].map { $0 == value } ?? true
        }
      }.flatMap { $0 * plan.study.repeats..<($0 + 1) * plan.study.repeats }
    }
  }

  /// What the table calls it.
  public var name: String
  let term: Term
  /// What is subtracted, row by row; `nil` for nothing.
  let subtracted: Term?
  public var expectation: Expectation
  public var source: ClaimSource

  /// Reads one element of `checks`; faults gather in the file.
  init?(reading node: StrictNode, plan: Plan?, source common: ClaimSource?) {
    let parameters = plan?.study.parameters ?? []
    term = Self.term(node, parameters)
    let minus = node.mapping("minus", required: false)
    subtracted =
      minus.exists ? Self.term(minus, parameters, metric: term.metric) : nil
    name = node.text("name", default: Self.name(term, subtracted))
    let own = ClaimSource(reading: node.mapping("source", required: false))
    guard let expectation = Self.expectation(node) else { return nil }
    self.expectation = expectation
    guard let source = own ?? common else {
      node.fault("a 'source' is expected here, or one for the whole claim")
      return nil
    }
    self.source = source
    if let plan, let subtracted, subtracted.rows(of: plan).count != term.rows(of: plan).count {
      minus.fault("a difference is taken row by row, here are different numbers of rows")
      return nil
    }
  }

  private static func term(
    _ node: StrictNode, _ parameters: [StudyParameter], metric: String? = nil
  ) -> Term {
    Term(
      metric: node.text("metric", default: metric), at: FigureRequest.held(node, parameters))
  }

  /// "metric, parameter value" for a check without a name.
  private static func name(_ term: Term, _ subtracted: Term?) -> String {
    func text(_ one: Term) -> String {
      ([one.metric] + one.at.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.cell.shown)" })
        .joined(separator: ", ")
    }
    return text(term) + (subtracted.map { " less \(text($0))" } ?? "")
  }

  private static func expectation(_ node: StrictNode) -> Expectation? {
    let kinds = ["expected", "at-least", "at-most"].filter(node.has)
    guard kinds.count == 1 else {
      node.fault("one of 'expected', 'at-least' and 'at-most' is expected")
      return nil
    }
    let value = node.number(kinds[0])
    guard kinds[0] == "expected" else {
      return kinds[0] == "at-least" ? .atLeast(value) : .atMost(value)
    }
    guard node.has("tolerance") != node.has("relative-tolerance") else {
      node.fault("one of 'tolerance' and 'relative-tolerance' is expected")
      return nil
    }
    if value == 0, node.has("relative-tolerance") {
      node.child("relative-tolerance").fault(
        "is a share of 'expected', which is 0: give a 'tolerance'")
    }
    let tolerance =
      node.has("tolerance")
      ? node.number("tolerance", in: 0...1e300)
      : node.number("relative-tolerance", in: 0...1) * abs(value)
    return .near(value: value, tolerance: tolerance)
  }
}
