import PhysicalUnits

/// How ramps are written into devices and read.
public struct RampWriting: Sendable, Hashable {
  /// How the calibration cells shift the written ramp.
  public var calibration: RampCalibration
  /// The steps of that shift as a charge on the ramp: siemens that one cell adds in a cycle; 0 shifts
  /// by any amount.
  public var calibrationStep: Siemens
  /// How many reads of the ramp the shift is found from, with the read noise of the cells and the noise of the
  /// comparator in each; 0 knows the thresholds exactly.
  public var calibrationReads: Int
  /// How many calibration cells make the ramp's start; 0 starts it without error.
  public var startCells: Int
  /// How many spare cells a ramp has. A cell whose verified conductance is further off than
  /// `replacementLimit` gives its place to the next spare.
  public var spareCells: Int
  /// See `spareCells`.
  public var replacementLimit: Siemens
  /// How long after writing, and after calibration, the ramp is read.
  public var time: Seconds
  /// Whether every read adds the device's read noise.
  public var readNoise: Bool
  /// Standard deviation of the comparators' offsets, in volts.
  public var comparatorOffset: Volts
  /// Standard deviation of the noise of each comparison, as a share of the ramp's span from the first to the last
  /// threshold.
  public var comparatorNoise: Double
  /// The lines that the cells are read through; `nil` reads them as they are.
  public var lines: RampLines?

  /// A way of writing; see the members.
  public init(
    calibration: RampCalibration = .none, calibrationStep: Siemens = Siemens(0),
    calibrationReads: Int = 0,
    startCells: Int = 0, spareCells: Int = 0, replacementLimit: Siemens = Siemens(20e-6),
    time: Seconds = Seconds(0), readNoise: Bool = false, comparatorOffset: Volts = Volts(0),
    comparatorNoise: Double = 0
  ) {
    precondition(
      startCells >= 0 && spareCells >= 0 && calibrationReads >= 0, "numbers of cells and reads")
    self.calibration = calibration
    self.calibrationStep = calibrationStep
    self.calibrationReads = calibrationReads
    self.startCells = startCells
    self.spareCells = spareCells
    self.replacementLimit = replacementLimit
    self.time = time
    self.readNoise = readNoise
    self.comparatorOffset = comparatorOffset
    self.comparatorNoise = comparatorNoise
  }
}

/// What the calibration cells of a ramp are written to so that it starts at its first threshold.
///
/// V_init = V_clp + (V_read/C_adc)·n·T_adc·ΣG, with the polarity of the first threshold; n cycles are
/// as many as the window asks for.
public struct RampStart: Sendable, Hashable {
  /// The conductance of each cell, in siemens; 0 where there are none.
  public let conductance: Double
  /// How many cells.
  public let cells: Int
  /// For how many cycles each of them conducts.
  public let cycles: Int
  /// Whether the ramp starts below the clamp voltage.
  public let isNegative: Bool

  init(_ design: RampDesign, cells: Int, window: ClosedRange<Double>) {
    let first = design.thresholds.inputs[0]
    let need = abs(first) / design.inputPerSiemens
    isNegative = first < 0
    guard cells > 0, need > 0 else {
      (conductance, self.cells, cycles) = (0, 0, 0)
      return
    }
    // Fewer cells where each of them would lie below the window.
    let used = max(1, min(cells, window.lowerBound > 0 ? Int(need / window.lowerBound) : cells))
    let cycles = max(1, Int((need / (Double(used) * window.upperBound) - 1e-12).rounded(.up)))
    self.cells = used
    self.cycles = cycles
    conductance = need / Double(used * cycles)
  }
}
