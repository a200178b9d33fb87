import ArgumentParser
import CircuitJobs
import Reporting

/// `ohmweave solve`: one array with its wires.
struct SolveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "solve",
    abstract:
      "Solves one array with its wires, or a resistive network, for the voltage of every node.",
    discussion: """
      The array is given by a run file (circuits/arrays/), or by NPZ files with G
      (siemens, word lines × bit lines), V (volts) and, if segments differ, RR and
      RC (ohms); see docs/solve.md. Without them it is random. Writes run.yaml,
      metrics.csv, outputs.csv, solution.npz, maps of voltages, currents and
      voltage drop, and report.html.

      EXAMPLES
        ohmweave solve circuits/arrays/sinh-64.yaml
        ohmweave solve --conductances G.npz --inputs V.npz --wire-resistance 2ohm
        ohmweave solve --rows 16 --columns 16 --check ngspice --netlist out.cir
        ohmweave solve circuits/networks/settling-6-4-2.yaml --nudge 0.1S
      """)

  @Argument(help: "Run file (.yaml) with the options below as keys.")
  var array: String?

  @Option(
    help: ArgumentHelp(
      "File of a resistive network instead of an array (circuits/networks/); see docs/solve.md.",
      valueName: "yaml"))
  var network: String?

  @Option(help: "Nudge the outputs of a network to their targets, in siemens. (default: 0 S)")
  var nudge: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Value of the network's file to replace; repeatable.", valueName: "parameter=value"))
  var replaced: [String] = []

  @Option(help: ArgumentHelp("NPZ file with the conductances G.", valueName: "npz"))
  var conductances: String?

  @Option(help: ArgumentHelp("NPZ file with the input voltages V.", valueName: "npz"))
  var inputs: String?

  @Option(help: "Number of word lines of a random array. (default: 64)")
  var rows: String?

  @Option(help: "Number of bit lines of a random array. (default: 64)")
  var columns: String?

  @Option(help: "Smallest conductance of a random array. (default: 1 uS)")
  var lowestConductance: String?

  @Option(help: "Largest conductance of a random array, log-uniform. (default: 150 uS)")
  var highestConductance: String?

  @Option(help: "Largest random input voltage. (default: 0.2 V)")
  var voltage: String?

  @Option(help: "Wire resistance per segment, at both ends of lines too. (default: 1 Ohm)")
  var wireResistance: String?

  @Option(help: "Wire resistance per segment of word lines. (default: as wire-resistance)")
  var wordResistance: String?

  @Option(help: "Wire resistance per segment of bit lines. (default: as wire-resistance)")
  var bitResistance: String?

  @Option(
    help:
      "Resistance between a source and the first cell of its line. (default: as wire-resistance)")
  var sourceResistance: String?

  @Option(
    help:
      "Resistance between the last cell of a bit line and virtual ground. (default: as wire-resistance)"
  )
  var senseResistance: String?

  @Option(
    help:
      "Arrangement of the lines: crossing, or source-lines parallel to the driven lines. (default: crossing)"
  )
  var arrangement: String?

  @Option(
    help: "Far ends of word lines: open, connected (to the source) or grounded. (default: open)")
  var wordFarEnd: String?

  @Option(
    help: "Far ends of bit lines: open, connected (to the read-out) or grounded. (default: open)")
  var bitFarEnd: String?

  @Option(help: "Resistance of the connections of the far ends. (default: as wire-resistance)")
  var farResistance: String?

  @Option(
    help: ArgumentHelp(
      "Operation: forwards, transposed, floating, half-voltage-write, third-voltage-write or sneak-path-read.",
      discussion: "(default: forwards)"))
  var mode: String?

  @Option(help: "Write voltage. (default: 1 V)")
  var writeVoltage: String?

  @Option(help: "Word line of the selected cell, from 0. (default: 0)")
  var writeRow: String?

  @Option(help: "Bit line of the selected cell, from 0. (default: 0)")
  var writeColumn: String?

  @Option(
    help:
      "Writes of other cells that a cell of --device sees; reports its conductance. (default: 0)")
  var halfSelects: String?

  @Option(
    help: ArgumentHelp(
      "State of the device before --half-selects, such as '0.3 nm': one value per component.",
      discussion: "(default: that of a fresh device)", valueName: "value,…"))
  var startState: String?

  @Option(help: "Duration of one write. (default: 100 ns)")
  var writeWidth: String?

  @Option(help: "Voltage at which conductances of --half-selects are read. (default: 0.1 V)")
  var readVoltage: String?

  @Option(help: "Differential pairs of columns: none, interleaved or separate. (default: none)")
  var pairs: String?

  @Option(
    help:
      "Capacitance of every node to ground, for the Elmore delays of the outputs. (default: 0 F)")
  var capacitance: String?

  @Option(help: "Capacitance of a network's lines, per cell on each line. (default: 0 F)")
  var lineCapacitance: String?

  @Option(
    help:
      "Report the settling times to half an LSB of this many bits; up to 256 cells. (default: 0, none)"
  )
  var settlingBits: String?

  @Option(
    help: ArgumentHelp(
      "Device name or file: its window bounds random cells, its conduction sets their law.",
      valueName: "name"))
  var device: String?

  @Option(
    help: """
      I–V law of the cells: ohmic, sinh, cubic, exponential, poole-frenkel, table or device. (default: \
      device if its file has one, else ohmic)
      """)
  var law: String?

  @Option(
    help: ArgumentHelp("NPZ file with V and I, a measured curve for --law table.", valueName: "npz")
  )
  var table: String?

  @Option(help: "Parameter of the law, in 1/V, 1/V² (cubic) or 1/√V (poole-frenkel). (default: 2)")
  var steepness: String?

  @Option(
    help: "Series element of each cell: none, resistor, transistor or selector. (default: none)")
  var access: String?

  @Option(help: "Resistance of the resistor. (default: 1 kOhm)")
  var accessResistance: String?

  @Option(help: "β of the transistor in A/V². (default: 2e-4)")
  var transistorGain: String?

  @Option(help: "Gate overdrive of the transistor. (default: 1 V)")
  var transistorOverdrive: String?

  @Option(help: "Channel-length modulation of the transistor in 1/V. (default: 0.05)")
  var transistorModulation: String?

  @Option(help: "Conductance of the selector below threshold. (default: 1 nS)")
  var selectorOff: String?

  @Option(help: "Conductance of the selector above threshold. (default: 1 mS)")
  var selectorOn: String?

  @Option(help: "Threshold voltage of the selector. (default: 0.3 V)")
  var selectorThreshold: String?

  @Option(help: "Width of the selector's transition. (default: 20 mV)")
  var selectorWidth: String?

  @Option(help: "Allowed Kirchhoff residual relative to the largest current. (default: 1e-9)")
  var tolerance: String?

  @Option(help: "Check: none, or ngspice: solve the netlist and compare. (default: none)")
  var check: String?

  @Option(help: ArgumentHelp("SPICE netlist to write.", valueName: "cir"))
  var netlist: String?

  @OptionGroup var common: CommonOptions

  func run() throws {
    var settings: [Setting] = []
    if let array {
      settings =
        NetworkSolveJob.isNetworkFile(array)
        ? [Setting(option: "network", array)] : try RunFile.settings(in: array, job: "solve")
    }
    settings += givenSettings + common.settings
    guard NetworkSolveJob.accepts(settings) else { return try solveArray(settings) }
    settings += try Setting.replacing("network", replaced)
    let outcome = try NetworkSolveJob(settings).run(common.context())
    if common.json { return print(try outcome.figures.json()) }
    print(outcome.figures.plainText, terminator: "")
    if outcome.nodes.rows.count <= 40 {
      print("\n" + outcome.nodes.plainText, terminator: "")
    }
    print("\nNodes, branches and figures: \(outcome.folder)/report.html")
  }

  private func solveArray(_ settings: [Setting]) throws {
    guard replaced.isEmpty else {
      throw ValidationError("--set replaces values of a network's file: give one with --network.")
    }
    let outcome = try SolveJob(settings).run(common.context())
    if common.json {
      print(try outcome.figures.json())
    } else {
      print(outcome.figures.plainText, terminator: "")
      print("\nOutputs, fields and figures: \(outcome.folder)/report.html")
    }
  }
}
