import Circuits
import NumericalMethods
import Reporting

/// What a ramp converter came to: everything that the adc job prints, writes and draws.
struct AdcResult: Sendable, Encodable {
  /// One threshold.
  struct Step: Sendable, Encodable {
    /// Which ramp, counted from 0.
    var ramp: Int
    /// The output at the threshold, in units of y.
    var output: Double
    /// Where it should be, in units of x.
    var threshold: Double
    /// The ramp's voltage there.
    var voltage: Double
    /// What the step that leads to it conducts, in siemens; 0 for a ramp's first threshold, which
    /// the calibration cells make.
    var conductance: Double
    /// How many cells share the step.
    var cells: Int
    /// What the first chip's step conducts, in siemens.
    var written: Double
    /// Where the first chip has it.
    var realized: Double
    /// Mean and standard deviation over the chips.
    var mean: Double
    var deviation: Double
  }

  /// One figure of merit over the chips.
  struct Merit: Sendable, Encodable {
    var name: String
    var mean: Double
    /// The worst of all chips: the largest error, or the smallest number of bits.
    var worst: Double
    var unit: String
  }

  /// The errors of one threshold, or step, over the chips, in bits of the output.
  struct Band: Sendable, Encodable {
    var mean: Double
    var low: Double
    var high: Double
    var minimum: Double
    var maximum: Double

    init(_ values: [Double]) {
      let sorted = values.sorted()
      mean = values.reduce(0, +) / Double(max(1, values.count))
      low = sorted[sorted.count / 20]
      high = sorted[sorted.count - 1 - sorted.count / 20]
      minimum = sorted[0]
      maximum = sorted[sorted.count - 1]
    }
  }

  /// How far the codes move away from the nominal point.
  struct Condition: Sendable, Encodable {
    var readVoltage: Double
    var temperatureRise: Double
    var inMemoryMean: Double
    var inMemoryLargest: Int
    var fixedMean: Double
    var fixedLargest: Int
  }

  var function: String
  var bits: Int
  var convention: String
  var device: String
  var chips: Int
  var calibration: String
  var cells: Int
  var startCells: Int
  /// ρ of every ramp.
  var scaleRatios: [Double]
  /// C_adc of every ramp, in farads.
  var rampCapacitances: [Double]
  var steps: [Step]
  var merits: [Merit]
  var integral: [Band]
  var differential: [Band]
  var conditions: [Condition]
  /// Linear converters with digital activations beside the ramp.
  var rivals: [AdcRivals.Row] = []
  /// Measured codes: how many, and root mean square of measured less ideal output, in bits of it.
  var measuredPoints: Int?
  var measuredError: Double?
  /// The largest differences of thresholds (units of x) and of step conductances (siemens) from a reference.
  var referenceThresholdDifference: Double?
  var referenceConductanceDifference: Double?

  /// The steps as a table for people.
  var stepTable: Table {
    var table = Table(columns: [
      "ramp", "output", "threshold", "ramp (V)", "conductance (µS)", "cells", "written (µS)",
      "realized", "mean", "deviation",
    ])
    for step in steps {
      table.append([
        .whole(step.ramp), .number(step.output), .number(step.threshold), .number(step.voltage),
        .number(step.conductance * 1e6), .whole(step.cells), .number(step.written * 1e6),
        .number(step.realized), .number(step.mean), .number(step.deviation),
      ])
    }
    return table
  }

  /// The figures of merit as a table for people.
  var meritTable: Table {
    var table = Table(columns: ["figure", "mean", "worst", "unit"])
    for merit in merits {
      table.append([
        .text(merit.name), .number(merit.mean), .number(merit.worst), .text(merit.unit),
      ])
    }
    return table
  }

  /// The conditions as a table for people.
  var conditionTable: Table {
    var table = Table(columns: [
      "read voltage (V)", "temperature rise (K)", "in-memory ramp, mean |Δcode|", "largest",
      "fixed references, mean |Δcode|", "largest ",
    ])
    for one in conditions {
      table.append([
        .number(one.readVoltage), .number(one.temperatureRise), .number(one.inMemoryMean),
        .whole(one.inMemoryLargest), .number(one.fixedMean), .whole(one.fixedLargest),
      ])
    }
    return table
  }

  /// Every figure as one row: scope, item, metric, value, unit.
  var metrics: Table {
    var rows = MetricTable()
    for merit in merits {
      rows.add("converter", function, "\(merit.name), mean", merit.mean, merit.unit)
      rows.add("converter", function, "\(merit.name), worst", merit.worst, merit.unit)
    }
    for (k, ratio) in scaleRatios.enumerated() {
      rows.add("ramp", "\(k)", "scale ratio", ratio, "")
      rows.add("ramp", "\(k)", "ramp capacitor", rampCapacitances[k], "F")
    }
    for (q, step) in steps.enumerated() {
      rows.add("threshold", "\(q)", "output", step.output, "")
      rows.add("threshold", "\(q)", "threshold", step.threshold, "")
      rows.add("threshold", "\(q)", "ramp voltage", step.voltage, "V")
      rows.add("threshold", "\(q)", "conductance", step.conductance, "S")
      rows.add("threshold", "\(q)", "realized, first chip", step.realized, "")
      rows.add("threshold", "\(q)", "realized, mean", step.mean, "")
      rows.add("threshold", "\(q)", "realized, standard deviation", step.deviation, "")
      rows.add("threshold", "\(q)", "INL, mean", integral[q].mean, "LSB")
      rows.add("threshold", "\(q)", "INL, 5th percentile", integral[q].low, "LSB")
      rows.add("threshold", "\(q)", "INL, 95th percentile", integral[q].high, "LSB")
    }
    for one in conditions {
      let item = "\(one.readVoltage) V, \(one.temperatureRise) K"
      rows.add("condition", item, "in-memory ramp, mean code change", one.inMemoryMean, "LSB")
      rows.add("condition", item, "in-memory ramp, largest", Double(one.inMemoryLargest), "LSB")
      rows.add("condition", item, "fixed references, mean code change", one.fixedMean, "LSB")
      rows.add("condition", item, "fixed references, largest", Double(one.fixedLargest), "LSB")
    }
    for row in rivals {
      rows.add("rival", row.name, "effective number of bits", row.effectiveBits, "bit")
      rows.add("rival", row.name, "cycles for 128 columns", Double(row.cycles), "")
      rows.add("rival", row.name, "energy per output, whole macro at 16 nm", row.energy, "J")
    }
    if let points = measuredPoints, let error = measuredError {
      rows.add("measured", "", "points", Double(points), "")
      rows.add("measured", "", "root mean square error against the ideal converter", error, "LSB")
    }
    if let threshold = referenceThresholdDifference, let step = referenceConductanceDifference {
      rows.add("reference", "", "largest difference of thresholds", threshold, "")
      rows.add("reference", "", "largest difference of step conductances", step, "S")
    }
    return rows.table
  }
}
