/// The gradients of one direction's time steps.
struct RecurrentErrors: @unchecked Sendable {  // Sendable: threads use disjoint samples
  /// At the states, samples × state, and what of it passes by the matrices of a step.
  let state, carried: UnsafeMutablePointer<Float>
  /// At the cells, at their function and at the results before a projection, samples × units.
  let cell, squashed, results: UnsafeMutablePointer<Float>
  /// At what the matrices read, samples × (inputs + state).
  let joined, reset: UnsafeMutablePointer<Float>
  private let gates, candidate, projected: UnsafeMutablePointer<Float>
  private let gateSize, candidateSize, projectedSize: Int

  init(_ layer: Recurrent, _ context: TrainingContext) {
    let (samples, memory) = (context.samples, context.workspace)
    state = memory.floats(0, samples * layer.state)
    carried = memory.floats(1, samples * layer.state)
    cell = memory.floats(2, samples * layer.hidden)
    squashed = memory.floats(3, samples * layer.hidden)
    results = memory.floats(4, samples * layer.hidden)
    joined = memory.floats(5, samples * layer.row)
    reset = memory.floats(6, samples * layer.row)
    (gateSize, candidateSize) = (samples * layer.gateWidth, samples * layer.hidden)
    projectedSize = samples * layer.state
    // One step behind the other, as sites are promised.
    gates = memory.floats(7, layer.steps * gateSize)
    candidate = memory.floats(8, layer.cell == .gruResetBefore ? layer.steps * candidateSize : 0)
    projected = memory.floats(9, layer.isProjected ? layer.steps * projectedSize : 0)
  }

  /// At the sums of the gates of a turn.
  func gates(_ turn: Int) -> UnsafeMutablePointer<Float> { gates + turn * gateSize }
  /// At the sums of the candidates of a turn.
  func candidate(_ turn: Int) -> UnsafeMutablePointer<Float> { candidate + turn * candidateSize }
  /// At the projected states of a turn.
  func projected(_ turn: Int) -> UnsafeMutablePointer<Float> { projected + turn * projectedSize }
}
