import DeviceModels
import InputOutput
import Reporting

/// One of the jobs on a single device: `ohmweave device NAME`.
///
/// A new one is a file with such a type and a line in `DeviceJob.tasks`.
protocol DeviceTask: Sendable {
  /// The subcommand: "iv".
  static var name: String { get }
  /// Reads the device and the settings; faults gather in the reader.
  /// - Throws: `InputErrors` where the device file is wrong.
  init(_ reader: DeviceReader) throws
  /// Does the work.
  func run(_ context: RunContext) throws -> DeviceResult
}

/// What a job on a device found.
public struct DeviceResult: Sendable {
  /// The heading of the report.
  public var title: String
  /// One or two sentences below it.
  public var summary: String
  /// What the terminal shows; `metrics.csv`.
  public var table: Table
  /// What the table's caption says.
  public var caption: String
  /// How many of the table's first columns name a row.
  var labelColumns = 1
  /// Further files of the run.
  public var files: [(name: String, text: String)] = []
  /// What a reader must know, one sentence each.
  public var notes: [String] = []
  var figures: [Figure] = []

  init(title: String, summary: String, table: Table, caption: String) {
    self.title = title
    self.summary = summary
    self.table = table
    self.caption = caption
  }
}

/// The deviations of measured points from a curve.
struct Comparison {
  /// √mean(measured − curve)².
  var rootMeanSquare: Double

  /// - Precondition: as many of one as of the other.
  init(measured: [Double], curve: [Double]) {
    precondition(measured.count == curve.count, "a value of the curve a point")
    let errors = zip(measured, curve).map { abs($0 - $1) }.filter(\.isFinite)
    rootMeanSquare =
      (errors.reduce(0) { $0 + $1 * $1 } / Double(max(1, errors.count))).squareRoot()
  }
}

/// The value at `x` of straight lines through points with rising `xs`; NaN outside.
func interpolated(_ x: Double, _ xs: [Double], _ ys: [Double]) -> Double {
  guard let first = xs.first, let last = xs.last, x >= first, x <= last else { return .nan }
  var low = 0
  var high = xs.count - 1
  while high - low > 1 {
    let middle = (low + high) / 2
    if xs[middle] <= x { low = middle } else { high = middle }
  }
  guard high > low, xs[high] > xs[low] else { return ys[low] }
  return ys[low] + (x - xs[low]) / (xs[high] - xs[low]) * (ys[high] - ys[low])
}
