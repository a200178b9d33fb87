import ArrayFiles
import Foundation
import InputOutput
import NumericalMethods

extension ActivationCurve {
  /// The names of the functions that have extrema.
  public static let splitNames = ["gelu", "silu", "sine"]

  /// All names that `init(describedBy:domain:)` knows.
  public static var names: [String] { (ActivationFunction.names + splitNames).sorted() }

  /// The function that `text` says: a name, a CSV file with two columns x and y (it ends in .csv), or an
  /// expression in x such as "x/(1+exp(-x))".
  ///
  /// - Parameter domain: the inputs that an expression or a function with extrema covers; `nil` for
  ///   −8…8, and −π…π for the sine. A table covers its own.
  /// - Throws: `InputError` where the name is unknown, the file or the expression cannot be read, or
  ///   the function is not finite.
  public init(describedBy text: String, domain: ClosedRange<Double>? = nil) throws(InputError) {
    if ActivationFunction.names.contains(text) {
      self.init(try ActivationFunction.named(text))
      return
    }
    let usual = domain ?? -8...8
    switch text {
    case "gelu":
      try self.init(
        name: text, domain: usual, value: { 0.5 * $0 * (1 + erf($0 / 2.0.squareRoot())) })
    case "silu":
      try self.init(
        name: text, domain: usual, value: { $0 / (1 + exp(-$0)) })
    case "sine":
      try self.init(
        name: text, domain: domain ?? -Double.pi...Double.pi, value: { sin($0) })
    default:
      if text.hasSuffix(".csv") {
        try self.init(table: text)
      } else if text == "x"
        || text.contains("x") && text.contains(where: { "()+-*/^".contains($0) })
      {
        let formula: Formula
        do throws(RunError) {
          formula = try Formula(text, names: ["x"], allowsHyphens: false)
        } catch { throw InputError("--function", error.message) }
        try self.init(name: text, domain: usual, value: { x in formula.value { _ in x } })
      } else {
        throw InputError(
          "--function",
          unknownName("activation", text, known: Self.names)
            + "; an expression in x or a .csv table is allowed, too")
      }
    }
  }

  /// The function through the points of a CSV file: the first column is x, the second y.
  /// - Throws: `InputError` with the file.
  public init(table path: String) throws(InputError) {
    let table = try Table(path: path)
    let curve: MonotoneInterpolation
    do {
      curve = try MonotoneInterpolation(x: table.x, y: table.y)
    } catch {
      throw InputError(path, error.message)
    }
    try self.init(
      name: (path as NSString).lastPathComponent, domain: curve.domain, value: { curve($0) })
  }

  private struct Table {
    var x: [Double] = []
    var y: [Double] = []

    init(path: String) throws(InputError) {
      let table = try CSVTable(path: path)
      guard table.columns.count >= 2 else {
        throw InputError(path, "has one column, two are expected: x and y")
      }
      guard table.rows.count <= 1_000_000 else {
        throw InputError(path, "has \(table.rows.count) rows, at most 1000000 are accepted")
      }
      for (k, row) in table.rows.enumerated() {
        guard let a = Double(row[0]), let b = Double(row[1]), a.isFinite, b.isFinite else {
          throw InputError(path, at: "row \(k + 1)", "two finite numbers are expected")
        }
        x.append(a)
        y.append(b)
      }
    }
  }
}
