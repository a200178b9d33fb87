import PhysicalUnits

/// How an input vector becomes voltages on the word lines.
public struct InputConverter: Sendable, Hashable {
  /// What carries the value.
  public enum Coding: String, Sendable, CaseIterable {
    /// A voltage proportional to the value, by a converter on every word line.
    case amplitude
    /// A pulse of fixed voltage whose length is proportional to the value.
    case pulseWidth = "pulse-width"
    /// One read per bit of the value, or per slice of several bits, most significant last.
    case bitSerial = "bit-serial"
  }

  /// What the largest voltage stands for.
  public enum Range: Sendable, Hashable {
    /// The largest absolute value of the vector: every vector is scaled by its own.
    case absoluteMaximum
    /// The same of the whole vector, where tiles that divide its rows share one scale.
    case layerMaximum
    /// The largest value of the vector, its sign kept; where none is positive, 1.
    case maximum
    /// A value that holds for all vectors; larger inputs are clipped.
    case fixed(Float)
    /// A value found from data by calibration: the largest of all inputs.
    case calibrated
    /// A value found from data by calibration: the mean over the vectors of their largest |x|, where a running mean
    /// of it ends.
    case meanMaximum
  }

  /// How the reads of single bits are put together.
  public enum Accumulation: String, Sendable, CaseIterable {
    /// Each is converted, and the numbers are shifted and added.
    case digital
    /// Their charges are added in the ratio of the bits, and the sum is converted once.
    case analog
  }

  /// What carries the value.
  public var coding: Coding
  /// Bits, with the sign where inputs have one, 2 to 16; `nil` is a continuum.
  public var bits: Int?
  /// What the largest voltage stands for.
  public var range: Range
  /// Whether inputs have a sign; without one negative inputs are clipped to 0.
  public var signed: Bool
  /// Which values the codes stand for.
  public var codes: CodeSet
  /// How the reads of single bits are put together.
  public var accumulation: Accumulation
  /// Bits of each read of a bit-serial input: a slice of n bits is a voltage of 2ⁿ levels, 0 included.
  public var sliceBits = 1
  /// The largest range that a vector finds for itself; larger inputs are then clipped. `nil` is no limit.
  public var limit: Float?
  /// The part of the voltage that lines of negative inputs lack, such as where their drivers have another supply.
  public var asymmetry: Float = 0

  /// A converter; see the members.
  public init(
    coding: Coding = .amplitude, bits: Int? = nil, range: Range = .absoluteMaximum,
    signed: Bool = true, codes: CodeSet = .symmetric, accumulation: Accumulation = .digital
  ) {
    precondition(bits.map { (2...16).contains($0) } ?? true, "2 to 16 bits")
    precondition(coding != .bitSerial || bits != nil, "bits are sent one by one: say how many")
    precondition(
      coding != .bitSerial || codes == .symmetric, "bits are those of a sign and a magnitude")
    self.coding = coding
    self.bits = bits
    self.range = range
    self.signed = signed
    self.codes = codes
    self.accumulation = accumulation
  }

  /// The highest code of a symmetric set: 2^(bits − 1) − 1 on either side of zero, or 2^bits − 1
  /// where inputs have no sign.
  public var levels: Int? { magnitudeBits.map { 1 << $0 - 1 } }

  /// Bits of the magnitude.
  public var magnitudeBits: Int? { bits.map { signed ? $0 - 1 : $0 } }

  /// How many reads a vector takes: one per slice of a bit-serial input, else 1.
  public var readCount: Int {
    guard coding == .bitSerial, let bits = magnitudeBits else { return 1 }
    return (bits + sliceBits - 1) / sliceBits
  }

  /// The largest digit of a slice of a bit-serial input, which stands for the full voltage.
  public var largestDigit: Int { 1 << sliceBits - 1 }

  /// The codes relative to the full range; `nil` is a continuum.
  public var unitCodes: UniformCodes? {
    bits.map { UniformCodes(bits: $0, set: codes, lower: signed ? -1 : 0, upper: 1) }
  }
}
