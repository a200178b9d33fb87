import DeviceModels
import Foundation

/// A law as a SPICE subcircuit of behavioral sources, with nodes `plus minus state`.
///
/// The state is the voltage of a node with a capacitor of 1 F, into which a source drives dx/dt; it is
/// kept in units of its range, 0…1, so that SPICE's tolerances suit it.
package protocol SpiceDescribable: DynamicDevice {
  /// The lines from `.subckt name plus minus state` to `.ends`.
  func spiceSubcircuit(_ name: String) -> String
}

extension SpiceDescribable {
  /// A netlist that drives the device with a sine and writes time, voltage, current and state to
  /// `output` as columns; for ngspice in batch mode.
  package func spiceSineNetlist(
    amplitude: Double, frequency: Double, periods: Double, points: Int, output: String
  ) -> String {
    let end = periods / frequency
    let step = end / Double(points - 1)
    return """
      * driven device
      \(spiceSubcircuit("device"))
      Vsource p 0 SIN(0 \(amplitude) \(frequency))
      Vsense p d 0
      Xdevice d 0 x device
      .options reltol=1e-6 abstol=1e-15 vntol=1e-9 chgtol=1e-18
      .tran \(step) \(end) 0 \(step) uic
      .control
      run
      rusage
      wrdata \(output) v(p) i(vsense) v(x)
      .endc
      .end

      """
  }

  fileprivate func integrator(_ rate: String) -> String {
    """
    Cstate state 0 1 IC=\(normalizedInitialState)
    Rstate state 0 1e15
    Bstate 0 state I = \(rate)
    """
  }

  private var normalizedInitialState: Double {
    let range = states[0].range
    return (initialState[0] - range.lowerBound) / (range.upperBound - range.lowerBound)
  }

  /// The voltage of the state held in 0…1.
  fileprivate var held: String { "min(max(V(state),0),1)" }

  /// A rate that is zero where it leads out of 0…1.
  fileprivate func bounded(_ rate: String) -> String {
    "((\(rate)) > 0 ? (V(state) < 1 ? (\(rate)) : 0) : (V(state) > 0 ? (\(rate)) : 0))"
  }
}

extension LinearIonDrift: SpiceDescribable {
  package func spiceSubcircuit(_ name: String) -> String {
    let current = "V(plus,minus)/(\(resistanceOn)*\(held)+\(resistanceOff)*(1-\(held)))"
    let f: String
    switch window.form {
    case .none: f = "1"
    case .strukov: f = "\(held)*(1-\(held))"
    case .joglekar: f = "(1-pow(abs(2*\(held)-1),\(2 * window.exponent)))"
    case .biolek:
      f =
        "(V(plus,minus) >= 0 ? 1-pow(\(held),\(2 * window.exponent)) : 1-pow(1-\(held),\(2 * window.exponent)))"
    case .prodromakis:
      f = "\(window.height)*(1-pow((\(held)-0.5)*(\(held)-0.5)+0.75,\(window.exponent)))"
    }
    let v = "V(plus,minus)"
    let moves =
      thresholds.lowerBound < thresholds.upperBound
      ? "((\(v) > \(thresholds.upperBound) || \(v) < \(thresholds.lowerBound)) ? 1 : 0)*" : ""
    return """
      .subckt \(name) plus minus state
      Bdevice plus minus I = \(current)
      \(integrator(bounded("\(moves)\(driftPerCharge)*(\(current))*\(f)")))
      .ends
      """
  }
}

extension VTEAM: SpiceDescribable {
  package func spiceSubcircuit(_ name: String) -> String {
    let d = drift
    let span = d.off - d.on
    let resistance =
      d.resistance == .linear
      ? "(\(d.resistanceOn)+\(d.resistanceOff - d.resistanceOn)*\(held))"
      : "(\(d.resistanceOn)*exp(\(log(d.resistanceOff / d.resistanceOn))*\(held)))"
    let x = "(\(d.on)+\(span)*\(held))"
    let fOff = d.window == .none ? "1" : "exp(-exp((\(x)-\(d.windowOff))/\(d.windowWidth)))"
    let fOn = d.window == .none ? "1" : "exp(-exp(-(\(x)-\(d.windowOn))/\(d.windowWidth)))"
    let v = "V(plus,minus)"
    let up =
      "\(d.rateOff / span)*pow(max(\(v)/\(d.thresholdOff)-1,0),\(d.exponentOff.value))*\(fOff)"
    let down =
      "\(d.rateOn / span)*pow(max(\(v)/(\(d.thresholdOn))-1,0),\(d.exponentOn.value))*\(fOn)"
    return """
      .subckt \(name) plus minus state
      Bdevice plus minus I = \(v)/\(resistance)
      \(integrator(bounded("(\(v) > 0 ? \(up) : \(down))")))
      .ends
      """
  }
}

extension Yakopcic: SpiceDescribable {
  package func spiceSubcircuit(_ name: String) -> String {
    let v = "V(plus,minus)"
    let up = "(\(v) > \(vp) ? \(ap)*(exp(\(v))-\(exp(vp))) : 0)"
    let down = "(\(v) < \(-vn) ? -\(an)*(exp(-\(v))-\(exp(vn))) : 0)"
    let fUp =
      "(\(held) >= \(xp) ? exp(-\(alphaP)*(\(held)-\(xp)))*((\(xp)-\(held))/\(1 - xp)+1) : 1)"
    let fDown =
      "(\(held) <= \(1 - xn) ? exp(\(alphaN)*(\(held)+\(xn)-1))*\(held)/\(1 - xn) : 1)"
    let f = eta > 0 ? "(\(v) >= 0 ? \(fUp) : \(fDown))" : "(\(v) <= 0 ? \(fUp) : \(fDown))"
    return """
      .subckt \(name) plus minus state
      Bdevice plus minus I = (\(v) >= 0 ? \(a1) : \(a2))*\(held)*sinh(\(b)*\(v))
      \(integrator(bounded("\(eta)*(\(up)+\(down))*\(f)")))
      .ends
      """
  }
}
