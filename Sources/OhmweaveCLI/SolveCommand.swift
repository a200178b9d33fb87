import ArgumentParser
import Experiments

/// `ohmweave solve`: one array with its wires.
struct SolveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "solve",
    abstract: "Solves one array with its wires for every node's voltage.",
    discussion: """
      The array is a run file (circuits/arrays/), or NPZ files with G (siemens, word
      lines × bit lines), V (volts) and, if segments differ, RR and RC (ohms); see
      docs/solve.md. Writes run.yaml, metrics.csv, outputs.csv, solution.npz, maps
      of voltages, currents and voltage drop, and report.html.

      EXAMPLES
        ohmweave solve circuits/arrays/sinh-64.yaml
        ohmweave solve --conductances G.npz --inputs V.npz --wire-resistance 2ohm
        ohmweave solve --rows 16 --columns 16 --check ngspice --netlist out.cir
      """)

  @Argument(help: "A run file (.yaml) with the options below as keys.")
  var array: String?

  @Option(help: ArgumentHelp("An NPZ file with the array G.", valueName: "npz"))
  var conductances: String?

  @Option(help: ArgumentHelp("An NPZ file with the array V.", valueName: "npz"))
  var inputs: String?

  @Option(help: "Word lines of a random array. (default: 64)")
  var rows: String?

  @Option(help: "Bit lines of a random array. (default: 64)")
  var columns: String?

  @Option(help: "Its smallest conductance. (default: 1 uS)")
  var lowestConductance: String?

  @Option(help: "Its largest conductance; their logarithms are uniform. (default: 150 uS)")
  var highestConductance: String?

  @Option(help: "The largest of random input voltages. (default: 0.2 V)")
  var voltage: String?

  @Option(help: "Resistance of one segment of a line. (default: 1 Ohm)")
  var wireResistance: String?

  @Option(help: "The same, for word lines only.")
  var wordResistance: String?

  @Option(help: "The same, for bit lines only.")
  var bitResistance: String?

  @Option(help: "Between a source and its line's first cell. (default: 0 Ohm)")
  var sourceResistance: String?

  @Option(help: "Between a bit line's last cell and its virtual ground. (default: 0 Ohm)")
  var senseResistance: String?

  @Option(help: "crossing, or source-lines along the driven lines. (default: crossing)")
  var arrangement: String?

  @Option(
    help: "Word lines' far ends: open, connected (to the source) or grounded. (default: open)")
  var wordFarEnd: String?

  @Option(help: "The same of bit lines; connected is to the read-out. (default: open)")
  var bitFarEnd: String?

  @Option(help: "Of the far ends' connections. (default: as wire-resistance)")
  var farResistance: String?

  @Option(
    help: ArgumentHelp(
      "forwards, transposed, floating, half-voltage-write or third-voltage-write.",
      discussion: "(default: forwards)"))
  var mode: String?

  @Option(help: "The voltage of a write. (default: 1 V)")
  var writeVoltage: String?

  @Option(help: "The word line of the cell that is written. (default: 0)")
  var writeRow: String?

  @Option(help: "Its bit line. (default: 0)")
  var writeColumn: String?

  @Option(help: "Outputs: none, interleaved or separate pairs of columns. (default: none)")
  var pairs: String?

  @Option(help: "Of every node to ground, for the outputs' Elmore delays. (default: 0 F)")
  var capacitance: String?

  @Option(help: "Settling times to half a bit of so many; up to 256 cells. (default: 0, none)")
  var settlingBits: String?

  @Option(
    help: ArgumentHelp(
      "A device by name or file: its window bounds random cells, its conduction gives their law.",
      valueName: "name"))
  var device: String?

  @Option(
    help: """
      ohmic, sinh, cubic, exponential, poole-frenkel, table or device. (default: the device's where its \
      file tells one, else ohmic)
      """)
  var law: String?

  @Option(help: ArgumentHelp("An NPZ file with V and I, a measured curve.", valueName: "npz"))
  var table: String?

  @Option(help: "Its parameter, in 1/V, 1/V² (cubic) or 1/√V (poole-frenkel). (default: 2)")
  var steepness: String?

  @Option(help: "In series in each cell: none, resistor, transistor or selector. (default: none)")
  var access: String?

  @Option(help: "The resistor's resistance. (default: 1 kOhm)")
  var accessResistance: String?

  @Option(help: "The transistor's β in A/V². (default: 2e-4)")
  var transistorGain: String?

  @Option(help: "Its gate voltage less its threshold. (default: 1 V)")
  var transistorOverdrive: String?

  @Option(help: "Its channel-length modulation in 1/V. (default: 0.05)")
  var transistorModulation: String?

  @Option(help: "The selector's conductance below its threshold. (default: 1 nS)")
  var selectorOff: String?

  @Option(help: "Its conductance above it. (default: 1 mS)")
  var selectorOn: String?

  @Option(help: "Its threshold voltage. (default: 0.3 V)")
  var selectorThreshold: String?

  @Option(help: "Over how many volts it opens. (default: 20 mV)")
  var selectorWidth: String?

  @Option(help: "Kirchhoff residual relative to the largest current. (default: 1e-9)")
  var tolerance: String?

  @Option(help: "none, or ngspice: run the netlist and compare. (default: none)")
  var check: String?

  @Option(help: ArgumentHelp("Where to write the SPICE netlist.", valueName: "cir"))
  var netlist: String?

  @OptionGroup var common: CommonOptions

  func run() throws {
    var settings: [Setting] = []
    if let array { settings = try RunFile.settings(in: array, job: "solve") }
    settings += givenSettings + common.settings
    let outcome = try SolveJob(settings).run(common.context())
    if common.json {
      print(try outcome.figures.json())
    } else {
      print(outcome.figures.plainText, terminator: "")
      print("\nOutputs, fields and figures: \(outcome.folder)/report.html")
    }
  }
}
