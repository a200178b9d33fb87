import Foundation
import InputOutput
import NumericalMethods
import Randomness
import Reporting

/// The points of a study in their order, each with its repeats: row = point · repeats + repeat.
///
/// A point's values and a row's seed follow from the study and from their place alone, so that the
/// results are the same however the rows are split.
public struct Plan: Sendable {
  /// The study.
  public let study: Study
  /// How many points there are.
  public let pointCount: Int
  /// How many rows: points times repeats.
  public var rowCount: Int { pointCount * study.repeats }
  /// The place of every sampled point in the unit cube, point after point; empty for a grid.
  private let places: [Double]
  /// The most rows of a study: running and reporting it takes about 25 bytes of memory per row, 0.75 GB.
  public static let largestRowCount = 30_000_000
  /// The most sampled values, at 8 bytes each.
  static let largestSampleCount = 60_000_000
  /// The number of levels of each group of a grid.
  let groupCounts: [Int]
  /// How many points lie between two levels of a parameter of a grid, and how many levels it has.
  private var strides: [(stride: Int, count: Int)] = []

  /// Lays out the points.
  ///
  /// - Throws: `InputError` where there are more rows or sampled values than memory holds.
  public init(_ study: Study) throws(InputError) {
    self.study = study
    let dimensions = study.parameters.count
    var count = 1
    groupCounts =
      study.design == .grid ? study.groups.map { study.parameters[$0[0]].levels.count } : []
    let sampled: Int
    switch study.design {
    case .grid:
      for one in groupCounts {
        let (product, overflow) = count.multipliedReportingOverflow(by: one)
        count = overflow ? .max : product
      }
      sampled = 0
    case .sobol(let samples), .latinHypercube(let samples):
      count = samples
      sampled = samples * dimensions
    case .saltelli(let samples):
      count = samples * (dimensions + 2)
      sampled = samples * dimensions * 2
    }
    let (rows, overflow) = count.multipliedReportingOverflow(by: study.repeats)
    guard !overflow, rows <= Self.largestRowCount else {
      throw InputError(
        study.path,
        "the study has \(overflow || count == .max ? "more than 10^18" : "\(rows)") rows, at most "
          + "\(Self.largestRowCount) are possible: fewer levels, samples or repeats are needed")
    }
    guard sampled <= Self.largestSampleCount else {
      throw InputError(
        study.path,
        "the study samples \(sampled) values, at most \(Self.largestSampleCount) are possible")
    }
    pointCount = count
    switch study.design {
    case .grid: places = []
    case .sobol(let samples):
      places = SpaceFilling.sobol(count: samples, dimensions: dimensions)
    case .latinHypercube(let samples):
      places = SpaceFilling.latinHypercube(
        count: samples, dimensions: dimensions, key: StreamKey(seed: study.seed).child("design"))
    case .saltelli(let samples):
      places = SpaceFilling.sobol(count: samples, dimensions: 2 * dimensions)
    }
    guard study.design == .grid else { return }
    strides = Array(repeating: (1, 1), count: dimensions)
    var stride = count
    for (group, levels) in zip(study.groups, groupCounts) {
      stride /= levels
      for parameter in group { strides[parameter] = (stride, levels) }
    }
  }

  /// The level of parameter `parameter` at `point` of a grid.
  public func level(_ parameter: Int, point: Int) -> Int {
    point / strides[parameter].stride % strides[parameter].count
  }

  /// The place of `point` along a sampled parameter, in (0, 1).
  func place(_ parameter: Int, point: Int) -> Double {
    let k = study.parameters.count
    guard case .saltelli = study.design else { return places[point * k + parameter] }
    let part = point % (k + 2)
    let fromB = part == 1 || part == parameter + 2
    return places[point / (k + 2) * 2 * k + (fromB ? k : 0) + parameter]
  }

  /// The values of the parameters at `point`.
  public func values(at point: Int) -> [StudyValue] {
    let parameters = study.parameters
    return parameters.indices.map { j in
      study.design == .grid
        ? parameters[j].levels[level(j, point: point)]
        : parameters[j].value(at: place(j, point: point))
    }
  }

  /// The values of the derived parameters where the parameters are `values`.
  public func derivedValues(_ values: [StudyValue]) -> [Double] {
    guard !study.derived.isEmpty else { return [] }
    var known: [String: Double] = [:]
    for (parameter, value) in zip(study.parameters, values) { known[parameter.name] = value.number }
    return study.derived.map { one in
      let value = one.expression.value { known[$0] ?? .nan }
      known[one.name] = value
      return value
    }
  }

