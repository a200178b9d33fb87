/// The numbers of one device that every law starts from, nominal or drawn.
public struct PulseCell: Sendable, Hashable {
  /// The lower bound of the state.
  public var minimum: Double
  /// The upper bound.
  public var maximum: Double
  /// The nominal step size, in state units.
  public var size: Double
  /// The gain of pulses up: Δ⁺ = size·gainUp.
  public var gainUp: Double
  /// The gain of pulses down.
  public var gainDown: Double
  /// Standard normal numbers for what a law itself spreads; zero for the nominal device.
  public var scores: SIMD4<Double>

  /// Δ⁺.
  public var stepUp: Double { size * gainUp }
  /// Δ⁻.
  public var stepDown: Double { size * gainDown }
  /// `maximum − minimum`.
  public var range: Double { maximum - minimum }

  /// A device; see the members.
  public init(
    minimum: Double, maximum: Double, size: Double, gainUp: Double = 1, gainDown: Double = 1,
    scores: SIMD4<Double> = .zero
  ) {
    self.minimum = minimum
    self.maximum = maximum
    self.size = size
    self.gainUp = gainUp
    self.gainDown = gainDown
    self.scores = scores
  }
}
