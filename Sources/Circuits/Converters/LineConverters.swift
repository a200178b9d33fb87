internal import CConversionKernels

/// The input converters of an array's lines: numbers in, voltages out.
///
/// With `ColumnConverters` the only definition of a conversion; inference, training and the reads of pulsed arrays
/// convert with it.
public struct LineConverters: Sendable, Hashable {
  /// The codes relative to the full range; `nil` is a continuum.
  public let codes: UniformCodes?
  /// The lowest input relative to the full range: −1, or 0 where inputs have no sign.
  public let lowest: Float
  /// Whether a vector's own range is its largest value, the sign kept, instead of its largest magnitude.
  public let keepsSign: Bool
  /// The largest range that a vector finds for itself: larger inputs are then clipped.
  public let limit: Float
  /// The part a of the voltage that lines of negative inputs lack: they carry (1 − a) times their code.
  public let asymmetry: Float

  /// Converters of `bits` bits, the sign included, with symmetric codes; `nil` is a continuum.
  public init(bits: Int?) {
    self.init(bits.map { UniformCodes(bits: $0, set: .symmetric, lower: -1, upper: 1) })
  }

  /// Converters; see the members.
  ///
  /// - Precondition: a positive limit, an asymmetry below 1.
  public init(
    _ codes: UniformCodes?, lowest: Float = -1, keepsSign: Bool = false, limit: Float = .infinity,
    asymmetry: Float = 0
  ) {
    precondition(limit > 0 && asymmetry < 1, "a positive limit, an asymmetry below 1")
    (self.codes, self.lowest, self.keepsSign) = (codes, lowest, keepsSign)
    (self.limit, self.asymmetry) = (limit, asymmetry)
  }

  /// The converters of an array's word lines; `nil` is a continuum of symmetric inputs.
  public init(_ input: InputConverter?) {
    self.init(
      input?.unitCodes, lowest: input?.signed ?? true ? -1 : 0, keepsSign: input?.range == .maximum,
      limit: input?.limit ?? .infinity, asymmetry: input?.asymmetry ?? 0)
  }

  /// The range that a vector finds for itself: its largest |x|, at most `limit`; 0 where all inputs are.
  public func ownRange(_ x: UnsafePointer<Float>, count: Int) -> Float {
    min(ow_largest(x, count), limit)
  }

  /// Converts one vector: out = volts·(code's value of x/range); without codes x/range is clipped.
  ///
  /// - Parameters:
  ///   - range: what the full voltage stands for; where it is not positive, the vector's own largest value, or 1
  ///     where that is not positive.
  ///   - volts: the full voltage.
  /// - Returns: what the full voltage stands for.
  @discardableResult
  public func convert(
    _ x: UnsafePointer<Float>, count: Int, range: Float, volts: Float,
    into out: UnsafeMutablePointer<Float>
  ) -> Float {
    var range = range
    if range <= 0, limit < .infinity, !keepsSign { range = ownRange(x, count: count) }
    let scale = ow_convert_input(
      x, out, count, range, keepsSign ? 1 : 0, codes?.step ?? 0, codes?.shift ?? 0,
      codes.map { Float($0.lowest) } ?? lowest, codes.map { Float($0.highest) } ?? 1, volts)
    if asymmetry != 0 {
      for i in 0..<count where out[i] < 0 { out[i] *= 1 - asymmetry }
    }
    return scale
  }

  /// Converts `vectors` vectors to what their codes stand for, in the unit of the inputs.
  ///
  /// - Parameter range: what the highest code stands for; 0 is the range that each vector finds for itself.
  public func quantize(
    _ x: UnsafePointer<Float>, vectors: Int, count: Int, range: Float,
    into q: UnsafeMutablePointer<Float>
  ) {
    if range > 0 {
      convert(x, count: vectors * count, range: range, volts: range, into: q)
      return
    }
    for v in 0..<vectors {
      let own = ownRange(x + v * count, count: count)
      let end = own > 0 ? own : 1
      convert(x + v * count, count: count, range: end, volts: end, into: q + v * count)
    }
  }

  /// Takes gradients back through the converters, straight through the codes: `d` becomes 0 where an input was outside
  /// of the range.
  ///
  /// - Returns: the gradient of the range, with the rounding error, counted in steps, held.
  public func passBack(
    _ x: UnsafePointer<Float>, _ d: UnsafeMutablePointer<Float>, count: Int, range: Float
  ) -> Double {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, count)) { q in
      let q = q.baseAddress!
      convert(x, count: count, range: range, volts: range, into: q)
      return ow_converter_slope(x, q, d, nil, range, codes?.lowerEnd ?? lowest, count)
    }
  }
}
