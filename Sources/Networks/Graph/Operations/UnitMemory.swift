/// The memory of a layer of units over time; each piece holds samples × units of one turn.
///
/// Where it keeps, what the adjoint reads has a place per turn, one turn behind the other; else all turns share one.
struct UnitMemory: @unchecked Sendable {  // Sendable: threads use disjoint samples
  private let size: Int
  private let keeps: Bool
  private let places: [UnsafeMutablePointer<Float>]

  /// Memory before the first turn.
  ///
  /// - Parameter scratch: its pieces 0 … 7 are used.
  init(steps: Int, size: Int, scratch: ScratchMemory, keeps: Bool) {
    self.init(turns: keeps ? steps : 1, size, scratch, keeps)
    for place in [0, 2, 5, 6, 7] { places[place].update(repeating: 0, count: size) }
  }

  /// The memory that `steps` turns kept in `scratch`.
  init(kept steps: Int, size: Int, scratch: ScratchMemory) {
    self.init(turns: steps, size, scratch, true)
  }

  private init(turns: Int, _ size: Int, _ scratch: ScratchMemory, _ keeps: Bool) {
    (self.size, self.keeps) = (size, keeps)
    let counts = [keeps ? turns + 1 : 1, turns, turns, turns, 1, 1, 1, 1]
    places = counts.enumerated().map { scratch.floats($0.offset, size * $0.element) }
  }

  private func place(_ number: Int, _ turn: Int) -> UnsafeMutablePointer<Float> {
    places[number] + (keeps ? turn : 0) * size
  }

  /// What the units gave before turn k; turn `steps` is the last result.
  func state(_ turn: Int) -> UnsafeMutablePointer<Float> { place(0, turn) }
  /// The potentials of a turn before their reset; of units with tanh its value.
  func potential(_ turn: Int) -> UnsafeMutablePointer<Float> { place(1, turn) }
  /// What is added to the thresholds in a turn.
  func added(_ turn: Int) -> UnsafeMutablePointer<Float> { place(2, turn) }
  /// 1 where a neuron integrates in a turn, 0 where it is refractory.
  func integrates(_ turn: Int) -> UnsafeMutablePointer<Float> { place(3, turn) }
  /// The currents through the recurrent matrix.
  var current: UnsafeMutablePointer<Float> { places[4] }
  /// The currents of the synapses.
  var synapse: UnsafeMutablePointer<Float> { places[5] }
  /// The potentials after their reset.
  var potential: UnsafeMutablePointer<Float> { places[6] }
  /// Refractory steps that are left.
  var countdown: UnsafeMutablePointer<Float> { places[7] }
}
