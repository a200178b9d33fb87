import Foundation

/// Filament formation with a time constant that falls exponentially with the voltage:
/// τ(V) = τ₀·exp(−|V|/V₀).
///
/// Source: Jo, Kim and Lu, Nano Lett. 9, 496 (2009), doi 10.1021/nl803669s; Gaba, Sheridan, Zhou,
/// Choi and Lu, Nanoscale 5, 5872 (2013), doi 10.1039/c3nr01176c. Valid over the voltages of the
/// measurement, usually two to four decades of time.
public struct ExponentialSwitching: SwitchingLaw, Hashable {
  /// τ₀, in seconds.
  public var timeConstant: Double
  /// V₀, in volts.
  public var voltageScale: Double
  /// Which sign switches: only positive voltages, only negative ones, or both.
  public var polarity: Polarity
  /// How the dose is distributed.
  public var dose: SwitchingDose

  /// Which voltages drive the switching.
  public enum Polarity: String, Sendable, CaseIterable {
    /// Positive voltages.
    case positive
    /// Negative voltages.
    case negative
    /// Both, by magnitude.
    case both
  }

  /// - Precondition: both scales are positive.
  public init(
    timeConstant: Double, voltageScale: Double, polarity: Polarity = .positive,
    dose: SwitchingDose = .exponential
  ) {
    precondition(timeConstant > 0 && voltageScale > 0, "time and voltage scales are positive")
    self.timeConstant = timeConstant
    self.voltageScale = voltageScale
    self.polarity = polarity
    self.dose = dose
  }

  /// exp(|V|/V₀)/τ₀ in 1/s; zero at the other polarity and at 0 V.
  public func rate(_ voltage: Double) -> Double {
    switch polarity {
    case .positive where voltage <= 0: return 0
    case .negative where voltage >= 0: return 0
    default: return voltage == 0 ? 0 : exp(min(abs(voltage) / voltageScale, 600)) / timeConstant
    }
  }
}

/// Thermally activated reversal of a magnetic junction under spin torque, after Néel and Brown:
/// rate = exp(−Δ(1 − V/V_c))/τ₀ up to V_c, 1/τ₀ above.
///
/// Source: Brown, Phys. Rev. 130, 1677 (1963), doi 10.1103/PhysRev.130.1677; with spin torque, Koch,
/// Katine and Sun, Phys. Rev. Lett. 92, 088302 (2004), doi 10.1103/PhysRevLett.92.088302. Valid
/// below the critical voltage, for pulses longer than some 10 ns.
public struct NeelBrownSwitching: SwitchingLaw, Hashable {
  /// τ₀, about 1 ns.
  public var attemptTime: Double
  /// Δ, the barrier in units of kT.
  public var stability: Double
  /// V_c, in volts; negative where negative voltages switch.
  public var criticalVoltage: Double
  /// Without memory.
  public var dose: SwitchingDose { .exponential }

  /// - Precondition: `attemptTime > 0`, `stability ≥ 0`, `criticalVoltage ≠ 0`.
  public init(attemptTime: Double = 1e-9, stability: Double, criticalVoltage: Double) {
    precondition(attemptTime > 0 && stability >= 0 && criticalVoltage != 0, "a barrier and a scale")
    self.attemptTime = attemptTime
    self.stability = stability
    self.criticalVoltage = criticalVoltage
  }

  /// The rate in 1/s.
  public func rate(_ voltage: Double) -> Double {
    exp(-stability * max(0, 1 - voltage / criticalVoltage)) / attemptTime
  }
}
