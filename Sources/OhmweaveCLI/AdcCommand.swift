import ArgumentParser
import CircuitJobs
import Reporting

/// `ohmweave adc`: an activation function on a ramp converter made of memristors.
struct AdcCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adc",
    abstract: "Simulates a ramp converter whose codes are an activation function.",
    discussion: """
      Prints every threshold with its conductance; INL, DNL, missing codes and
      effective bits over the chips; and the effect of the read voltage on the
      codes. Writes run.yaml, metrics.csv, steps.csv, chips.npz, figures and
      report.html. Every option is also a key of a run file.

      EXAMPLES
        ohmweave adc --function sigmoid --bits 5 --device hfo2-1t1r
        ohmweave adc --function gelu --calibrate one-point --chips 200
        ohmweave adc --function "x/(1+exp(-x))" --domain=-6..6 --cells 64
      """)

  @Argument(help: "Run file (.yaml).")
  var runFile: String?

  @Option(help: "Activation function: a name, an expression in x, or a CSV table of x and y.")
  var function: String?

  @Option(
    help: "Input range of an expression, LOW..HIGH. (default: -8..8)")
  var domain: String?

  @Option(
    help: "Output range of the codes, LOW..HIGH. (default: that of the function)")
  var range: String?

  @Option(help: "Resolution in bits, 1 to 10. (default: 5)")
  var bits: String?

  @Option(help: "Placement of the levels: floor or mid-tread. (default: floor)")
  var convention: String?

  @Option(help: "Device: a name or a device file. (default: hfo2-1t1r)")
  var device: String?

  @Option(help: "Number of chips. (default: 1000)")
  var chips: String?

  @Option(help: "Calibration of a written ramp: none, one-point or mean-shift. (default: none)")
  var calibrate: String?

  @Option(help: "Resolution of the calibration, a conductance; 0 for any shift. (default: 0 S)")
  var calibrationStep: String?

  @Option(
    help:
      "Number of reads, with their noise, that the calibration is found from; 0 for exact thresholds. (default: 16)"
  )
  var calibrationReads: String?

  @Option(help: "Number of cells available for a ramp. (default: 2^bits)")
  var cells: String?

  @Option(
    help:
      "Number of calibration cells that set the start of a ramp; 0 for an exact start. (default: 5)"
  )
  var startCells: String?

  @Option(help: "Number of spare cells that replace failed cells of a ramp. (default: 0)")
  var spareCells: String?

  @Option(help: "Write error above which a cell counts as failed, a conductance. (default: 20 uS)")
  var replacementLimit: String?

  @Option(help: "Fraction of cells stuck off, 0 to 1. (default: that of the device)")
  var stuckOff: String?

  @Option(help: "Standard deviation of the comparator offset. (default: 0 V)")
  var comparatorOffset: String?

  @Option(help: "Noise of a comparison in calibration, relative to the ramp's span. (default: 0)")
  var comparatorNoise: String?

  @Option(help: "Time between writing and reading, such as '1 h'. (default: 0 s)")
  var time: String?

  @Option(help: "Whether the device's read noise applies: true or false. (default: true)")
  var readNoise: String?

  @Option(help: "Read voltage. (default: 0.2 V)")
  var readVoltage: String?

  @Option(help: "Initial voltage of the integrators. (default: 0.5 V)")
  var clampVoltage: String?

  @Option(help: "Duration of one unit of an input pulse. (default: 1 ns)")
  var inputPeriod: String?

  @Option(help: "Duration for which a ramp cell conducts. (default: 1 ns)")
  var rampPeriod: String?

  @Option(help: "Feedback capacitance of a column. (default: 10 pF)")
  var columnCapacitance: String?

  @Option(help: "Resolution of the inputs in bits, 1 to 16. (default: 5)")
  var inputBits: String?

  @Option(help: "Conductance of a weight of 1. (default: upper end of the window)")
  var unitConductance: String?

  @Option(help: "Relative change of conductance per kelvin at conductance 0. (default: 0)")
  var temperatureCoefficientLow: String?

  @Option(help: "Relative change per kelvin at the upper end of the window. (default: 0)")
  var temperatureCoefficientHigh: String?

  @Option(
    help:
      "Inputs for the tests of read voltage and temperature, LOW..HIGH. (default: the range of the thresholds)"
  )
  var inputs: String?

  @Option(help: "CSV file of x and code, drawn over the transfer curve.")
  var measured: String?

  @Option(
    help:
      "CSV file with one row per threshold, x and the conductance of the step to it in µS, compared with the design."
  )
  var reference: String?

  @OptionGroup var common: CommonOptions

  func run() throws {
    let settings =
      try (runFile.map { try RunFile.settings(in: $0, job: "adc") } ?? []) + givenSettings
    let outcome = try AdcJob(settings + common.settings).run(common.context())
    print(common.json ? try outcome.json() + "\n" : outcome.text, terminator: "")
  }
}
