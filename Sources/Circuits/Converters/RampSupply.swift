import PhysicalUnits

/// Read voltage and temperature of a converter at work: what moves the codes of a converter with fixed
/// references and what a ramp of the same devices follows.
///
/// Column and ramp are computed as voltages: V_clp + V_read·(T_clk/C_mac)·Σ G·m against
/// V_clp + V_read·(T_adc/C_adc)·Σ G. A conductance G at temperature T is
/// G·(1 + α(G)·(T − T₀)), α linear in G between the two ends of the window.
public struct RampSupply: Sendable, Hashable {
  /// What the ramp is made of.
  public enum Reference: String, Sendable, CaseIterable {
    /// Cells of the same kind as the array's, read at the same voltage.
    case inMemory = "in-memory"
    /// Voltages that stay as they are at the nominal point.
    case fixed
  }

  /// Read voltage.
  public var readVoltage: Volts
  /// T − T₀, in kelvins.
  public var temperatureRise: Double
  private let lowCoefficient: Double
  private let highCoefficient: Double

  /// Conditions; `coefficients` are α at conductance 0 and at the window's upper end, per kelvin.
  public init(
    readVoltage: Volts, temperatureRise: Double = 0,
    coefficients: (low: Double, high: Double) = (0, 0)
  ) {
    self.readVoltage = readVoltage
    self.temperatureRise = temperatureRise
    (lowCoefficient, highCoefficient) = coefficients
  }

  /// The places of `inputs` among the thresholds of `converter` without write errors.
  ///
  /// - Parameters:
  ///   - largest: the window's upper end, in siemens.
  ///   - weight: the conductance that stands for the array's cells, whose temperature factor the
  ///     column's charge takes, in siemens.
  public func places(
    of inputs: [Double], in converter: RampConverter, _ reference: Reference, largest: Double,
    weight: Double
  ) -> [Int] {
    let column = factor(weight, largest)
    // Where each threshold lies: the ramp's number, then its voltage.
    var levels: [[Double]] = []
    for ramp in converter.ramps {
      var circuit = ramp.circuit
      if reference == .inMemory { circuit.readVoltage = readVoltage }
      let perSiemens =
        circuit.readVoltage.value * circuit.rampPeriod.value / ramp.rampCapacitance.value
      var charge = ramp.thresholds.inputs[0] / ramp.inputPerSiemens
      if reference == .inMemory { charge *= factor(min(abs(charge), largest), largest) }
      var voltages = [circuit.clampVoltage.value + perSiemens * charge]
      for (g, n) in zip(ramp.stepConductances, ramp.cellCounts) {
        charge += g * (reference == .inMemory ? factor(g / Double(n), largest) : 1)
        voltages.append(circuit.clampVoltage.value + perSiemens * charge)
      }
      levels.append(voltages)
    }
    var circuit = converter.ramps[0].circuit
    circuit.readVoltage = readVoltage
    let (scale, clamp) = (circuit.columnScale * column, circuit.clampVoltage.value)
    return inputs.map { x in
      let voltage = clamp + scale * x
      var place = 0
      for (ramp, stretch) in converter.stretches.enumerated() {
        // Stretches before the one of x count whole.
        if x >= stretch.inputs.upperBound {
          place += levels[ramp].count
        } else if x >= stretch.inputs.lowerBound {
          place += RampConverter.place(voltage, among: levels[ramp])
        }
      }
      return place
    }
  }

  private func factor(_ g: Double, _ largest: Double) -> Double {
    1 + (lowCoefficient + (highCoefficient - lowCoefficient) * g / largest) * temperatureRise
  }
}
