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
  }
  let memory: Memory
  private let count: Int

  /// A cell for a device with `states`, driven through `circuit`.
  init(states: [StateVariable], circuit: DriveCircuit) {
    count = states.count
    let doubles = UnsafeMutablePointer<Double>.allocate(capacity: 3 * count)
    for (i, state) in states.enumerated() {
      doubles[i] = state.range.lowerBound
      doubles[count + i] = state.range.upperBound
      doubles[2 * count + i] = state.range.lowerBound
    }
    let drive = UnsafeMutablePointer<Drive>.allocate(capacity: 1)
    drive.initialize(to: Drive(segment: WaveformSegment(constant: 0), circuit: circuit))
    memory = Memory(
      drive: drive, lower: doubles, upper: doubles + count, inside: doubles + 2 * count)
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

  /// Brings a state back into its range.
  func hold(_ x: UnsafeMutableBufferPointer<Double>) {
    for i in 0..<count { x[i] = min(max(x[i], memory.lower[i]), memory.upper[i]) }
  }
}
