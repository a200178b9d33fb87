/// What belongs to one operation of a network in training: its arrays as they are now, the gradients, and
/// what the forward pass leaves for the adjoint.
public final class OperationTape: @unchecked Sendable {
  /// The current values of `LayerOperation.parameters`.
  public internal(set) var parameters: [[Float]]
  /// The gradients of the mean loss with respect to the parameters.
  public internal(set) var gradients: [[Float]]
  /// The current values of `LayerOperation.buffers`.
  public package(set) var buffers: [[Float]]
  /// Memory that lasts from `forward` to `adjoint`.
  public let scratch = ScratchMemory()

  /// The tape of `operation`, with its arrays as they are.
  public init(_ operation: any LayerOperation) {
    parameters = operation.parameters.map(\.values)
    gradients = parameters.map { Array(repeating: 0, count: $0.count) }
    buffers = operation.buffers.map(\.values)
  }

  /// A tape with the same arrays and memory of its own.
  init(copying other: OperationTape) {
    parameters = other.parameters
    gradients = other.gradients
    buffers = other.buffers
  }
}
