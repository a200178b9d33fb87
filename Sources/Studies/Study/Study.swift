import Foundation
import InputOutput
import Reporting
import StrictYAML

/// What a study file says: a job, what it is run with, what varies, and how often.
///
/// See docs/sweep.md for the file.
public struct Study: Sendable {
  /// How the points are laid out.
  public enum Design: Hashable, Sendable {
    /// Every combination of the levels, the last parameter running fastest.
    case grid
    /// Points of Sobol's sequence.
    case sobol(Int)
    /// A Latin hypercube.
    case latinHypercube(Int)
    /// Saltelli's design for sensitivity indices, from this many base points.
    case saltelli(Int)
  }

  /// The seeds of the rows.
  public enum Seeds: String, CaseIterable, Sendable {
    /// Another seed for every row, from the study's seed and the row's place.
    case independent
    /// Repeat r has the same seed at all points.
    case shared
    /// Repeat r has the study's seed plus r at all points: what single runs with these seeds give.
    case consecutive
  }

  /// What a chip must reach to count as good.
  public struct Limit: Hashable, Sendable {
    /// The metric.
    public var metric: String
    /// The smallest and the largest value that are good.
    public var minimum: Double
    public var maximum: Double
  }

  /// How tables and figures show a metric.
  public struct MetricStyle: Hashable, Sendable {
    /// The metric as the job calls it.
    public var name: String
    /// What axes say, with the unit.
    public var label: String
    /// The factor between the stored and the shown number.
    public var scale: Double
  }

  /// The file's path and whole text.
  public var path: String
  public var text: String
  public var title: String
  public var job: any StudyJob.Type
  /// The jobs that its file may name.
  let jobs: [any StudyJob.Type]
  /// The settings of every point.
  public var settings: [Setting]
  public var parameters: [StudyParameter]
  /// Parameters that take their values together, by their place; each once, those not zipped alone.
  public var groups: [[Int]]
  public var derived: [DerivedParameter]
  public var design: Design
  /// How often each point runs, each time with another seed.
  public var repeats: Int
  public var seed: UInt64
  /// The seeds of the rows.
  public var seeds: Seeds
  public var specification: [Limit]
  public var metrics: [MetricStyle]
  public var figures: [FigureRequest]
  public var cluster: ClusterOptions

  /// Reads the study at `path`.
  ///
  /// - Parameters:
  ///   - seed: stands in the place of the file's.
  ///   - jobs: the jobs that it may name.
  /// - Throws: `InputErrors` with every fault of the file.
  public init(path: String, seed: UInt64? = nil, jobs: [any StudyJob.Type]) throws(InputErrors) {
    let text: String
    do { text = try InputFile.text(of: path, limit: StrictFile.largestSize) } catch {
      throw InputErrors([error])
    }
    try self.init(text: text, path: path, seed: seed, jobs: jobs)
  }

  /// Reads the text of a study; faults carry `path`.
  public init(
    text: String, path: String, seed: UInt64? = nil, jobs: [any StudyJob.Type]
  ) throws(InputErrors) {
    let file = try StrictFile(text: text, source: path)
    self.init(
      reading: file.root, title: file.root.text("study"), text: text, path: path, seed: seed,
      jobs: jobs)
    try file.finish()
  }

  /// Reads a study that is a part of a file; faults gather in the file of `root`.
  init(
    reading root: StrictNode, title: String, text: String, path: String, seed: UInt64?,
    jobs: [any StudyJob.Type]
  ) {
    let reader = StudyReader(root: root, path: path)
    self.path = path
    self.text = text
    self.title = title
    job = reader.job(jobs)
    self.jobs = jobs
    settings = reader.settings()
    design = reader.design()
    parameters = reader.parameters(design)
    groups = reader.groups(parameters, design)
    derived = reader.derived(parameters)
    repeats = root.integer("repeats", in: 1...10_000_000, default: 1)
    let ownSeed = root.integer("seed", in: 0...Int.max, default: 1)
    self.seed = seed ?? UInt64(ownSeed)
    seeds = root.choice("seeds", of: Seeds.self, default: .independent)
    specification = reader.specification()
    metrics = reader.metrics()
    figures = reader.figures(parameters)
    cluster = ClusterOptions(reading: root.mapping("slurm", required: false))
    if root.has("provenance") { root.child("provenance").acceptAll() }
    reader.checkNames(parameters, derived, settings)
  }
}
