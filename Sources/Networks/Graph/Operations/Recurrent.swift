/// A recurrent layer over a whole sequence, one or both directions.
///
/// A sample is time × inputs. The result is (time + 2) × directions × hidden: the hidden state after
/// each step, then the last hidden state and the last cell state of each direction (0 where the cell
/// has none). The matrix of a direction reads the inputs and the hidden state side by side.
struct Recurrent: LayerOperation {
  /// What a step does; the gates stand in the columns in the order given.
  enum Cell: Sendable, Hashable {
    /// h = f(gates).
    case plain
    /// Gates i, o, f, c: C = σ(f)·C + σ(i)·tanh(c), h = σ(o)·tanh(C).
    case lstm
    /// Gates z, r, and the candidate's parts from the inputs and from the hidden state:
    /// h = (1 - z)·tanh(n + r·m) + z·h.
    case gruResetAfter
    /// Gates z, r in the first matrix; the candidate in a second one that reads r·h.
    case gruResetBefore
  }

  let cell: Cell
  /// The functions of each direction, as ONNX numbers them: f, g, h.
  let activations: [[Activation]]
  /// Whether each direction runs backwards in time.
  let backwards: [Bool]
  let steps: Int
  let inputs: Int
  let hidden: Int
  /// The first states: directions × hidden each.
  let initialHidden: [Float]
  let initialCell: [Float]
  /// For each direction one site, or two where the reset gate comes before the matrix.
  var sites: [Int]
  let name: String
  let storage = LayerStorage.own

  var outputShape: [Int] { [steps + 2, backwards.count, hidden] }
  var isPlainProduct: Bool { false }

  func apply(
    _ inputs: [UnsafePointer<Float>], into output: UnsafeMutablePointer<Float>,
    _ context: LayerContext
  ) {
    var scratch = RecurrentScratch(self, samples: context.samples)
    defer { scratch.free() }
    for direction in backwards.indices {
      run(direction, inputs[0], into: output, &scratch, context)
    }
  }

  private func run(
    _ direction: Int, _ x: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>,
    _ scratch: inout RecurrentScratch, _ context: LayerContext
  ) {
    let samples = context.samples
    let row = inputs + hidden
    let block = (steps + 2) * backwards.count * hidden
    for s in 0..<samples {
      for j in 0..<hidden {
        scratch.joined[s * row + inputs + j] = initialHidden[direction * hidden + j]
        scratch.cell[s * hidden + j] = initialCell[direction * hidden + j]
      }
    }
    for turn in 0..<steps {
      let t = backwards[direction] ? steps - 1 - turn : turn
      for s in 0..<samples {
        (scratch.joined + s * row).update(from: x + (s * steps + t) * inputs, count: inputs)
      }
      // The vectors of a chunk are numbered step after step.
      let call = context.firstSample * steps + turn * samples
      step(direction, &scratch, samples: samples, call: call, context.engine)
      for s in 0..<samples {
        let state = scratch.joined + s * row + inputs
        (output + s * block + (t * backwards.count + direction) * hidden).update(
          from: state, count: hidden)
      }
    }
    for s in 0..<samples {
      let last = output + s * block + (steps * backwards.count + direction) * hidden
      last.update(from: scratch.joined + s * row + inputs, count: hidden)
      (last + backwards.count * hidden).update(from: scratch.cell + s * hidden, count: hidden)
    }
  }

