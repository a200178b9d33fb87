import PhysicalUnits

/// The integrator, the clock and the scale of an array whose columns a ramp converts.
///
/// An input x is the product of the weights and the input codes: the column's integrator ends at
/// V = V_clp + (V_read·T_clk/C_mac)·Σ G·m, m the input code, that is V_clp + κ·x with
/// κ = V_read·T_clk·(2^inputBits − 1)·γ/C_mac and γ the conductance of one unit of weight. The ramp's
/// integrator gains V_read·T_adc·G/C_adc a cell. V_read stands in both and cancels.
public struct RampCircuit: Sendable, Hashable {
  /// Read voltage of array and ramp.
  public var readVoltage: Volts
  /// Where both integrators start.
  public var clampVoltage: Volts
  /// Length of one unit of an input pulse, T_clk.
  public var inputPeriod: Seconds
  /// How long a ramp cell conducts, T_adc.
  public var rampPeriod: Seconds
  /// Feedback capacitor of the array's columns, C_mac.
  public var columnCapacitance: Farads
  /// Bits of the input pulse widths.
  public var inputBits: Int
  /// Conductance that stands for one unit of weight, γ.
  public var unitConductance: Siemens

  /// A circuit; see the members.
  /// - Precondition: everything is above zero, the clamp excepted; 1 to 16 input bits.
  public init(
    readVoltage: Volts = Volts(0.2), clampVoltage: Volts = Volts(0.5),
    inputPeriod: Seconds = Seconds(1e-9), rampPeriod: Seconds = Seconds(1e-9),
    columnCapacitance: Farads = Farads(10e-12), inputBits: Int = 5,
    unitConductance: Siemens = Siemens(150e-6)
  ) {
    precondition(
      readVoltage.value > 0 && inputPeriod.value > 0 && rampPeriod.value > 0
        && columnCapacitance.value > 0 && unitConductance.value > 0, "a circuit has positive parts")
    precondition((1...16).contains(inputBits), "1 to 16 input bits")
    self.readVoltage = readVoltage
    self.clampVoltage = clampVoltage
    self.inputPeriod = inputPeriod
    self.rampPeriod = rampPeriod
    self.columnCapacitance = columnCapacitance
    self.inputBits = inputBits
    self.unitConductance = unitConductance
  }

  /// κ: volts of a column's integrator a unit of x.
  public var columnScale: Double {
    readVoltage.value * inputPeriod.value * Double(1 << inputBits - 1) * unitConductance.value
      / columnCapacitance.value
  }
}
