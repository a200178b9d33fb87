import PhysicalUnits
import Randomness

/// How a column current becomes a number: a uniform converter that rounds to the nearest code, ties
/// to even, then clips, or a ramp of cells whose codes are the bins between its steps.
public struct OutputConverter: Sendable, Hashable {
  /// How the range of currents that is converted is found.
  public enum Range: Sendable, Hashable {
    /// The largest current, in amperes; currents of both signs reach as far.
    case fixed(Amperes)
    /// Both ends, in amperes; the upper one is positive.
    case between(Amperes, Amperes)
    /// The largest current of each slice of the weights, in amperes, the least significant first.
    case slices([Amperes])
    /// The largest current seen in calibration.
    case maximum
    /// The current that this fraction of all currents seen in calibration stays below.
    case percentile(Double)

    /// What is taken where nothing is said.
    public static let usual = Range.percentile(0.9995)
  }

  /// What shares one range.
  public enum Sharing: String, Sendable, CaseIterable {
    /// All columns of a tile.
    case tile
    /// Every column has its own.
    case column
  }

  /// Where the two columns of a pair, or a column and the reference column of its tile, are subtracted.
  public enum Subtraction: String, Sendable, CaseIterable {
    /// As currents, before one conversion.
    case analog
    /// As numbers, after one conversion each.
    case digital
  }

  /// Bits, 1 to 16.
  public var bits: Int
  /// How the range is found.
  public var range: Range
  /// What shares it.
  public var sharing: Sharing
  /// Which currents the codes stand for.
  public var codes: CodeSet
  /// Where the two columns of a pair, or a column and the reference column of its tile, are subtracted.
  public var subtraction: Subtraction
  /// Relative standard deviation of the gain from converter to converter.
  public var gainSpread: Double
  /// Standard deviation of the offset from converter to converter, in amperes.
  public var offsetSpread: Amperes
  /// Whether an amplifier before the converter makes good what inputs were divided by, so that ranges
  /// hold for the outputs' values: they are currents at inputs that are as they were.
  public var followsInputs = false
  /// How far the amplifier before the converter saturates: a current I becomes I/(1 + c·|I|) with c this number
  /// over the upper end R of the range, so that 1 halves a current of R. Noise is added behind it.
  public var nonlinearity = 0.0
  /// Relative standard deviation of c from column to column.
  public var nonlinearitySpread = 0.0
  /// The ramp whose steps make the codes; `nil` is a converter with codes at equal distances.
  public var ramp: RampConversion?
  /// A kind of converter with thresholds of its own, in place of equal distances and ramps; its codes are bins.
  public var kind: ChosenConverter? { didSet { if kind != nil { codes = .bins } } }

  /// A converter; see the members.
  public init(
    bits: Int, range: Range = .usual, sharing: Sharing = .tile,
    codes: CodeSet = .symmetric, subtraction: Subtraction = .analog, gainSpread: Double = 0,
    offsetSpread: Amperes = Amperes(0), ramp: RampConversion? = nil
  ) {
    precondition((1...16).contains(bits), "1 to 16 bits")
    precondition(ramp == nil || bits <= 10, "a ramp has 1 to 10 bits")
    if case .between(let lower, let upper) = range {
      precondition(lower < upper && upper.value > 0, "a range with a positive upper end")
    }
    self.bits = bits
    self.range = range
    self.sharing = sharing
    self.codes = codes
    self.subtraction = subtraction
    self.gainSpread = gainSpread
    self.offsetSpread = offsetSpread
    self.ramp = ramp
    if ramp != nil { self.codes = .bins }
  }

  /// The codes relative to the upper end of the range.
  ///
  /// - Parameter signed: whether currents have both signs; a range with both ends says so itself.
  public func unitCodes(signed: Bool) -> UniformCodes {
    var lower = signed ? -1.0 : 0
    if case .between(let low, let high) = range { lower = low.value / high.value }
    return UniformCodes(bits: bits, set: codes, lower: lower, upper: 1)
  }
}

extension OutputConverter {
  /// c·R of the amplifier of each of `count` columns, |c(1 + s·ξ)| with ξ standard normal; empty where all are linear.
  public func bends(count: Int, key: StreamKey) -> [Float] {
    guard nonlinearity > 0 else { return [] }
    let bend = Float(nonlinearity)
    guard nonlinearitySpread > 0 else { return Array(repeating: bend, count: count) }
    return Noise.normal(count, key).map { abs(bend * (1 + Float(nonlinearitySpread) * $0)) }
  }
}
