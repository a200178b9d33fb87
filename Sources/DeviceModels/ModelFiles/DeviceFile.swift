import InputOutput
import StrictYAML

/// Everything that one file of `device-models/` says: any of its sections may be missing.
public struct DeviceFile: Sendable {
  /// The file's name without its ending.
  public let name: String
  /// One line that says what it is.
  public let title: String
  /// Where the numbers come from: DOI, figure, table.
  public let source: String
  /// Where they hold.
  public let validity: String
  /// The voltages for which its numbers hold; `nil` where the file does not say.
  public let voltages: VoltageRange?
  /// How it is written and read, and how it answers pulses.
  public let programming: DeviceModel?
  /// Its state equation.
  public let dynamics: DynamicsSection?
  /// At which rate it switches.
  public let switching: SwitchingSection?
  /// How its conductance fluctuates.
  public let fluctuations: FluctuationSection?
  /// What one reading adds: that of `programming`, or of a file that states no conductance window.
  public let readNoise: ReadNoise
  /// How its current follows the voltage while its state stands still.
  public let conduction: ConductionLaw?
  /// How statistics are extracted from the dynamics where a job needs them.
  public let extraction: ExtractionSection

  /// The answer to pulses, where the file has one.
  public var pulses: PulseModel? { programming?.pulses }

  /// What titles call the device: its name in the library, the title of a file elsewhere, such as the
  /// `device.yaml` of a fit.
  public var heading: String { DeviceLibrary.names.contains(name) ? name : title }

  /// The device called `name` in the library, or in the file `name`, some of its values replaced.
  /// - Throws: `InputErrors`: no such device, or every fault of its file with its line.
  public init(named name: String, overrides: [StrictOverride] = []) throws(InputErrors) {
    let path = try DeviceLibrary.path(of: name)
    try self.init(
      file: StrictFile(path: path, overrides: overrides), name: DeviceLibrary.shortName(path))
  }

  /// The device that `text` describes; faults carry `name`.
  public init(text: String, name: String) throws(InputErrors) {
    try self.init(file: StrictFile(text: text, source: name), name: name)
  }

  private init(file: StrictFile, name: String) throws(InputErrors) {
    let root = file.root
    self.name = name
    title = root.text("title")
    source = root.text("source")
    validity = root.text("validity")
    voltages = root.voltages
    programming = root.programming(name)
    dynamics = root.dynamics
    switching = root.switching
    fluctuations = root.fluctuations
    readNoise =
      programming?.readNoise
      ?? ReadNoise(reading: root.mapping("read-noise", required: false))
    conduction = root.conduction
    extraction = root.extraction
    if programming == nil && dynamics == nil && switching == nil && fluctuations == nil
      && conduction == nil && readNoise == .none
    {
      root.fault("none of the sections of a device is there, such as 'dynamics' or 'pulses'")
    }
    try file.finish()
  }
}

extension StrictNode {
  /// The keys of programming statistics, any of which asks for a conductance window. Read noise alone
  /// does not: it may come from a record of one state.
  static let programmingKeys = [
    "conductance-window", "write-error", "stuck-cells", "drift", "pulses", "write-verify",
    "read-voltage",
  ]

  fileprivate func programming(_ name: String) -> DeviceModel? {
    let given = Self.programmingKeys.map(has)
    return given.contains(true) ? DeviceModel(reading: self, name: name) : nil
  }

  fileprivate var dynamics: DynamicsSection? {
    let node = mapping("dynamics", required: false)
    return node.exists ? DynamicsSection(reading: node) : nil
  }

  fileprivate var switching: SwitchingSection? {
    let node = mapping("switching", required: false)
    return node.exists ? SwitchingSection(reading: node) : nil
  }

  fileprivate var fluctuations: FluctuationSection? {
    let node = mapping("fluctuations", required: false)
    return node.exists ? FluctuationSection(reading: node) : nil
  }

  /// The section `conduction`; `nil` where there is none.
  var conduction: ConductionLaw? {
    let node = mapping("conduction", required: false)
    return node.exists ? ConductionLaw(reading: node) : nil
  }

  /// The section `valid-voltages`; `nil` where there is none.
  var voltages: VoltageRange? {
    VoltageRange(reading: mapping("valid-voltages", required: false))
  }

  fileprivate var extraction: ExtractionSection {
    ExtractionSection(reading: mapping("extraction", required: false))
  }

  /// Reads all sections, so that a reader of one of them finds the faults of the others too.
  func checkOtherDeviceSections() {
    _ = programming("")
    _ = dynamics
    _ = switching
    _ = fluctuations
    _ = conduction
    _ = voltages
    _ = extraction
  }
}