  /// The seed of one row: 63 bits, so that it fits a whole number of the database.
  public func seed(row: Int) -> UInt64 {
    if study.seeds == .consecutive {
      return (study.seed &+ UInt64(row % study.repeats)) & UInt64(Int64.max)
    }
    var key = StreamKey(seed: study.seed).child("study")
    if study.seeds == .independent { key = key.child(row / study.repeats) }
    var stream = RandomStream(key.child(row % study.repeats))
    return stream.next() >> 1
  }

  /// The job's settings of one row.
  ///
  /// - Throws: `RunError` where a derived parameter has no finite value.
  public func settings(row: Int) throws(RunError) -> [Setting] {
    var settings = study.job.studyDefaults.map {
      Setting(key: $0.key, text: $0.text, source: study.path)
    }
    settings += study.settings
    let values = values(at: row / study.repeats)
    func set(_ name: String, _ keys: [String], _ text: String) {
      for key in keys {
        settings.append(Setting(key: key, text: text, source: study.path, place: name))
      }
    }
    for (one, value) in zip(study.parameters, values) {
      set("parameters.\(one.name)", one.keys, value.setting(unit: one.unit))
    }
    for (one, value) in zip(study.derived, derivedValues(values)) {
      guard value.isFinite else {
        throw RunError("the derived parameter '\(one.name)' has no finite value here")
      }
      set("derived.\(one.name)", one.keys, StudyValue.number(value).setting(unit: one.unit))
    }
    settings.append(Setting(key: "seed", text: "\(seed(row: row))", source: study.path))
    return settings
  }

  /// The columns that the results have for the parameters: name, unit, and whether it holds numbers.
  public var columns: [(name: String, unit: String, isNumeric: Bool)] {
    study.parameters.map { ($0.name, $0.unit, $0.isNumeric) }
      + study.derived.map { ($0.name, $0.unit, true) }
  }

  /// What stands in `columns` at `point`.
  public func columnValues(at point: Int) -> [StudyValue] {
    let values = values(at: point)
    return values + derivedValues(values).map(StudyValue.number)
  }

  /// What decides the results, as one text: two studies with the same text have the same rows.
  public var description: String {
    var lines = ["job \(study.job.name)", "repeats \(study.repeats)", "seed \(study.seed)"]
    lines.append("seeds \(study.seeds.rawValue)")
    lines.append("design \(study.design)")
    for setting in study.settings.sorted(by: { $0.key < $1.key }) {
      lines.append("setting \(YAMLText.scalar(setting.key)) \(YAMLText.scalar(setting.text))")
    }
    for one in study.parameters {
      lines.append("parameter \(one.name) sets \(one.keys) unit \(YAMLText.scalar(one.unit))")
      lines.append("  levels \(one.levels.map { YAMLText.scalar($0.setting(unit: "")) })")
      if let range = one.range {
        lines.append("  range \(range) logarithmic \(one.isLogarithmic) whole \(one.isWhole)")
      }
    }
    lines.append("groups \(study.groups)")
    for one in study.derived {
      lines.append(
        "derived \(one.name) sets \(one.keys) unit \(YAMLText.scalar(one.unit)) "
          + YAMLText.scalar(one.expression.text))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The checksum of `description`.
  public var identity: String {
    Array(description.utf8).withUnsafeBytes { SHA256.hexadecimal($0) }
  }

  /// Reads the settings of the first point and of every other level, so that wrong keys and values
  /// are told before anything runs.
  ///
  /// - Returns: the files that these points' jobs read.
  /// - Throws: `InputErrors` with every fault.
  @discardableResult
  public func check() throws(InputErrors) -> [String] {
    var points = [0]
    if study.design == .grid {
      var stride = pointCount
      for count in groupCounts {
        stride /= count
        points += (1..<min(count, 200)).map { $0 * stride }
      }
    } else {
      points += 1..<min(pointCount, 50)
    }
    var faults: [InputError] = []
    var files: Set<String> = []
    let setups = SetupCache()
    for point in points {
      func add(_ fault: InputError) { if !faults.contains(fault) { faults.append(fault) } }
      do {
        let settings = try settings(row: point * study.repeats)
        for one in settings where study.job.excludedKeys.contains(one.key) {
          add(
            InputError(
              one.source, at: one.place,
              "'\(one.key)' has no meaning in a study, whose runs leave no files"))
        }
        let job = try study.job.init(settings)
        try job.check(setups)
        files.formUnion(job.inputFiles)
      } catch let errors as InputErrors {
        errors.faults.forEach(add)
      } catch let error as InputError {
        add(error)
      } catch {
        add(InputError(study.path, "\(error)"))
      }
    }
    guard faults.isEmpty else {
      throw InputErrors(
        faults.map { fault in
          InputError(
            fault.source, at: fault.place, fault.problem)
        })
    }
    return files.sorted()
  }
}
