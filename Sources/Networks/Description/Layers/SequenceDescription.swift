import InputOutput
internal import StrictYAML

/// Layers of sequences: time is the first axis.
enum SequenceDescription: LayerDescription {
  /// The mean over time.
  case meanOverTime
  /// The mean over the steps that are not all zeros.
  case meanOfFrames
  /// Symbols' numbers as unit vectors of this many numbers.
  case oneHot(Int)
  /// The last so many steps.
  case lastSteps(Int)

  static let types = ["mean-over-time", "mean-of-frames", "one-hot", "last-steps"]
  var type: String {
    switch self {
    case .meanOverTime: "mean-over-time"
    case .meanOfFrames: "mean-of-frames"
    case .oneHot: "one-hot"
    case .lastSteps: "last-steps"
    }
  }
  var hasOperator: Bool { self == .meanOverTime }

  init?(type: String, _ node: StrictNode) {
    switch type {
    case "mean-over-time": self = .meanOverTime
    case "mean-of-frames": self = .meanOfFrames
    case "one-hot": self = .oneHot(node.integer("symbols", in: 1...1 << 20))
    case "last-steps": self = .lastSteps(node.integer("steps", in: 1...1 << 24))
    default: return nil
    }
  }

  var keys: [(key: String, value: String)] {
    switch self {
    case .meanOverTime, .meanOfFrames: []
    case .oneHot(let symbols): [("symbols", "\(symbols)")]
    case .lastSteps(let steps): [("steps", "\(steps)")]
    }
  }

  func add(
    to builder: inout NetworkBuilder, _ inputs: [Value], name: String, _ arrays: LayerArrays
  ) throws(InputError) -> Value {
    switch self {
    case .meanOverTime: try builder.meanOverTime(inputs[0], name: name)
    case .meanOfFrames: try builder.meanOfFrames(inputs[0], name: name)
    case .oneHot(let symbols): try builder.oneHot(inputs[0], symbols: symbols, name: name)
    case .lastSteps(let steps): try builder.lastSteps(inputs[0], steps: steps, name: name)
    }
  }

  func write(to graph: inout ONNXGraphWriter, _ layer: ONNXGraphWriter.Context) {
    precondition(hasOperator, "only the mean over time has an operator here")
    graph.add("ReduceMean", [], [.integers("axes", [1]), .integer("keepdims", 0)])
  }
}
