/// The memory of one direction's time steps; turn k is the k-th step that the direction takes.
///
/// Where it keeps, each turn has places of its own, one turn behind the other; else all turns share one, so
/// that states change in place.
struct RecurrentMemory: @unchecked Sendable {  // Sendable: threads use disjoint samples
  let samples: Int
  /// What the functions' slopes are taken from, where that is not what the gates hold; same layout.
  let knownGates: UnsafeMutablePointer<Float>?
  /// The same for the function of the cells, or of the candidates of a second matrix.
  let knownStates: UnsafeMutablePointer<Float>?
  private let keeps: Bool
  private let row, width, hidden, state: Int
  private let places: [UnsafeMutablePointer<Float>]

  /// - Parameters:
  ///   - first: the number of the first piece of `scratch` that may be used; 9 are.
  ///   - keepsKnown: whether slopes are taken from something else than gates and states.
  init(
    _ layer: Recurrent, samples: Int, scratch: ScratchMemory, first: Int = 0, keeps: Bool,
    keepsKnown: Bool = false
  ) {
    self.samples = samples
    (row, width, hidden, state) = (layer.row, layer.gateWidth, layer.hidden, layer.state)
    self.keeps = keeps
    let turns = keeps ? layer.steps : 1
    let after = keeps ? turns + 1 : 1
    let hasSecond = layer.cell == .gruResetBefore
    let isLSTM = layer.cell == .lstm
    let sizes = [
      after * row, turns * width, (isLSTM ? after : 1) * hidden, isLSTM ? turns * hidden : 0,
      hasSecond ? turns * row : 0, hasSecond ? turns * hidden : 0,
      layer.isProjected ? turns * hidden : 0, layer.isProjected ? turns * state : 0,
    ]
    places = sizes.enumerated().map { scratch.floats(first + $0.offset, samples * $0.element) }
    let count = samples * turns
    let known =
      keepsKnown ? scratch.floats(first + 8, count * (layer.gateWidth + layer.hidden)) : nil
    knownGates = known
    knownStates = known.map { $0 + count * layer.gateWidth }
  }

  /// Pieces of scratch memory that a direction takes.
  static let pieces = 9

  private func place(_ number: Int, _ turn: Int, _ width: Int) -> UnsafeMutablePointer<Float> {
    places[number] + (keeps ? turn : 0) * samples * width
  }

  /// Inputs and state before turn k, samples × (inputs + state); turn `steps` holds the last states.
  func joined(_ turn: Int) -> UnsafeMutablePointer<Float> { place(0, turn, row) }
  /// The gates of a turn, samples × gates.
  func gates(_ turn: Int) -> UnsafeMutablePointer<Float> { place(1, turn, width) }
  /// The cells before a turn, samples × units.
  func cell(_ turn: Int) -> UnsafeMutablePointer<Float> { place(2, turn, hidden) }
  /// The function of the cells after a turn.
  func squashed(_ turn: Int) -> UnsafeMutablePointer<Float> { place(3, turn, hidden) }
  /// What the second matrix reads: inputs and r·h.
  func reset(_ turn: Int) -> UnsafeMutablePointer<Float> { place(4, turn, row) }
  /// The candidates of the second matrix.
  func candidate(_ turn: Int) -> UnsafeMutablePointer<Float> { place(5, turn, hidden) }
  /// The units' results before the projection.
  func unprojected(_ turn: Int) -> UnsafeMutablePointer<Float> { place(6, turn, hidden) }
  /// The states as the projection gives them.
  func projected(_ turn: Int) -> UnsafeMutablePointer<Float> { place(7, turn, state) }
  /// What the slopes of the gates of a turn are taken from.
  func known(gates turn: Int) -> UnsafeMutablePointer<Float> {
    knownGates.map { $0 + turn * samples * width } ?? gates(turn)
  }
  /// What the slopes of the function of the cells are taken from.
  func known(states turn: Int, or plain: UnsafeMutablePointer<Float>)
    -> UnsafeMutablePointer<Float>
  {
    knownStates.map { $0 + turn * samples * hidden } ?? plain
  }
}
