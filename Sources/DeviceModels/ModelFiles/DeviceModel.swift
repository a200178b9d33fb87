import InputOutput
import PhysicalUnits
import StrictYAML

/// One device as programming and reading see it: its conductance window, what goes wrong when it is
/// written, and what happens to it afterwards.
///
/// Read from a file of `device-models/`; every number there carries its unit and the file its source.
public struct DeviceModel: Sendable, Hashable {
  /// The file's name without its ending: "hfo2-1t1r".
  public var name: String
  /// One line that says what it is.
  public var title: String
  /// Where the numbers come from: DOI, figure, table.
  public var source: String
  /// Where they hold: temperatures, times, voltages.
  public var validity: String
  /// The voltages for which its numbers hold; `nil` where the file does not say.
  public var voltages: VoltageRange?
  /// The conductances it can take.
  public var window: ConductanceWindow
  /// What a write leaves behind.
  public var writeError: WriteError
  /// Cells that do not work.
  public var stuck: StuckCells
  /// What one read adds.
  public var readNoise: ReadNoise
  /// How a written conductance wanders off.
  public var drift: ConductanceDrift?
  /// How it answers programming pulses; `nil` where the file does not say.
  public var pulses: PulseModel?
  /// How `pulses` write its cells; `nil` for the statistics of window and write error.
  public var pulsedWrite: PulsedWrite?
  /// How its current follows the voltage at a fixed state.
  public var conduction: ConductionLaw
  /// The voltage that its conductance is read at.
  public var readVoltage: Volts
  /// Statistics that the file promises; a test holds the laws against them.
  public var checkPoints: [CheckPoint]
  /// How its statistics were extracted from its dynamics, in one sentence; `nil` where the file states them.
  public var extraction: String?

  /// What programming many cells to one target must give, at once or some time later.
  public struct CheckPoint: Sendable, Hashable {
    /// The target.
    public var target: Siemens
    /// Mean of programmed − target.
    public var meanError: Siemens
    /// Standard deviation of the programmed conductance.
    public var deviation: Siemens
    /// The time after programming; `nil` for as programmed.
    public var time: Seconds?
    /// The temperature in kelvins until then; `nil` for that of the drift law.
    public var temperature: Double?
    /// How far off either may be, relative to the deviation (plus what chance adds).
    public var tolerance: Double
  }

  /// Reads the file at `path`, some of its values replaced.
  /// - Throws: `InputErrors` with every fault of the file and its line.
  public init(
    path: String, name: String, overrides: [StrictOverride] = []
  ) throws(InputErrors) {
    let file = try StrictFile(path: path, overrides: overrides)
    self.init(reading: file.root, name: name)
    file.root.checkOtherDeviceSections()
    try file.finish()
  }

  /// Reads a file's content; `source` is the name that faults carry.
  public init(text: String, name: String) throws(InputErrors) {
    let file = try StrictFile(text: text, source: name)
    self.init(reading: file.root, name: name)
    file.root.checkOtherDeviceSections()
    try file.finish()
  }

  init(reading root: StrictNode, name: String) {
    self.name = name
    title = root.text("title")
    source = root.text("source")
    validity = root.text("validity")
    voltages = root.voltages
    window = ConductanceWindow(reading: root.mapping("conductance-window"))
    writeError = WriteError(reading: root.mapping("write-error", required: false))
    stuck = StuckCells(
      reading: root.mapping("stuck-cells", required: false), window: window)
    readNoise = ReadNoise(reading: root.mapping("read-noise", required: false))
    let driftNode = root.mapping("drift", required: false)
    drift = driftNode.exists ? ConductanceDrift(reading: driftNode) : nil
    conduction = root.conduction ?? .ohmic
    readVoltage = Volts(root.quantity("read-voltage", unit: "V", in: 1e-3...10, default: 0.2))
    checkPoints = root.child("check-points").elements().map { node in
      CheckPoint(
        target: Siemens(node.quantity("target", unit: "S", in: 0...1)),
        meanError: Siemens(node.quantity("mean-error", unit: "S", default: 0)),
        deviation: Siemens(node.quantity("deviation", unit: "S", in: 0...1)),
        time: node.optionalQuantity("time", unit: "s", in: 0...1e12).map(Seconds.init),
        temperature: node.optionalQuantity("temperature", unit: "K", in: 1...2000),
        tolerance: node.number("tolerance", in: 0...1, default: 0.02))
    }
    let pulsesNode = root.mapping("pulses", required: false)
    pulses = pulsesNode.exists ? PulseModel(reading: pulsesNode) : nil
    let verifying = root.mapping("write-verify", required: false)
    if verifying.exists {
      pulsedWrite = PulsedWrite(reading: verifying)
      if pulses == nil { verifying.fault("writing by pulses needs the section 'pulses'") }
    }
  }
}

extension DeviceModel {
  /// What a reader must know whose job reads the device at `voltage`, of either sign where `signed`: a sentence where
  /// that is outside of the range for which its numbers hold.
  ///
  /// - Parameter voltage: in volts; `nil` is the device's own read voltage.
  public func readNotices(voltage: Double? = nil, signed: Bool = true) -> [String] {
    let voltage = voltage ?? readVoltage.value
    return voltages?.notices(of: name, at: signed ? [-voltage, voltage] : [voltage]) ?? []
  }

  /// The time that the drift law counts where `time` passes at `kelvins`: longer where it is hotter than
  /// the law's temperature.
  public func driftTime(_ time: Seconds, at kelvins: Double?) -> Seconds {
    guard let kelvins, let factor = drift?.acceleration(at: kelvins) else { return time }
    return Seconds(time.value * factor)
  }

  /// What a reader must know who asks for the device `time` after programming, one sentence each: that it
  /// states no drift, no activation energy for another temperature, or no drift that long; and at which
  /// temperature it ages where that is the file's own and not room temperature.
  ///
  /// - Parameter option: the name of the option that sets another temperature, if there is one.
  public func driftNotices(
    time: Seconds, at kelvins: Double? = nil, option: String? = nil
  ) -> [String] {
    guard let drift else {
      return time.value > 0 || kelvins != nil
        ? ["the device '\(name)' states no drift: its conductances stay as written"] : []
    }
    var notices: [String] = []
    if let kelvins, drift.acceleration(at: kelvins) == nil {
      notices.append(
        "the device '\(name)' states no activation energy: the temperature changes nothing")
    }
    if kelvins == nil, time.value > 0, abs(drift.temperature - 298.15) > 10 {
      let other = option.map { ": \($0) sets another" } ?? ""
      notices.append(
        "'\(name)' is aged at \(significant(drift.temperature, digits: 6)) K, the temperature of the device file\(other)"
      )
    }
    let counted = driftTime(time, at: kelvins).value
    if let latest = drift.latest, counted > latest.value * (1 + 1e-9) {
      notices.append(
        "the drift of '\(name)' is known until \(significant(latest.value, digits: 6)) s, \(significant(counted, digits: 6)) s are asked for: what is beyond is extrapolated"
      )
    }
    return notices
  }
}
