/// Johnson and shot noise of cells whose voltages differ: noise of the current, which is not proportional to the voltage
/// as that of the conductance is.
///
/// A cell of conductance G at the share u of the read voltage V has the current variance
///
///     V²·G·(thermal + shot·|u|),    thermal = 4kT·Δf/V², shot = 2q·Δf/V.
///
/// Valid for lines that are driven throughout the read, at 0 V where they carry no input (source: `ElectricalNoise`). The
/// share is an amplitude, or the part of the read for which a pulse of the full voltage lasts: then the shot noise of
/// the charge grows with the duration, and Johnson noise goes on in the rest of the read.
public struct CurrentNoise: Sendable, Hashable {
  /// The variance of the conductance per conductance that Johnson noise has at every voltage, in siemens.
  public let thermal: Double
  /// The same of shot noise at the read voltage, in siemens.
  public let shot: Double
}

extension ReadNoise {
  /// Johnson and shot noise; `nil` where neither counts.
  public var ofCurrent: CurrentNoise? {
    guard case .electrical(let noise, _) = self, noise.hasJohnson || noise.hasShot else {
      return nil
    }
    return CurrentNoise(
      thermal: noise.hasJohnson ? noise.thermalPerSiemens : 0,
      shot: noise.hasShot ? noise.shotPerSiemens : 0)
  }

  /// What fluctuates with the conductance, and so is proportional to the voltage: everything but Johnson and shot noise.
  public var ofConductance: ReadNoise {
    guard case .electrical(var noise, let other) = self else { return self }
    (noise.hasJohnson, noise.hasShot) = (false, false)
    return noise.flickerLevel > 0 ? .electrical(noise, other) : other
  }
}
