import DeviceModels
import Foundation
import InputOutput
import Reporting

/// One job on a single device: does it and writes the run directory.
public struct DeviceJob: Sendable {
  static let tasks: [any DeviceTask.Type] = [
    LoopTask.self, PulseTask.self, SwitchTask.self, NoiseTask.self, RetentionTask.self,
    ExtractTask.self, FitTask.self,
  ]

  private let task: any DeviceTask
  private let name: String
  private let resolved: [(key: String, text: String)]

  /// The job `name` with `settings`.
  /// - Precondition: `name` is that of one of `tasks`.
  /// - Throws: `InputErrors` with the faults of the device file or of the settings.
  public init(_ name: String, _ settings: [Setting]) throws {
    guard let type = Self.tasks.first(where: { $0.name == name }) else {
      preconditionFailure("no job '\(name)' on devices")
    }
    let reader = DeviceReader(settings)
    task = try type.init(reader)
    try reader.finish()
    self.name = name
    resolved = reader.resolved
  }

  /// What a run ended with.
  public struct Outcome: Sendable {
    /// What was found.
    public let result: DeviceResult
    /// The folder of the run.
    public let folder: String

    /// What the terminal shows.
    public var text: String {
      var lines = [result.title, "", result.table.plainText]
      lines += result.notes.map { "note: \($0)" }
      if !result.notes.isEmpty { lines.append("") }
      lines += result.files.map {
        "\(($0.name as NSString).deletingPathExtension): \(folder)/\($0.name)"
      }
      lines.append("report: \(folder)/report.html")
      return lines.joined(separator: "\n") + "\n"
    }

    /// The same as JSON.
    public func json() throws -> String {
      struct Document: Encodable {
        var title: String
        var folder: String
        var notes: [String]
        var rows: [[String: Table.Cell]]
      }
      return try JSONText.encode(
        Document(
          title: result.title, folder: folder, notes: result.notes, rows: result.table.objects))
    }
  }

  /// Runs the job.
  /// - Throws: `InputError` or `InputErrors` for measured files; `RunError` where a device cannot be
  ///   integrated, a fit fails or the run directory cannot be written.
  public func run(_ context: RunContext) throws -> Outcome {
    let directory = try RunDirectory(
      at: context.output ?? "runs/device-\(name)", job: "device \(name)",
      overwrites: context.overwrites, reads: resolved.map(\.text))
    Gnuplot.announce(to: context.progress)
    let result = try task.run(context)
    try directory.writeRunFile(settings: resolved, provenance: [])
    try directory.write(result.table.csv, to: "metrics.csv")
    for file in result.files { try directory.write(file.text, to: file.name) }
    let drawn = DrawnFigures(result.figures, context.figures, progress: context.progress)
    try drawn.write(with: directory.write)
    var page = HTMLReport(title: result.title, summary: result.summary)
    for note in result.notes { page.paragraph("Note: \(note)") }
    page.figures(drawn.drawings)
    page.failures(of: drawn)
    page.table(result.table, caption: result.caption)
    page.settings(resolved, job: "device \(name)")
    try directory.write(page.html, to: "report.html")
    try directory.finish()
    return Outcome(result: result, folder: directory.path)
  }
}
