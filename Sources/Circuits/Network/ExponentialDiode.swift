import Foundation

/// A diode by Shockley's law with a resistance in series.
///
/// I = I_s·(exp((V − I·R)/(n·V_t)) − 1). The current is implicit: with w = (I + I_s)·R/(n·V_t) it is the solution of
/// w + ln w = ln(I_s·R/(n·V_t)) + (V + I_s·R)/(n·V_t), Lambert's function of the exponential of the right side (Banwell
/// and Jayakumar, Electron. Lett. 36, 291, 2000, doi:10.1049/el:20000301), found here by Newton's method on the
/// logarithm, which cannot overflow. Valid without breakdown, charge and temperature dependence.
package struct ExponentialDiode: Hashable, Sendable {
  /// I_s in amperes.
  package var saturationCurrent: Double
  /// n·V_t in volts: emission coefficient times thermal voltage.
  package var emissionVoltage: Double
  /// R in ohms, 0 or more.
  package var seriesResistance: Double

  /// - Precondition: a positive saturation current and emission voltage, a resistance of 0 or more.
  package init(saturationCurrent: Double, emissionVoltage: Double, seriesResistance: Double = 0) {
    precondition(
      saturationCurrent > 0 && emissionVoltage > 0 && seriesResistance >= 0, "a diode that conducts"
    )
    self.saturationCurrent = saturationCurrent
    self.emissionVoltage = emissionVoltage
    self.seriesResistance = seriesResistance
  }

  /// The current in amperes, and its slope in siemens.
  package func point(_ voltage: Double) -> (current: Double, slope: Double) {
    let (s, u, r) = (saturationCurrent, emissionVoltage, seriesResistance)
    guard r > 0 else {
      let e = exp(min(voltage / u, 700))
      // Beyond what a number holds the law continues along its tangent.
      let beyond = max(0, voltage / u - 700)
      return (s * (expm1(min(voltage / u, 700)) + e * beyond), s * e / u)
    }
    let w = lambert(log(s * r / u) + (voltage + s * r) / u)
    let slope = w / (1 + w) / r
    // Near 0 V the difference I = w·u/R − I_s cancels; the voltage across the junction does not.
    let current = w * u / r - s
    if abs(current) < 0.5 * s {
      let junction = junctionVoltage(voltage, w)
      return (s * expm1(junction / u), slope)
    }
    return (current, slope)
  }

  /// ∫₀^V I(v)·dv in watts: those of the junction and of the resistance at the division of the voltage.
  package func coContent(_ voltage: Double) -> Double {
    let current = point(voltage).current
    let junction = voltage - current * seriesResistance
    let own = saturationCurrent * (emissionVoltage * expm1(junction / emissionVoltage) - junction)
    return own + 0.5 * seriesResistance * current * current
  }

  /// The root of x = V − R·I_s·(exp(x/u) − 1), by Newton's method from the root of the logarithm.
  private func junctionVoltage(_ voltage: Double, _ w: Double) -> Double {
    let (s, u, r) = (saturationCurrent, emissionVoltage, seriesResistance)
    var x = u * log(w * u / (s * r))
    for _ in 0..<4 {
      let e = expm1(x / u)
      x -= (x + r * s * e - voltage) / (1 + r * s * (e + 1) / u)
    }
    return x
  }

  /// The solution of w + ln w = `logarithm`, w > 0.
  private func lambert(_ logarithm: Double) -> Double {
    var w =
      logarithm > 1
      ? logarithm - log(logarithm) : exp(min(logarithm, 1) - (logarithm > -2 ? 0.5 : 0))
    for _ in 0..<50 {
      // Newton's step for ln w + w = L in ln w keeps w positive.
      let change = (logarithm - log(w) - w) / (1 + w)
      w *= exp(max(-3, min(3, change)))
      if abs(change) < 1e-15 { break }
    }
    return max(w, .leastNormalMagnitude)
  }
}
