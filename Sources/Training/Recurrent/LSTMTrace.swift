/// What an LSTM layer keeps of a forward pass for the backward pass, in flat arrays.
///
/// Gates and states are laid out step after step: steps × samples × units.
struct LSTMTrace: Sendable {
  /// The weights of the pass, with their noise.
  var weights: [Float] = []
  /// One piece of memory for everything else.
  private var memory: [Float] = []
  private var sizes = [Int](repeating: 0, count: 10)

  /// The places of all arrays during one pass.
  struct Buffers {
    let weights: UnsafePointer<Float>
    let x, fromInputs, gates, h, c, tanhC, dh, dc: UnsafeMutablePointer<Float>
    /// Gates and tanh c of the smooth functions, which slopes are taken from; the same places as `gates`
    /// and `tanhC` where nothing is quantised.
    let smoothGates, smoothTanhC: UnsafeMutablePointer<Float>
  }

  /// Makes room; the states before the first step are zero.
  mutating func reserve(
    samples: Int, steps: Int, inputs: Int, hidden: Int, quantises: Bool
  ) {
    let rows = samples * steps
    let states = (rows + samples) * hidden
    let wanted = [
      rows * inputs, rows * 4 * hidden, rows * 4 * hidden, states, states, rows * hidden,
      samples * hidden, samples * hidden, quantises ? rows * 4 * hidden : 0,
      quantises ? rows * hidden : 0,
    ]
    guard wanted != sizes else { return }
    sizes = wanted
    memory = Array(repeating: 0, count: wanted.reduce(0, +))
  }

  /// Calls `body` with the places of the arrays.
  mutating func withBuffers(_ body: (Buffers) -> Void) {
    var starts = [0]
    for size in sizes { starts.append(starts[starts.count - 1] + size) }
    weights.withUnsafeBufferPointer { weights in
      memory.withUnsafeMutableBufferPointer { memory in
        let base = memory.baseAddress!
        body(
          Buffers(
            weights: weights.baseAddress!, x: base, fromInputs: base + starts[1],
            gates: base + starts[2], h: base + starts[3], c: base + starts[4],
            tanhC: base + starts[5], dh: base + starts[6], dc: base + starts[7],
            smoothGates: base + starts[sizes[8] > 0 ? 8 : 2],
            smoothTanhC: base + starts[sizes[8] > 0 ? 9 : 5]))
      }
    }
  }
}
