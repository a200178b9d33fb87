import InputOutput
import LinearAlgebra

extension ONNXImporter {
  mutating func recurrent(
    _ call: ONNXCall, _ cell: RecurrentCell
  ) throws(InputError) -> [ONNXValue] {
    let isBatchFirst = call.integer("layout", 0) != 0
    let x = try computed(call.input(0), batchAxis: isBatchFirst ? 0 : 1, call)
    for (index, what) in [(4, "the lengths of sequences"), (7, "peephole weights")]
    where call.optional(index) != nil {
      throw call.fault("uses \(what), which cannot be read")
    }
    guard !call.has("clip"), call.integer("input_forget", 0) == 0 else {
      throw call.fault("uses clip or input_forget, which cannot be read")
    }
    let backwards: [Bool]
    switch call.text("direction", "forward") {
    case "forward": backwards = [false]
    case "reverse": backwards = [true]
    case "bidirectional": backwards = [false, true]
    default: throw call.fault("direction is none of forward, reverse, bidirectional")
    }
    let directions = try directions(call, cell, backwards, isBatchFirst: isBatchFirst)
    let all = try builder.recurrent(x, cell, directions, name: call.name)
    let shape = builder.shape(of: all)
    let steps = shape[0] - 2
    let states = try builder.add(
      Selection(axis: 0, places: Array(0..<steps), shape: shape), [all], name: call.name)
    var results: [ONNXValue] = [.computed(states, batchAxis: isBatchFirst ? 0 : 2)]
    for last in [steps, steps + 1] {
      let state = try builder.add(
        Selection(axis: 0, places: [last], shape: shape), [all], name: call.name)
      let plain = try builder.reshape(state, to: Array(shape.dropFirst()), name: call.name)
      results.append(.computed(plain, batchAxis: isBatchFirst ? 0 : 1))
    }
    return results
  }

  /// The weights of each direction.
  private func directions(
    _ call: ONNXCall, _ cell: RecurrentCell, _ backwards: [Bool], isBatchFirst: Bool
  ) throws(InputError) -> [RecurrentWeights] {
    let w = try constant(call.input(1), "W", call)
    let r = try constant(call.input(2), "R", call)
    let gates = cell.gateCount
    guard w.shape.count == 3, r.shape.count == 3, w.shape[0] == backwards.count,
      r.shape[0] == backwards.count, w.shape[1] == r.shape[1], r.shape[1] == gates * r.shape[2]
    else {
      throw call.fault(
        "W has the shape \(describe(shape: w.shape)) and R \(describe(shape: r.shape)), wanted are "
          + "\(backwards.count) directions × \(gates)·hidden × inputs or hidden")
    }
    let (rows, inputs, hidden) = (r.shape[1], w.shape[2], r.shape[2])
    guard rows > 0, inputs > 0, hidden > 0 else { throw call.fault("has matrices without numbers") }
    try spend((2 * rows + hidden) * backwards.count, call)
    var bias = [Float](repeating: 0, count: backwards.count * 2 * rows)
    if let given = call.optional(3) {
      bias = try constant(given, "B", call).elements
      guard bias.count == backwards.count * 2 * rows else {
        throw call.fault("B has \(bias.count) numbers, wanted are \(backwards.count * 2 * rows)")
      }
    }
    let count = backwards.count * hidden
    let firstHidden = try firstState(5, count: count, isBatchFirst: isBatchFirst, call)
    let firstCell = try firstState(6, count: count, isBatchFirst: isBatchFirst, call)
    let functions = try functions(call, cell, directions: backwards.count)
    var result: [RecurrentWeights] = []
    for (d, isBackward) in backwards.enumerated() {
      func part(_ elements: [Float], _ size: Int, _ index: Int) -> [Float] {
        Array(elements[index * size..<(index + 1) * size])
      }
      var weights = RecurrentWeights(
        input: Matrix(
          rowCount: rows, columnCount: inputs, elements: part(w.elements, rows * inputs, d)),
        hidden: Matrix(
          rowCount: rows, columnCount: hidden, elements: part(r.elements, rows * hidden, d)),
        inputBias: part(bias, rows, 2 * d), hiddenBias: part(bias, rows, 2 * d + 1),
        isBackward: isBackward)
      weights.activations = functions[d]
      weights.initialHidden = firstHidden.map { part($0, hidden, d) }
      weights.initialCell = firstCell.map { part($0, hidden, d) }
      result.append(weights)
    }
    return result
  }

  /// The state before the first step, the same for every sample.
  private func firstState(
    _ index: Int, count: Int, isBatchFirst: Bool, _ call: ONNXCall
  ) throws(InputError) -> [Float]? {
    guard let value = call.optional(index) else { return nil }
    let wanted = isBatchFirst ? 0 : 1
    guard case .constant(let tensor, let axis) = value, tensor.elements.count == count,
      axis == wanted || (axis == nil && tensor.shape.count == 3 && tensor.shape[wanted] == 1)
    else {
      throw call.fault("the first state must be a constant that is the same for every sample")
    }
    return tensor.elements
  }

  /// The functions f, g, h of each direction.
  private func functions(
    _ call: ONNXCall, _ cell: RecurrentCell, directions: Int
  ) throws(InputError) -> [[Activation]] {
    let usual: [String] =
      switch cell {
      case .plain: ["Tanh"]
      case .lstm: ["Sigmoid", "Tanh", "Tanh"]
      case .gru: ["Sigmoid", "Tanh"]
      }
    let given = call.texts("activations")
    let names = given.isEmpty ? Array(repeating: usual, count: directions).flatMap { $0 } : given
    guard names.count == directions * usual.count else {
      throw call.fault("names \(names.count) activations, \(directions * usual.count) are needed")
    }
    var (alphas, betas) = (
      call.floats("activation_alpha")[...], call.floats("activation_beta")[...]
    )
    var result: [[Activation]] = []
    for d in 0..<directions {
      var own: [Activation] = []
      for name in names[d * usual.count..<(d + 1) * usual.count] {
        // Each function takes the parameters that it has from the front of the lists.
        switch name.lowercased() {
        case "sigmoid": own.append(.sigmoid)
        case "tanh": own.append(.tanh)
        case "relu": own.append(.relu)
        case "leakyrelu": own.append(.leakyRelu(slope: alphas.popFirst() ?? 0.01))
        case "hardsigmoid":
          own.append(
            .hardSigmoid(slope: alphas.popFirst() ?? 0.2, offset: betas.popFirst() ?? 0.5))
        default:
          throw call.fault(
            "unknown activation '\(name)', known are hardsigmoid, leakyrelu, relu, sigmoid, tanh")
        }
      }
      result.append(own)
    }
    guard alphas.isEmpty, betas.isEmpty else {
      throw call.fault(
        "activation_alpha and activation_beta have \(alphas.count + betas.count) numbers more than the "
          + "activations \(names.joined(separator: ", ")) take")
    }
    return result
  }
}
