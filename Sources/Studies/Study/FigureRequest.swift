import InputOutput
import StrictYAML

/// One figure that a study file asks for.
public struct FigureRequest: Sendable {
  /// How it is drawn.
  public enum Kind: String, CaseIterable, Sendable {
    case lines
    case heatMap = "heat-map"
    case box
    case violin
    case tornado
  }

  public var kind: Kind
  /// The metric, "yield" for the share of good chips.
  public var metric: String
  /// The parameter along the horizontal axis.
  public var x: String?
  /// The parameter along the vertical axis of a heat map.
  public var y: String?
  /// The parameter that has a line for each value.
  public var lines: String?
  /// Values at which other parameters are held; over the rest the points are pooled.
  public var at: [String: StudyValue]
  /// What the vertical axis covers.
  public var range: ClosedRange<Double>?

  /// A figure that no file asked for.
  init(
    _ kind: Kind, metric: String, x: String? = nil, y: String? = nil, lines: String? = nil,
    at: [String: StudyValue] = [:]
  ) {
    self.kind = kind
    self.metric = metric
    self.x = x
    self.y = y
    self.lines = lines
    self.at = at
  }

  init(reading node: StrictNode, _ parameters: [StudyParameter]) {
    kind = node.choice("kind", of: Kind.self, default: node.has("y") ? .heatMap : .lines)
    metric = node.text("metric")
    at = Self.held(node, parameters)
    func parameter(_ key: String, needed: Bool) -> String? {
      let child = node.child(key)
      guard let text = child.text() else {
        if needed { node.fault("the key '\(key)' is missing") }
        return nil
      }
      if !parameters.contains(where: { $0.name == text }) {
        child.fault(unknownName("parameter", text, known: parameters.map(\.name)))
      }
      return text
    }
    x = parameter("x", needed: kind != .tornado)
    y = parameter("y", needed: kind == .heatMap)
    lines = parameter("lines", needed: false)
    let ends = node.child("range").elements().compactMap { $0.quantity(unit: "") }
    if node.has("range") {
      if ends.count == 2, ends[0] < ends[1] {
        range = ends[0]...ends[1]
      } else {
        node.child("range").fault("two numbers are expected, the smaller one first")
      }
    }
  }

  /// The values under `at` at which parameters are held.
  static func held(_ node: StrictNode, _ parameters: [StudyParameter]) -> [String: StudyValue] {
    var at: [String: StudyValue] = [:]
    let held = node.mapping("at", required: false)
    for key in held.keys {
      let child = held.child(key)
      guard let one = parameters.first(where: { $0.name == key }) else {
        child.fault(unknownName("parameter", key, known: parameters.map(\.name)))
        continue
      }
      let text = child.text() ?? ""
      let value = StudyValue.numberAndUnit(text).map { StudyValue.number($0.value) } ?? .text(text)
      if !one.levels.contains(value) { child.fault("'\(text)' is none of the values of '\(key)'") }
      at[key] = value
    }
    return at
  }
}
