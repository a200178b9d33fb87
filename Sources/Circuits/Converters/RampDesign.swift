import DeviceModels
import InputOutput
import PhysicalUnits

/// The cells of a ramp: how much each step conducts, and the capacitor that makes the steps fit.
///
/// Step q needs G_q = γ·(2^inputBits − 1)·ρ·(t_{q+1} − t_q), with ρ = (C_adc/C_mac)·(T_clk/T_adc)
/// (Yang et al., Nat. Commun. 16, 2025, doi 10.1038/s41467-025-56254-6). ρ is chosen so that the
/// largest step takes `cellsPerStep` cells at the window's upper end: the steps are then as large as
/// the devices allow, and a write error moves the thresholds least.
public struct RampDesign: Sendable, Hashable {
  /// Where the codes change.
  public let thresholds: RampThresholds
  /// The circuit around the ramp.
  public let circuit: RampCircuit
  /// The conductance of every step, in siemens.
  public let stepConductances: [Double]
  /// How many cells share each step.
  public let cellCounts: [Int]
  /// ρ = (C_adc/C_mac)·(T_clk/T_adc).
  public let scaleRatio: Double

  /// How many cells make the ramp.
  public var cellCount: Int { cellCounts.reduce(0, +) }
  /// The ramp's feedback capacitor, C_adc.
  public var rampCapacitance: Farads {
    circuit.columnCapacitance * (scaleRatio * circuit.rampPeriod / circuit.inputPeriod)
  }
  /// Units of x that one siemens of the ramp adds to a threshold.
  public var inputPerSiemens: Double {
    1 / (circuit.unitConductance.value * Double(1 << circuit.inputBits - 1) * scaleRatio)
  }

  /// Fits the steps of `thresholds` into the conductance window.
  ///
  /// - Parameters:
  ///   - window: what a cell can be written to.
  ///   - cellsAvailable: rows of the ramp's column; `nil` takes 2ⁿ, n the bits.
  /// - Throws: `InputError` with the reason where no number of cells a step fits both ends of the
  ///   window, or where more cells are needed than are available.
  public init(
    _ thresholds: RampThresholds, circuit: RampCircuit = RampCircuit(), window: ConductanceWindow,
    cellsAvailable: Int? = nil
  ) throws(InputError) {
    let steps = thresholds.steps
    let available = cellsAvailable ?? 1 << thresholds.bits
    guard steps.count <= available else {
      throw InputError(
        "--cells", "\(steps.count) steps need as many cells, \(available) are available")
    }
    let (low, high) = (window.minimum.value, window.maximum.value)
    let perUnit = circuit.unitConductance.value * Double(1 << circuit.inputBits - 1)
    guard let largest = steps.max(), let smallest = steps.min() else {
      // One threshold only: the start of the ramp makes it, and any ratio does.
      self.init(thresholds, circuit, [], [], high / perUnit)
      return
    }
    // Thresholds of a steep function may coincide in floating point.
    guard smallest > 0, (largest / smallest).isFinite else {
      let k = steps.firstIndex { !($0 > 0) } ?? 0
      throw InputError(
        "--function",
        "two thresholds coincide near the input \(thresholds.inputs[k]): the function is too steep "
          + "there, another --domain or --range is needed")
    }
    for cells in 1...available {
      let scale = Double(cells) * high / largest
      if smallest * scale < low { continue }
      let conductances = steps.map { $0 * scale }
      // The rounding error of the largest step is no reason for one cell more.
      let counts = conductances.map { max(1, Int(($0 / high * (1 - 1e-12)).rounded(.up))) }
      let total = counts.reduce(0, +)
      if total > available {
        throw InputError(
          "--cells",
          "steps that differ by a factor of \(largest / smallest) need \(total) cells between "
            + "\(window.minimum) and \(window.maximum), \(available) are available")
      }
      if zip(conductances, counts).allSatisfy({ $0 >= low * Double($1) }) {
        self.init(thresholds, circuit, conductances, counts, scale / perUnit)
        return
      }
    }
    throw InputError(
      "--device",
      "steps that differ by a factor of \(largest / smallest) do not fit a window from "
        + "\(window.minimum) to \(window.maximum) with \(available) cells")
  }

  private init(
    _ thresholds: RampThresholds, _ circuit: RampCircuit, _ conductances: [Double],
    _ counts: [Int], _ ratio: Double
  ) {
    self.thresholds = thresholds
    self.circuit = circuit
    stepConductances = conductances
    cellCounts = counts
    scaleRatio = ratio
  }

  /// The ramp's voltage at threshold 0, 1, …: V_clp + κ·t_q.
  public var voltages: [Volts] {
    thresholds.inputs.map { Volts(circuit.clampVoltage.value + circuit.columnScale * $0) }
  }
}
