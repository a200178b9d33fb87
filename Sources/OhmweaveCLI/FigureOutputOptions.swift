import ArgumentParser
import Reporting

/// How a command writes its figures.
struct FigureOutputOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Format of the figures: svg, pdf or both. (default: svg)", valueName: "format"))
  var figureFormat: String?

  @Option(
    help: ArgumentHelp(
      "Width and height of a figure, such as 16cmx10cm. (default: 8cmx6cm)", valueName: "size"))
  var figureSize: String?

  /// Whether one of them was given.
  var isGiven: Bool { figureFormat != nil || figureSize != nil }

  func validate() throws {
    do {
      _ = try FigureOptions(format: figureFormat, size: figureSize)
    } catch { throw ValidationError("\(error)") }
  }

  /// What the options say; `validate` has read them.
  var options: FigureOptions {
    (try? FigureOptions(format: figureFormat, size: figureSize)) ?? FigureOptions()
  }
}
