internal import CActivationKernels

/// The memory of a layer of units over time; each piece holds samples × units of one turn.
///
/// Plain neurons (`LeakyUnits.isPlain`) need less of it. Where it keeps, what the adjoint reads has a place per turn, one turn behind the other; else all turns share one.
struct UnitMemory: @unchecked Sendable {  // Sendable: threads use disjoint samples
  private let size: Int
  private let keeps: Bool
  private let places: [UnsafeMutablePointer<Float>]

  /// Memory before the first turn.
  ///
  /// - Parameter scratch: its pieces 0 … 7 are used.
  init(steps: Int, size: Int, isPlain: Bool, scratch: ScratchMemory, keeps: Bool) {
    self.init(turns: keeps ? steps : 1, size, isPlain, scratch, keeps)
    for place in isPlain ? [0, 6] : [0, 2, 5, 6, 7] {
      places[place].update(repeating: 0, count: size)
    }
  }

  /// The memory that `steps` turns kept in `scratch`.
  init(kept steps: Int, size: Int, isPlain: Bool, scratch: ScratchMemory) {
    self.init(turns: steps, size, isPlain, scratch, true)
  }

  private init(turns: Int, _ size: Int, _ isPlain: Bool, _ scratch: ScratchMemory, _ keeps: Bool) {
    (self.size, self.keeps) = (size, keeps)
    let other = isPlain ? 0 : 1
    let counts = [
      keeps ? turns + 1 : 1, turns, other * turns, other * turns, 1, other, 1, other,
    ]
    places = counts.enumerated().map { scratch.floats($0.offset, size * $0.element) }
  }

  private func place(_ number: Int, _ turn: Int) -> UnsafeMutablePointer<Float> {
    places[number] + (keeps ? turn : 0) * size
  }

  /// What the units gave before turn k; turn `steps` is the last result.
  func state(_ turn: Int) -> UnsafeMutablePointer<Float> { place(0, turn) }
  /// The potentials of a turn before their reset; of units with tanh its value.
  func potential(_ turn: Int) -> UnsafeMutablePointer<Float> { place(1, turn) }
  /// The currents through the recurrent matrix.
  var current: UnsafeMutablePointer<Float> { places[4] }
  /// The potentials after their reset.
  var potential: UnsafeMutablePointer<Float> { places[6] }

  /// The state of spiking neurons in a turn, of the sample whose numbers begin at `at`. What plain ones do not use is not
  /// to be read.
  func fireState(_ turn: Int, of steps: Int, _ at: Int) -> ow_fire_state {
    ow_fire_state(
      synapse: places[5] + at, left: potential + at, countdown: places[7] + at,
      added: place(2, turn) + at, next_added: turn + 1 < steps ? place(2, turn + 1) + at : nil,
      potential: potential(turn) + at, integrates: place(3, turn) + at,
      before: state(turn) + at, rest: nil)
  }
}
