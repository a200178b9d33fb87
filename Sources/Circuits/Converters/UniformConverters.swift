import PhysicalUnits

/// How an input vector becomes voltages on the word lines.
public struct InputConverter: Sendable, Hashable {
  /// What carries the value.
  public enum Coding: String, Sendable, CaseIterable {
    /// A voltage proportional to the value, by a converter on every word line.
    case amplitude
    /// A pulse of fixed voltage whose length is proportional to the value.
    case pulseWidth = "pulse-width"
    /// One read a bit of the value, most significant last, weighted digitally.
    case bitSerial = "bit-serial"
  }

  /// What the largest voltage stands for.
  public enum Range: Sendable, Hashable {
    /// The largest absolute value of the vector: every vector is scaled by its own.
    case absoluteMaximum
    /// A value that holds for all vectors; larger inputs are clipped.
    case fixed(Float)
    /// A value found from data by calibration.
    case calibrated
  }

  /// What carries the value.
  public var coding: Coding
  /// Bits with the sign, 2 to 16; `nil` is a continuum.
  public var bits: Int?
  /// What the largest voltage stands for.
  public var range: Range

  /// A converter; see the members.
  public init(coding: Coding = .amplitude, bits: Int? = nil, range: Range = .absoluteMaximum) {
    precondition(bits.map { (2...16).contains($0) } ?? true, "2 to 16 bits")
    precondition(coding != .bitSerial || bits != nil, "bits are sent one by one: say how many")
    self.coding = coding
    self.bits = bits
    self.range = range
  }

  /// The codes on either side of zero: 2^(bits − 1) − 1.
  public var levels: Int? { bits.map { 1 << ($0 - 1) - 1 } }
}

/// How a column current becomes a number.
///
/// A uniform converter with 2^bits − 1 codes symmetric about zero, or 2^bits codes from zero upward
/// where currents have one sign. It rounds to the nearest code, ties to even, then clips.
public struct OutputConverter: Sendable, Hashable {
  /// How the largest current that is converted is found.
  public enum Range: Sendable, Hashable {
    /// Given, in amperes.
    case fixed(Amperes)
    /// The largest current seen in calibration.
    case maximum
    /// The current that this fraction of all currents seen in calibration stays below.
    case percentile(Double)
  }

  /// What shares one range.
  public enum Sharing: String, Sendable, CaseIterable {
    /// All columns of a tile.
    case tile
    /// Every column has its own.
    case column
  }

  /// Bits, 1 to 16.
  public var bits: Int
  /// How the range is found.
  public var range: Range
  /// What shares it.
  public var sharing: Sharing
  /// Relative standard deviation of the gain from converter to converter.
  public var gainSpread: Double
  /// Standard deviation of the offset from converter to converter, in amperes.
  public var offsetSpread: Amperes

  /// A converter; see the members.
  public init(
    bits: Int, range: Range = .percentile(0.9995), sharing: Sharing = .tile,
    gainSpread: Double = 0, offsetSpread: Amperes = Amperes(0)
  ) {
    precondition((1...16).contains(bits), "1 to 16 bits")
    self.bits = bits
    self.range = range
    self.sharing = sharing
    self.gainSpread = gainSpread
    self.offsetSpread = offsetSpread
  }

  /// The lowest and the highest code.
  public func codes(signed: Bool) -> ClosedRange<Int> {
    if signed {
      let top = max(1, 1 << (bits - 1) - 1)
      return -top...top
    }
    return 0...((1 << bits) - 1)
  }
}
