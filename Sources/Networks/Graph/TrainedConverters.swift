/// The converters of one weight matrix as training had them, with the ranges that it found.
///
/// A network that was trained through converters relies on where they clip: a chip follows the
/// training only with the same converters and the same ranges.
public struct TrainedConverters: Sendable, Hashable {
  /// Bits of the input converters with their sign; `nil`: inputs get on as they are.
  public var inputBits: Int?
  /// The end of the input range, in the units of the inputs; `nil`: the largest |x| of each vector.
  public var inputRange: Float?
  /// Bits of the output converters with their sign; `nil`: outputs get off as they are.
  public var outputBits: Int?
  /// Whether ramps of cells make the codes of the output converters.
  public var usesRamps: Bool
  /// The function that the ramps compute while they convert, behind the bias; `nil`: none.
  public var activation: String?
  /// Word lines of a tile; of effect only with output converters.
  public var tileRows: Int
  /// The ends of the output ranges in the units of the outputs, one per group of the matrix and tile down the rows of the
  /// group, for all columns of the group. A ramp that computes sigmoid or tanh has none: 1 is in its place. Empty
  /// without output converters.
  public var outputRanges: [Float]
  /// Which sums the converters read where these are not products of whole weights, as the chip's mapping names them:
  /// "bit-sliced:8:4", "offset-column"; `nil` for whole weights. There is a range for each slice then.
  public var convertedSums: String?
  /// How many sums each tile converts for an output: slices.
  public var sliceCount = 1
  /// Whether the bits of inputs are sent one by one, and what is converted of them is added digitally.
  public var sendsBits = false
  /// How vectors are read again whose conversions clip, as the chip's design names it: "iterative"; `nil`: not at all.
  public var boundManagement: String?
  /// The largest |w| of the matrix, which filled the conductance window.
  public var largestWeight: Float

  /// See the members.
  public init(
    inputBits: Int?, inputRange: Float?, outputBits: Int?, usesRamps: Bool = false,
    activation: String? = nil, tileRows: Int,
    outputRanges: [Float], convertedSums: String? = nil, sliceCount: Int = 1,
    sendsBits: Bool = false, boundManagement: String? = nil, largestWeight: Float
  ) {
    self.inputBits = inputBits
    self.inputRange = inputRange
    self.outputBits = outputBits
    self.usesRamps = usesRamps
    self.activation = activation
    self.tileRows = tileRows
    self.outputRanges = outputRanges
    self.convertedSums = convertedSums
    self.sliceCount = sliceCount
    self.sendsBits = sendsBits
    self.boundManagement = boundManagement
    self.largestWeight = largestWeight
  }

  /// How many ends of ranges a matrix of `rows` in `groups` has; `nil` without output converters.
  package func rangeCount(rows: Int, groups: Int) -> Int? {
    outputBits == nil ? nil : groups * ((rows / groups + tileRows - 1) / tileRows) * sliceCount
  }
}
