import DeviceModels
import Randomness

/// What the arrays of an in-situ network have in common.
public struct InSituDesign: Sendable, Hashable {
  /// The devices.
  public var device: PulseModel
  /// The devices of a weight.
  public var cells: CellArrangement
  /// How the forward pass is read.
  public var forward: ReadPath
  /// How errors are read through the transposed array. Vectors are not read again where they clip.
  public var backward: ReadPath
  /// How requests become pulses.
  public var scheme: PulseScheme
  /// The weight of one unit of state.
  public var scale: Float
  /// The state that the largest weight of every layer starts at; it takes the place of `scale`, which
  /// it makes a layer's own: layers with many inputs have small weights.
  public var fill: Float?
  /// How trains are worked out; `nil` chooses by the size of the device's steps.
  public var stepping: PulseStepping?

  /// A design; see the members.
  public init(
    device: PulseModel, cells: CellArrangement = .single, forward: ReadPath = ReadPath(),
    backward: ReadPath = ReadPath(halvings: 0), scheme: PulseScheme = .standard, scale: Float = 1,
    stepping: PulseStepping? = nil
  ) {
    self.device = device
    self.cells = cells
    self.forward = forward
    self.backward = backward
    self.scheme = scheme
    self.scale = scale
    self.stepping = stepping
  }

  /// This design for a layer whose largest weight starts at `largest`.
  func startingAt(_ largest: Float) -> InSituDesign {
    guard let fill, largest > 0 else { return self }
    var design = self
    design.scale = largest / fill
    return design
  }

  /// An array of this design whose weights start at `weights`, rows × columns.
  func array(
    rowCount: Int, columnCount: Int, weights: [Float], key: StreamKey
  ) -> PulsedArray {
    PulsedArray(
      device, rowCount: rowCount, columnCount: columnCount, cells: cells, scale: scale,
      weights: weights, stepping: stepping, key: key)
  }
}
