import InputOutput
import LinearAlgebra
import StrictYAML

/// One value that somebody gave for one key of a job, and where it was given.
///
/// Options of the command line and keys of a run file are the same thing: `--adc-bits 6` and
/// `adc-bits: 6` both become `Setting(key: "adc-bits", text: "6")`.
public struct Setting: Hashable, Sendable {
  /// The key, in words joined by hyphens.
  public var key: String
  /// The value as it was written.
  public var text: String
  /// The file, or the option, that errors name.
  public var source: String
  /// The place in the file; empty for an option.
  public var place: String

  /// What stands in a file.
  public init(key: String, text: String, source: String, place: String = "") {
    self.key = key
    self.text = text
    self.source = source
    self.place = place
  }

  /// What was given on the command line: errors name `--key`.
  public init(option key: String, _ text: String) {
    self.init(key: key, text: text, source: "--\(key)")
  }
}

/// A run file: the job's name and its settings, in YAML.
///
/// ```yaml
/// job: map
/// model: model.onnx
/// adc-bits: 6
/// ```
/// The `run.yaml` that a run leaves behind is one; keys below `provenance` are for the reader.
public enum RunFile {
  /// The key below `provenance` for the `ArithmeticMode` of the run.
  package static let arithmeticKey = "arithmetic"

  /// The first line of the `run.yaml` of a run of this process: the command that repeats it.
  package static func heading(job: String) -> String {
    "# Run again: ohmweave \(job) run.yaml"
      + (ArithmeticMode.current == .portable ? " --portable" : "")
  }

  /// The refusal to go on in another mode with results that were begun in the mode `begun`.
  package static func arithmeticRefusal(_ path: String, begun: String) -> InputError {
    InputError(
      path,
      begun == ArithmeticMode.portable.rawValue
        ? "was begun with --portable, which is expected again: without it the bits differ"
        : "was begun without --portable and goes on without it: with it the bits differ")
  }

  /// Whether the file at `path` is YAML with a key `job`.
  public static func isRunFile(_ path: String) -> Bool {
    guard path.hasSuffix(".yaml") || path.hasSuffix(".yml"),
      let file = try? StrictFile(path: path)
    else { return false }
    return file.root.keys.contains("job")
  }

  /// The settings in the run file at `path`.
  /// - Throws: `InputErrors` where the file is not a run file of `job`, or a value is not one text.
  public static func settings(in path: String, job: String) throws(InputErrors) -> [Setting] {
    let file = try StrictFile(path: path)
    let named = file.root.text("job")
    if named != job {
      file.root.child("job").fault("this is a run file of '\(named)', '\(job)' is expected")
    }
    var settings: [Setting] = []
    for key in file.root.keys where key != "job" {
      if key == "provenance" {
        file.root.child(key).acceptAll()
        continue
      }
      let child = file.root.child(key)
      if let text = child.text() {
        settings.append(Setting(key: key, text: text, source: path, place: child.place))
      }
    }
    try file.finish()
    return settings
  }

  /// The settings in the run file `argument`; where it is none, `argument` itself as the setting `key`.
  /// - Throws: `InputErrors`; see `settings(in:job:)`.
  public static func settings(
    in argument: String, job: String, orOption key: String
  ) throws(InputErrors) -> [Setting] {
    isRunFile(argument)
      ? try settings(in: argument, job: job) : [Setting(option: key, argument)]
  }
}
