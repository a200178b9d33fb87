import InputOutput

/// A job that a study can run many times with changed settings, without a run directory.
///
/// The settings are those of the command of the same name, `seed` among them; a job reads them with a
/// `SettingsReader`, which refuses keys that the job does not have.
public protocol StudyJob: Sendable {
  /// The name in a study file.
  static var name: String { get }
  /// What stands in the place of settings that a study does not give; a chip a run, for one.
  static var studyDefaults: [(key: String, text: String)] { get }
  /// Keys of the command that mean nothing in a study, whose runs leave no files.
  static var excludedKeys: [String] { get }
  /// Reads the settings and runs nothing.
  /// - Throws: `InputError` or `InputErrors` where a key is unknown or a value wrong.
  init(_ settings: [Setting]) throws
  /// The files that the run reads: their checksums are kept beside the results.
  var inputFiles: [String] { get }
  /// Looks for faults that show only with the job's files open; runs nothing.
  /// - Throws: `InputError` or `InputErrors` with what is wrong.
  func check(_ setups: SetupCache) throws
  /// Runs the job. What is dear and the same for many runs is kept in `setups`.
  ///
  /// The result depends on the settings alone.
  func metrics(_ setups: SetupCache) throws -> [Metric]
}

extension StudyJob {
  public static var studyDefaults: [(key: String, text: String)] { [] }
  public static var excludedKeys: [String] { [] }
  public func check(_: SetupCache) throws {}
}
