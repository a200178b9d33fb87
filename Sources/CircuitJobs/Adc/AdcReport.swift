import Foundation
import InputOutput
import PhysicalUnits
import Reporting

/// The page of an adc run.
enum AdcReport {
  static func page(_ result: AdcResult, figures: DrawnFigures, options: AdcOptions) -> HTMLReport {
    var page = HTMLReport(
      title: "\(result.function) at \(result.bits) bits on \(result.device)",
      summary: "\(options.device.title). \(result.cells) cells in \(result.scaleRatios.count) "
        + "ramp\(result.scaleRatios.count == 1 ? "" : "s"), \(result.startCells) calibration cells, "
        + "calibration \(result.calibration), \(result.chips) chips, seed \(options.seed).")
    func merit(_ name: String) -> AdcResult.Merit? { result.merits.first { $0.name == name } }
    var key: [(value: String, name: String)] = []
    for (name, shown) in [
      ("effective number of bits", "effective bits, mean of the chips"),
      ("mean |INL| at the output", "LSB, mean |INL|"),
      ("largest |INL| at the output, from ideal", "LSB, largest |INL|, mean of the chips"),
      ("missing codes", "missing codes, mean of the chips"),
    ] {
      if let one = merit(name) { key.append((significant(one.mean, digits: 3), shown)) }
    }
    page.keyFigures(key)
    page.heading("Converter")
    page.figures(figures.drawings)
    page.failures(of: figures)
    page.heading("Errors over the chips")
    page.table(
      result.meritTable,
      caption: "At the output in bits of it, at the threshold in mean steps of the input.")
    page.heading("Read voltage and temperature")
    page.table(
      result.conditionTable,
      caption: "Change of the codes against the nominal point, without write errors.")
    if !result.rivals.isEmpty {
      page.heading("Rivals")
      page.table(
        AdcRivals.table(result.rivals),
        caption: "Linear converters of as many bits with the activation computed behind them on "
          + "\(AdcRivals.processors) processors; 1 GHz gives nanoseconds. Energies are those of whole macros "
          + "(array, drivers, converters) per output, the activation added, all scaled to 16 nm.")
    }
    page.heading("Steps")
    page.table(result.stepTable, caption: "Thresholds in units of x; written: the first chip.")
    page.settings(options.resolved, job: "adc")
    page.paragraph("Device data: \(options.device.source). Valid for: \(options.device.validity)")
    return page
  }
}

extension AdcJob.Outcome {
  /// What the terminal shows.
  public var text: String {
    var lines = [
      "\(result.function), \(result.bits) bits (\(result.convention)), on \(result.device), "
        + "\(result.chips) chips, calibration \(result.calibration)", "",
      result.stepTable.plainText, result.meritTable.plainText, result.conditionTable.plainText,
    ]
    if !result.rivals.isEmpty { lines.append(AdcRivals.table(result.rivals).plainText) }
    for (k, ratio) in result.scaleRatios.enumerated() {
      lines.append(
        "ramp \(k): capacitor \(engineering(result.rampCapacitances[k], unit: "F")), "
          + "ratio of charges to the array's column \(significant(ratio))")
    }
    if let points = result.measuredPoints, let error = result.measuredError {
      lines.append(
        "measured: \(points) codes, root mean square error \(significant(error)) LSB")
    }
    if let threshold = result.referenceThresholdDifference,
      let step = result.referenceConductanceDifference
    {
      lines.append(
        "reference: thresholds differ by at most \(significant(threshold)), step conductances by "
          + "\(engineering(step, unit: "S"))")
    }
    lines.append("report: \(report)")
    return lines.joined(separator: "\n") + "\n"
  }

  /// The results as JSON, with the folder of the run.
  public func json() throws -> String {
    struct Document: Encodable {
      var folder: String
      var result: AdcResult
    }
    return try JSONText.encode(Document(folder: folder, result: result))
  }
}
