import Foundation
import InputOutput
import PhysicalUnits
import Reporting

/// The page and the terminal text of a map run.
enum MapReport {
  /// The page.
  static func page(_ result: MapResult, figures: DrawnFigures, options: MapOptions) -> HTMLReport {
    let (spread, merit) = (result.spread, result.merit)
    let tile = options.design.tile
    var page = HTMLReport(
      title: "\(result.model) on \(result.device)",
      summary: "\(options.design.device.title). Tiles of \(tile.rows)×\(tile.columns) cells, "
        + "\(counted(result.chips.count, "chip")), \(counted(result.samples, "sample")) of \(result.data), "
        + "seed \(options.seed).")
    var key: [(value: String, name: String)] =
      merit.isOfDigital
      ? [] : [(value: merit.shown(result.digital), name: "digital \(merit.name)")]
    key += [
      (
        value: merit.shown(spread),
        name: spread.count == 1
          ? "analog \(merit.name) of one chip"
          : "analog \(merit.name), mean ± standard deviation of \(spread.count) chips"
      ),
      (
        value: merit.isShare
          ? String(format: "%.2f", result.loss * 100) : significant(result.loss, digits: 3),
        name: (merit.isShare ? "percentage points lost, ± " : "more than digital, ± ")
          + (spread.count > 1
            ? significant(spread.confidenceHalfWidth() * merit.factor, digits: 2) : "–")
          + " at 95 % confidence"
      ),
      (value: "\(result.layers.reduce(0) { $0 + $1.tiles })", name: "tiles"),
    ]
    if !result.cost.isEmpty {
      let energy = result.cost.reduce(0) { $0 + $1.energy }
      key.append((value: engineering(energy, unit: "J", digits: 3), name: "energy per inference"))
    }
    for baseline in result.baselines {
      key.append(
        (value: merit.shown(baseline.value), name: "digital \(merit.name), \(baseline.name)"))
    }
    page.keyFigures(key)
    page.heading(merit.title)
    let order = ["accuracy", "accuracy-over-time", "outputs", "output-error", "confusion"]
    page.figures(figures[order])
    page.heading("Layers")
    page.table(
      result.layerTable,
      caption:
        "Weight matrices on crossbars. The programming error is the root mean square over all "
        + "cells and chips; the signal-to-noise ratio compares a layer's outputs with the digital "
        + "ones on the same inputs.")
    for line in result.rangeLines + (result.deviceNotice.map { [$0] } ?? []) + result.dataNotices {
      page.paragraph(line.prefix(1).uppercased() + line.dropFirst() + ".")
    }
    let hardware = ["conductances", "programming-error", "layers", "energy"]
    page.figures(figures[hardware])
    page.failures(of: figures)
    if !result.cost.isEmpty {
      page.heading("Cost of one inference")
      page.table(result.costTable, caption: "Energy, latency and area by part.")
      if let performance = result.performance { page.paragraph(performance.line + ".") }
      if !result.events.isEmpty { page.table(result.eventTable, caption: MapResult.eventCaption) }
      page.table(
        result.scopeTable, caption: "What the figures include; wires are left out.")
    }
    if !result.steps.isEmpty {
      page.heading("Cost of a time step")
      page.table(result.stepTable, caption: MapResult.stepCaption)
      page.figures(figures[MapResult.stepFigureNames])
    }
    page.settings(options.resolved, job: "map")
    page.paragraph(
      "Device data: \(options.design.device.source). Valid for: \(options.design.device.validity)")
    return page
  }
}

extension MapJob.Outcome {
  /// The text for the terminal.
  public var text: String {
    let (spread, merit) = (result.spread, result.merit)
    let interval = result.confidence.map {
      "\(merit.shown($0.lowerBound)) … \(merit.shown($0.upperBound))"
    }
    var lines = [
      "\(result.model) on \(result.device), \(counted(result.samples, "sample")) of \(result.data)",
      "",
      result.layerTable.plainText,
    ]
    if !result.rangeLines.isEmpty { lines += result.rangeLines + [""] }
    for notice in (result.deviceNotice.map { [$0] } ?? []) + result.dataNotices {
      lines += [notice, ""]
    }
    if !merit.isOfDigital {
      lines.append("digital \(merit.name)  \(merit.shown(result.digital))")
    }
    for baseline in result.baselines {
      lines.append("digital \(merit.name)  \(merit.shown(baseline.value)) (\(baseline.name))")
    }
    lines += [
      "analog \(merit.name)   \(merit.shown(spread)) "
        + (spread.count == 1
          ? "(one chip)" : "(mean ± standard deviation of \(spread.count) chips)")
    ]
    if let interval {
      lines.append(
        String(repeating: " ", count: merit.name.count + 10) + interval
          + " (95 % confidence of the mean)")
    }
    lines.append("")
    if !result.cost.isEmpty { lines.append(result.costTable.plainText) }
    if !result.events.isEmpty { lines.append(result.eventTable.plainText) }
    if let performance = result.performance { lines += [performance.line, ""] }
    if !result.steps.isEmpty {
      lines += ["a time step of the recurrent layers", "", result.stepTable.plainText]
    }
    lines.append("report: \(report)")
    return lines.joined(separator: "\n") + "\n"
  }

  /// The results as JSON, with the folder of the run.
  public func json() throws -> String {
    struct Document: Encodable {
      var folder: String
      var result: MapResult
    }
    return try JSONText.encode(Document(folder: folder, result: result))
  }
}
