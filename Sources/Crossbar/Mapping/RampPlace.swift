public import Networks

/// Where the cells of a ramp are: on bit lines of a tile beside those of the weights.
///
/// The lines are numbered on from the tile's columns of weights. Cell k of the ramp, calibration cells first, is on word
/// line k mod rows of line `bitLines.lowerBound` + k / rows, with the rows of the tile.
public struct RampPlace: Sendable, Hashable {
  /// What a ramp converts.
  public enum Kind: Sendable, Hashable {
    /// Sums, by steps of one height.
    case linear
    /// The sums of a tile's reference column, where they have a ramp of their own.
    case reference
    /// Sums, by the steps of the activation behind the matrix.
    case activation
    /// Gates of a recurrent layer, or its cell states.
    case gate(Activation, isState: Bool)
  }

  /// What it converts.
  public let kind: Kind
  /// The number of the block of rows.
  public let block: Int
  /// The columns of the matrix that are in the tile.
  public let tile: Range<Int>
  /// The number of the ramp among those of its kind.
  let ramp: Int
  /// The bit lines.
  public let bitLines: Range<Int>
  /// How many cells, calibration cells included.
  public let cellCount: Int

  /// The kind in one word: "linear", "tanh-states".
  public var name: String {
    switch kind {
    case .linear: "linear"
    case .reference: "reference"
    case .activation: "activation"
    case .gate(let function, let isState): isState ? "\(function.name)-states" : function.name
    }
  }
}
