/// What the right-hand side of a driven device reads at each evaluation: the piece of the waveform
/// that is being integrated, the drive circuit, and the ranges of the state.
///
/// Plain memory behind pointers, so that an evaluation counts no references.
public final class DrivenCell {
  struct Drive {
    var segment: WaveformSegment
    var circuit: DriveCircuit
  }
  struct Memory: @unchecked Sendable {
    let drive: UnsafeMutablePointer<Drive>
    let lower: UnsafeMutablePointer<Double>
    let upper: UnsafeMutablePointer<Double>
    let inside: UnsafeMutablePointer<Double>
    // −1 or 1 where the component stood at its lower or upper bound when the step began.
    let pinned: UnsafeMutablePointer<Double>
    // A state on its way out, apart from `inside`, which every evaluation of the rates fills.
    let output: UnsafeMutablePointer<Double>
  }
  let memory: Memory
  private let count: Int

  /// A cell for a device with `states`, driven through `circuit`.
  init(states: [StateVariable], circuit: DriveCircuit) {
    count = states.count
    let doubles = UnsafeMutablePointer<Double>.allocate(capacity: 5 * count)
    for (i, state) in states.enumerated() {
      doubles[i] = state.range.lowerBound
      doubles[count + i] = state.range.upperBound
      doubles[2 * count + i] = state.range.lowerBound
      doubles[3 * count + i] = 0
      doubles[4 * count + i] = 0
    }
    let drive = UnsafeMutablePointer<Drive>.allocate(capacity: 1)
    drive.initialize(to: Drive(segment: WaveformSegment(constant: 0), circuit: circuit))
    memory = Memory(
      drive: drive, lower: doubles, upper: doubles + count, inside: doubles + 2 * count,
      pinned: doubles + 3 * count, output: doubles + 4 * count)
  }

  deinit {
    memory.drive.deinitialize(count: 1)
    memory.drive.deallocate()
    memory.lower.deallocate()
  }

  /// The piece of the waveform that is being integrated.
  var segment: WaveformSegment {
    get { memory.drive.pointee.segment }
    set { memory.drive.pointee.segment = newValue }
  }

  /// Brings a state back into its range and notes which components stand at a bound; whether any
  /// was outside.
  func hold(_ x: UnsafeMutableBufferPointer<Double>) -> Bool {
    var moved = false
    for i in 0..<count {
      moved = moved || x[i] < memory.lower[i] || x[i] > memory.upper[i]
      x[i] = clamped(x[i], i)
      memory.pinned[i] = x[i] == memory.lower[i] ? -1 : x[i] == memory.upper[i] ? 1 : 0
    }
    return moved
  }

  /// Component `i` within its range.
  func clamped(_ value: Double, _ i: Int) -> Double {
    min(max(value, memory.lower[i]), memory.upper[i])
  }
}
