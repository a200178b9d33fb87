import ArrayFiles
import Circuits
import Foundation
import InputOutput
import LinearAlgebra
import PhysicalUnits
import Randomness
import Reporting

/// The adc job: an activation on a ramp converter made of cells. Fits the ramp, writes the chips, works
/// out their errors and writes the run directory.
public struct AdcJob: Sendable {
  let options: AdcOptions

  /// - Throws: `InputErrors` or `InputError` where a setting, the device file or the function is
  ///   wrong, or the function cannot be made of the device.
  public init(_ settings: [Setting]) throws { options = try AdcOptions(settings) }

  /// What a run ended with.
  public struct Outcome: Sendable {
    let result: AdcResult
    /// The folder of the run.
    public let folder: String
    /// The report's path.
    public var report: String { "\(folder)/report.html" }
  }

  /// Runs the job.
  ///
  /// - Throws: `InputError` where the measured codes cannot be read; `RunError` where the run directory
  ///   cannot be written.
  public func run(_ context: RunContext) throws -> Outcome {
    let directory = try RunDirectory(
      at: context.output ?? "runs/adc", job: "adc", overwrites: context.overwrites,
      files: ["steps.csv", "chips.npz"], reads: options.resolved.map(\.text))
    Gnuplot.announce(to: context.progress)
    let converter = options.converter
    if let line = options.device.extraction { context.progress.note(line) }
    let reads = options.device.readNotices(
      voltage: converter.ramps[0].circuit.readVoltage.value, signed: false)
    for notice in options.device.driftNotices(time: options.writing.time) + reads {
      context.progress.note(notice)
    }
    for silent in converter.silentStretches {
      let (x, y) = (silent.inputs, silent.function.outputRange)
      context.progress.note(
        "\(converter.curve.name) passes no threshold from x = \(significant(x.lowerBound, digits: 4)) to \(significant(x.upperBound, digits: 4)): its outputs of \(significant(y.lowerBound, digits: 4)) to \(significant(y.upperBound, digits: 4)) have one code of \(significant(converter.leastBit, digits: 4)); more bits or another --range tell them apart"
      )
    }
    let measured = try options.measured.map {
      try MeasuredCodes(path: $0, codeCount: 1 << options.bits)
    }
    let reference = try reference()
    let task = "Writing \(options.chips) chips"
    context.progress.report(task, done: 0, of: 1)
    let chips = RampChips(
      converter, device: options.device, count: options.chips,
      key: StreamKey(seed: options.seed).child("adc"), writing: options.writing)
    var result = AdcEvaluation(options: options, chips: chips).result()
    let bits = result.merits.first { $0.name == "effective number of bits" }
    result.rivals = try AdcRivals.rows(
      converter, inputBits: converter.ramps[0].circuit.inputBits, chipBits: bits?.mean ?? .nan,
      key: StreamKey(seed: options.seed).child("rivals"))
    if let measured {
      result.measuredPoints = measured.inputs.count
      result.measuredError = measured.error(converter)
    }
    if let reference {
      (result.referenceThresholdDifference, result.referenceConductanceDifference) =
        reference.differences(converter)
    }
    context.progress.report(task, done: 1, of: 1)
    try directory.writeRunFile(
      settings: options.resolved,
      provenance: [("device-source", options.device.source)])
    try directory.write(result.metrics.csv, to: "metrics.csv")
    try directory.write(result.stepTable.csv, to: "steps.csv")
    try directory.write(try NPZ.bytes(arrays(chips), compressed: false), to: "chips.npz")
    let figures = AdcFigures(options: options, chips: chips, result: result, measured: measured)
    let drawn = DrawnFigures(figures.all, context.figures, progress: context.progress)
    try drawn.write(with: directory.write)
    try directory.write(
      AdcReport.page(result, figures: drawn, options: options).html, to: "report.html")
    try directory.finish()
    return Outcome(result: result, folder: directory.path)
  }

  /// The ramp that the design is compared with.
  func reference() throws(InputError) -> ReferenceRamp? {
    guard let path = options.reference else { return nil }
    return try ReferenceRamp(path: path, of: options.converter)
  }

  private func arrays(_ chips: RampChips) -> [(name: String, array: NumericArray)] {
    let converter = options.converter
    var arrays: [(name: String, array: NumericArray)] = [
      (
        "thresholds.ideal",
        NumericArray(shape: [converter.thresholds.count], doubles: converter.thresholds)
      ),
      ("outputs", NumericArray(shape: [converter.outputs.count], doubles: converter.outputs)),
      (
        "thresholds.written",
        NumericArray(
          shape: [chips.thresholds.rowCount, chips.thresholds.columnCount],
          floats: chips.thresholds.elements)
      ),
    ]
    for (k, columns) in chips.columns.enumerated() {
      arrays.append(
        (
          "ramp\(k).conductances.target",
          NumericArray(shape: [columns.targets.count], doubles: columns.targets)
        ))
      arrays.append(
        (
          "ramp\(k).conductances.written",
          NumericArray(
            shape: [columns.conductances.rowCount, columns.conductances.columnCount],
            floats: columns.conductances.elements)
        ))
    }
    return arrays
  }
}
