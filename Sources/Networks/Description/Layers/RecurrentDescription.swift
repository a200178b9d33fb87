import ArrayFiles
import InputOutput
import LinearAlgebra
internal import StrictYAML

/// A recurrent layer: NAME.weight_ih_l0, .weight_hh_l0, .bias_ih_l0, .bias_hh_l0 and, for an LSTM with a
/// projection, .weight_hr_l0; with `_reverse` for the second direction.
///
/// Arrays have PyTorch's order of gates: i, f, g, o and r, z, n.
struct RecurrentDescription: LayerDescription {
  static let types = ["rnn", "lstm", "gru"]
  var type: String { cell.name }
  var hasArrays: Bool { true }
  var isProduct: Bool { true }

  let cell: RecurrentCell
  let isBidirectional: Bool
  let givesLast: Bool

  init(cell: RecurrentCell, isBidirectional: Bool, givesLast: Bool) {
    self.cell = cell
    self.isBidirectional = isBidirectional
    self.givesLast = givesLast
  }

  init?(type: String, _ node: StrictNode) {
    switch type {
    case "rnn": cell = .plain
    case "lstm": cell = .lstm
    default:
      let reset = node.choice("reset", of: ["after", "before"], default: "after")
      cell = .gru(resetsAfter: reset == "after")
    }
    isBidirectional = node.flag("bidirectional", default: false)
    givesLast = node.choice("output", of: ["sequence", "last"], default: "last") == "last"
  }

  var keys: [(key: String, value: String)] {
    (cell == .gru(resetsAfter: false) ? [("reset", "before")] : []) + [
      ("bidirectional", "\(isBidirectional)"), ("output", givesLast ? "last" : "sequence"),
    ]
  }

  func add(
    to builder: inout NetworkBuilder, _ inputs: [Value], name: String, _ arrays: LayerArrays
  ) throws(InputError) -> Value {
    var directions = [try direction(name, isBackward: false, arrays)]
    if isBidirectional { directions.append(try direction(name, isBackward: true, arrays)) }
    let states = try builder.recurrent(inputs[0], cell, directions, name: name)
    return try builder.hiddenStates(
      of: states, directions: directions.count, givesLast: givesLast, name: name)
  }

  private func direction(
    _ name: String, isBackward: Bool, _ arrays: LayerArrays
  ) throws(InputError) -> RecurrentWeights {
    let suffix = isBackward ? "_l0_reverse" : "_l0"
    let input = try arrays.matrix("\(name).weight_ih\(suffix)")
    let hidden = try arrays.matrix("\(name).weight_hh\(suffix)")
    let rows = input.rowCount
    guard rows % cell.gateCount == 0, hidden.rowCount == rows else {
      throw arrays.fault(
        "\(name).weight_hh\(suffix)",
        "has the shape \(hidden.rowCount)×\(hidden.columnCount), that of the inputs "
          + "\(rows)×\(input.columnCount): both begin with \(cell.gateCount) blocks of hidden units"
      )
    }
    func bias(_ part: String) throws(InputError) -> [Float] {
      try arrays.optionalVector("\(name).bias_\(part)\(suffix)", count: rows)
        ?? Array(repeating: 0, count: rows)
    }
    let height = rows / cell.gateCount
    // ONNX's order is i, o, f, c and z, r, h.
    let order: [Int] =
      switch cell {
      case .plain: [0]
      case .lstm: [0, 3, 1, 2]
      case .gru: [1, 0, 2]
      }
    func reordered(_ values: [Float], _ width: Int) -> [Float] {
      order.flatMap { values[$0 * height * width..<($0 + 1) * height * width] }
    }
    func reordered(_ m: Matrix<Float>) -> Matrix<Float> {
      Matrix(
        rowCount: rows, columnCount: m.columnCount, elements: reordered(m.elements, m.columnCount))
    }
    let projection = "\(name).weight_hr\(suffix)"
    return RecurrentWeights(
      input: reordered(input), hidden: reordered(hidden),
      inputBias: reordered(try bias("ih"), 1), hiddenBias: reordered(try bias("hh"), 1),
      isBackward: isBackward,
      projection: arrays.has(projection) ? try arrays.matrix(projection) : nil)
  }
}

extension NetworkBuilder {
  /// The states that a recurrent layer gave: time × (directions · state), or those of the last step of
  /// each direction as one vector.
  mutating func hiddenStates(
    of states: Value, directions: Int, givesLast: Bool, name: String
  ) throws(InputError) -> Value {
    let shape = shape(of: states)
    let steps = shape[0] - 2
    // Row `steps` holds the last state of every direction.
    let places = givesLast ? [steps] : Array(0..<steps)
    let chosen = try select(states, axis: 0, places: places, name: "\(name) states")
    let width = directions * shape[2]
    return try reshape(chosen, to: givesLast ? [width] : [steps, width], name: "\(name) shape")
  }
}
