/// A recurrent layer over a whole sequence, one or both directions.
///
/// A sample is time × inputs. The result is (time + 2) × directions × state: the state after each step,
/// then the last state and the last cell of each direction (0 where the kind has no cell, or one of
/// another size than the state). The matrix of a direction reads the inputs and the state side by side.
struct Recurrent: LayerOperation {
  /// What a step does; the gates stand in the columns in the order given.
  enum Cell: Sendable, Hashable {
    /// h = f(gates).
    case plain
    /// Gates i, o, f, c: C = f(f)·C + f(i)·g(c), h = f(o)·h(C); with a projection, h is multiplied by its
    /// matrix.
    case lstm
    /// Gates z, r, and the candidate's parts from the inputs and from the state:
    /// h = (1 - z)·g(n + r·m) + z·h.
    case gruResetAfter
    /// Gates z, r in the first matrix; the candidate in a second one that reads r·h.
    case gruResetBefore

    /// How many gates the first matrix has.
    var gateCount: Int {
      switch self {
      case .plain: 1
      case .lstm, .gruResetAfter: 4
      case .gruResetBefore: 2
      }
    }

    /// The functions of each matrix of a direction: where `Recurrent.step` applies them, for `hidden` units.
    func gates(_ functions: [Activation], hidden: Int) -> [[GateFunction]] {
      func gate(_ k: Int, _ blocks: Range<Int>, isState: Bool = false) -> GateFunction {
        GateFunction(
          function: functions[k], columns: blocks.lowerBound * hidden..<blocks.upperBound * hidden,
          isState: isState)
      }
      switch self {
      case .plain: return [[gate(0, 0..<1)]]
      case .lstm: return [[gate(0, 0..<3), gate(1, 3..<4), gate(2, 1..<2, isState: true)]]
      case .gruResetAfter: return [[gate(0, 0..<2), gate(1, 2..<3, isState: true)]]
      case .gruResetBefore: return [[gate(0, 0..<2)], [gate(1, 0..<1)]]
      }
    }
  }

  let cell: Cell
  /// The functions of each direction, as ONNX numbers them: f, g, h.
  let activations: [[Activation]]
  /// Whether each direction runs backwards in time.
  let backwards: [Bool]
  let steps: Int
  let inputs: Int
  /// Units: numbers of each gate.
  let hidden: Int
  /// Numbers of the state: the units, or fewer behind a projection.
  let state: Int
  /// The first states: directions × state.
  let initialHidden: [Float]
  /// The first cells: directions × units.
  let initialCell: [Float]
  /// For each direction one site; a second one where the reset gate comes before the matrix or where the
  /// state is projected.
  var sites: [Int]
  let storage = LayerStorage.own

  var isPlainProduct: Bool { false }
  var outputShape: [Int] { [steps + 2, backwards.count, state] }
  /// Numbers that the first matrix reads.
  var row: Int { inputs + state }
  /// Columns of the first matrix.
  var gateWidth: Int { cell.gateCount * hidden }
  /// Whether the state is projected.
  var isProjected: Bool { cell == .lstm && sites.count > backwards.count }
  /// The first site of a direction.
  func site(_ direction: Int) -> Int { sites[direction * (sites.count / backwards.count)] }

  func apply(_ inputs: LayerInputs, into output: LayerOutput, _ context: LayerContext) {
    // Released with the scratch at the end: one step follows the other in the same places.
    let scratch = ScratchMemory()
    let memory = RecurrentMemory(self, samples: context.samples, scratch: scratch, keeps: false)
    for direction in backwards.indices {
      run(direction, inputs[0], into: output, memory, context.engine) { turn in
        // The vectors of a chunk are numbered step after step.
        context.firstSample * steps + turn * context.samples
      } overBlocks: { body in
        body(0..<context.samples)
      }
    }
    withExtendedLifetime(scratch) {}
  }

  /// One direction over all steps.
  ///
  /// - Parameters:
  ///   - call: the number of the read of a turn.
  ///   - overBlocks: calls its body with parts of the samples that make up all of them.
  func run(
    _ direction: Int, _ x: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>,
    _ memory: RecurrentMemory, _ engine: any ProductEngine, call: (Int) -> Int,
    overBlocks: (@Sendable (Range<Int>) -> Void) -> Void
  ) {
    let (samples, directions, state, inputs) = (memory.samples, backwards.count, state, inputs)
    let block = (steps + 2) * directions * state
    for s in 0..<samples {
      for j in 0..<state {
        memory.joined(0)[s * row + inputs + j] = initialHidden[direction * state + j]
      }
      for j in 0..<hidden { memory.cell(0)[s * hidden + j] = initialCell[direction * hidden + j] }
    }
    for turn in 0..<steps {
      let t = backwards[direction] ? steps - 1 - turn : turn
      for s in 0..<samples {
        (memory.joined(turn) + s * row).update(from: x + (s * steps + t) * inputs, count: inputs)
      }
      step(direction, turn, memory, engine, call: call(turn), overBlocks)
      for s in 0..<samples {
        (output + s * block + (t * directions + direction) * state).update(
          from: memory.joined(turn + 1) + s * row + inputs, count: state)
      }
    }
    for s in 0..<samples {
      let last = output + s * block + (steps * directions + direction) * state
      last.update(from: memory.joined(steps) + s * row + inputs, count: state)
      let cells = last + directions * state
      if cell == .lstm && state == hidden {
        cells.update(from: memory.cell(steps) + s * hidden, count: hidden)
      } else if cell != .lstm && state == hidden {
        cells.update(from: memory.cell(0) + s * hidden, count: hidden)
      } else {
        cells.update(repeating: 0, count: state)
      }
    }
  }
}

extension Recurrent: SiteReading {
  var isReadInTurns: Bool { true }
}