  /// One time step of all samples: reads the joined inputs and states, leaves the new states there.
  private func step(
    _ direction: Int, _ scratch: inout RecurrentScratch, samples: Int, call: Int,
    _ engine: any ProductEngine
  ) {
    let perDirection = sites.count / backwards.count
    let site = sites[direction * perDirection]
    let width = scratch.gateWidth
    let row = inputs + hidden
    engine.multiply(
      site: site, UnsafeBufferPointer(start: scratch.joined, count: samples * row),
      vectors: samples,
      into: UnsafeMutableBufferPointer(start: scratch.gates, count: samples * width), call: call)
    let functions = activations[direction]
    /// Gates k ..< k + count of all samples.
    func gates(_ k: Int, _ count: Int = 1) -> StridedRows {
      StridedRows(
        start: scratch.gates + k * hidden, rows: samples, count: count * hidden, stride: width)
    }
    let states = StridedRows(
      start: scratch.joined + inputs, rows: samples, count: hidden, stride: row)
    func activate(_ k: Int, _ values: StridedRows, isState: Bool = false, site: Int) {
      engine.activate(functions[k], site: site, isState: isState, values)
    }
    switch cell {
    case .plain:
      activate(0, gates(0), site: site)
      eachSample(samples, scratch) { gates, state, _ in state.update(from: gates, count: hidden) }
    case .lstm:
      activate(0, gates(0, 3), site: site)
      activate(1, gates(3), site: site)
      eachSample(samples, scratch) { gates, state, memory in
        for j in 0..<hidden {
          memory[j] = gates[2 * hidden + j] * memory[j] + gates[j] * gates[3 * hidden + j]
        }
        state.update(from: memory, count: hidden)
      }
      activate(2, states, isState: true, site: site)
      eachSample(samples, scratch) { gates, state, _ in
        for j in 0..<hidden { state[j] *= gates[hidden + j] }
      }
    case .gruResetAfter:
      activate(0, gates(0, 2), site: site)
      eachSample(samples, scratch) { gates, _, _ in
        for j in 0..<hidden { gates[2 * hidden + j] += gates[hidden + j] * gates[3 * hidden + j] }
      }
      activate(1, gates(2), isState: true, site: site)
      eachSample(samples, scratch) { gates, state, _ in
        for j in 0..<hidden {
          state[j] = (1 - gates[j]) * gates[2 * hidden + j] + gates[j] * state[j]
        }
      }
    case .gruResetBefore:
      activate(0, gates(0, 2), site: site)
      for s in 0..<samples {
        let from = scratch.joined + s * row
        let to = scratch.reset + s * row
        to.update(from: from, count: inputs)
        for j in 0..<hidden {
          to[inputs + j] = scratch.gates[s * width + hidden + j] * from[inputs + j]
        }
      }
      engine.multiply(
        site: site + 1, UnsafeBufferPointer(start: scratch.reset, count: samples * row),
        vectors: samples,
        into: UnsafeMutableBufferPointer(start: scratch.candidate, count: samples * hidden),
        call: call)
      activate(
        1,
        StridedRows(
          start: scratch.candidate, rows: 1, count: samples * hidden, stride: samples * hidden),
        site: site + 1)
      for s in 0..<samples {
        let (gates, state) = (scratch.gates + s * width, scratch.joined + s * row + inputs)
        let candidate = scratch.candidate + s * hidden
        for j in 0..<hidden { state[j] = (1 - gates[j]) * candidate[j] + gates[j] * state[j] }
      }
    }
  }

  /// Calls `body` with the gates, the state and the cell of each sample.
  @inline(__always)
  private func eachSample(
    _ samples: Int, _ scratch: RecurrentScratch,
    _ body: (
      _ gates: UnsafeMutablePointer<Float>, _ state: UnsafeMutablePointer<Float>,
      _ memory: UnsafeMutablePointer<Float>
    ) -> Void
  ) {
    for s in 0..<samples {
      body(
        scratch.gates + s * scratch.gateWidth, scratch.joined + s * (inputs + hidden) + inputs,
        scratch.cell + s * hidden)
    }
  }
}

extension Recurrent: SiteReading {}

extension Recurrent.Cell {
  /// How many gates the first matrix has.
  var gateCount: Int {
    switch self {
    case .plain: 1
    case .lstm, .gruResetAfter: 4
    case .gruResetBefore: 2
    }
  }
}

/// The memory of a chunk's time steps.
private struct RecurrentScratch {
  let gateWidth: Int
  let joined: UnsafeMutablePointer<Float>
  let reset: UnsafeMutablePointer<Float>
  let gates: UnsafeMutablePointer<Float>
  let candidate: UnsafeMutablePointer<Float>
  let cell: UnsafeMutablePointer<Float>

  init(_ layer: Recurrent, samples: Int) {
    func room(_ count: Int) -> UnsafeMutablePointer<Float> {
      .allocate(capacity: max(1, samples * count))
    }
    gateWidth = layer.cell.gateCount * layer.hidden
    let hasSecond = layer.cell == .gruResetBefore
    joined = room(layer.inputs + layer.hidden)
    reset = room(hasSecond ? layer.inputs + layer.hidden : 0)
    gates = room(gateWidth)
    candidate = room(hasSecond ? layer.hidden : 0)
    cell = room(layer.hidden)
  }

  func free() {
    for pointer in [joined, reset, gates, candidate, cell] { pointer.deallocate() }
  }
}
