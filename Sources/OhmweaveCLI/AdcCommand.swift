import ArgumentParser
import Experiments

/// `ohmweave adc`: an activation on a ramp converter made of memristors.
struct AdcCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adc",
    abstract: "Simulates a ramp converter whose codes are the activation.",
    discussion: """
      Prints every threshold with its conductance, INL, DNL, missing codes and
      effective bits over the chips, and what read voltage does to the codes;
      writes run.yaml, metrics.csv, steps.csv, chips.npz, figures and report.html.
      Every option is also a key of a run file.

      EXAMPLES
        ohmweave adc --function sigmoid --bits 5 --device hfo2-1t1r
        ohmweave adc --function gelu --calibrate one-point --chips 200
        ohmweave adc --function "x/(1+exp(-x))" --domain=-6..6 --cells 64
      """)

  @Argument(help: "A run file.")
  var runFile: String?

  @Option(help: "A name, an expression in x, or a CSV table of x and y.")
  var function: String?

  @Option(help: "The inputs that an expression covers, LOW..HIGH. (default: -8..8)")
  var domain: String?

  @Option(help: "The outputs that the codes cover, LOW..HIGH. (default: the function's own)")
  var range: String?

  @Option(help: "Bits, 1 to 10. (default: 5)")
  var bits: String?

  @Option(help: "floor or mid-tread. (default: floor)")
  var convention: String?

  @Option(help: "The device: a name or a device file. (default: hfo2-1t1r)")
  var device: String?

  @Option(help: "How many chips are written. (default: 1000)")
  var chips: String?

  @Option(help: "none, one-point or mean-shift. (default: none)")
  var calibrate: String?

  @Option(help: "The steps of the calibration, a conductance. (default: 0 S, any shift)")
  var calibrationStep: String?

  @Option(help: "Cells that a ramp may have. (default: 2^bits)")
  var cells: String?

  @Option(help: "Calibration cells that make a ramp's start; 0 for no error. (default: 5)")
  var startCells: String?

  @Option(help: "Spare cells of a ramp that replace failed ones. (default: 0)")
  var spareCells: String?

  @Option(help: "The error from which a cell has failed, a conductance. (default: 20 uS)")
  var replacementLimit: String?

  @Option(help: "Share of cells stuck off, instead of the device's.")
  var stuckOff: String?

  @Option(help: "Standard deviation of the comparators' offsets. (default: 0 V)")
  var comparatorOffset: String?

  @Option(help: "The time between writing and reading, such as '1 h'. (default: 0 s)")
  var time: String?

  @Option(help: "Whether the device's read noise counts: true or false. (default: true)")
  var readNoise: String?

  @Option(help: "Read voltage. (default: 0.2 V)")
  var readVoltage: String?

  @Option(help: "Voltage where the integrators start. (default: 0.5 V)")
  var clampVoltage: String?

  @Option(help: "One unit of an input pulse. (default: 1 ns)")
  var inputPeriod: String?

  @Option(help: "How long a ramp cell conducts. (default: 1 ns)")
  var rampPeriod: String?

  @Option(help: "Feedback capacitor of a column. (default: 10 pF)")
  var columnCapacitance: String?

  @Option(help: "Bits of the inputs. (default: 5)")
  var inputBits: String?

  @Option(help: "Conductance of one unit of weight. (default: the window's upper end)")
  var unitConductance: String?

  @Option(help: "Relative change of conductance a kelvin at conductance 0. (default: 0)")
  var temperatureCoefficientLow: String?

  @Option(help: "The same at the window's upper end. (default: 0)")
  var temperatureCoefficientHigh: String?

  @Option(help: "Inputs to judge read voltage and temperature on, LOW..HIGH.")
  var inputs: String?

  @Option(help: "Measured codes: a CSV file of x and code.")
  var measured: String?

  @OptionGroup var common: CommonOptions

  func run() throws {
    let settings =
      try (runFile.map { try RunFile.settings(in: $0, job: "adc") } ?? []) + givenSettings
    let outcome = try AdcJob(settings + common.settings).run(common.context())
    print(common.json ? try outcome.json() + "\n" : outcome.text, terminator: "")
  }
}
