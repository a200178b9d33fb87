import Foundation
import InputOutput
import PhysicalUnits

/// What a figure is written as.
public enum FigureFormat: String, Sendable, CaseIterable {
  /// Text that the report shows.
  case svg
  /// A page with its fonts.
  case pdf
}

/// The width and height of a figure on paper, in points of 1/96 inch, the pixels of SVG.
public struct FigureSize: Sendable, Hashable, Codable {
  /// A column of most journals: 8 cm × 6 cm.
  public static let column = FigureSize(width: 302, height: 227)
  /// The lengths that a side may have: 3 cm to 100 cm.
  static let allowed = 113.0...3780

  /// In 1/96 inch.
  public var width: Int
  /// In 1/96 inch.
  public var height: Int

  /// A size in 1/96 inch.
  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  /// Reads "8cmx6cm", "80 mm x 60 mm", "3in×2in".
  ///
  /// - Throws: `InputError` where the text is no size, or a side is not between 3 cm and 100 cm.
  public init(parsing text: String) throws(InputError) {
    let sides = text.lowercased().replacingOccurrences(of: "×", with: "x").split(
      separator: "x", omittingEmptySubsequences: false)
    let lengths = sides.compactMap { Self.length(String($0)) }
    guard sides.count == 2, lengths.count == 2,
      lengths.allSatisfy({ Self.allowed.contains($0) })
    else {
      throw InputError(
        "--figure-size",
        "'\(text)' is not a width and a height of 3cm to 100cm each, such as 8cmx6cm")
    }
    self.init(width: Int(lengths[0].rounded()), height: Int(lengths[1].rounded()))
  }

  /// A length with its unit in 1/96 inch.
  private static func length(_ text: String) -> Double? {
    let trimmed = text.trimmingCharacters(in: .whitespaces)
    if trimmed.hasSuffix("in"), let inches = UnitValue(parsing: trimmed.dropLast(2)),
      inches.unit.isEmpty
    {
      return inches.value * 96
    }
    guard let value = UnitValue(parsing: trimmed), value.unit == "m" else { return nil }
    return value.value / 0.0254 * 96
  }
}

/// How the figures of a run are written: none of it changes a result.
public struct FigureOptions: Sendable, Hashable {
  /// The formats of the files; the report always shows SVG.
  public var formats: [FigureFormat]
  /// The size of a figure that has none of its own.
  public var size: FigureSize

  /// - Parameters:
  ///   - formats: what is written, at least one.
  ///   - size: of a figure that has none of its own.
  public init(formats: [FigureFormat] = [.svg], size: FigureSize = .column) {
    self.formats = formats
    self.size = size
  }

  /// Reads the options of the command.
  ///
  /// - Parameters:
  ///   - format: svg, pdf or both.
  ///   - size: a width and a height, such as 8cmx6cm.
  /// - Throws: `InputError` where one of them is something else.
  public init(format: String?, size: String?) throws(InputError) {
    self.init()
    if let format {
      if format == "both" {
        formats = [.svg, .pdf]
      } else if let one = FigureFormat(rawValue: format) {
        formats = [one]
      } else {
        throw InputError("--figure-format", "'\(format)' is not svg, pdf or both")
      }
    }
    if let size { self.size = try FigureSize(parsing: size) }
  }
}
