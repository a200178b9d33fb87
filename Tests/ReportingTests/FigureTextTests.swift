import Foundation
import InputOutput
import Reporting
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// What the text elements of an SVG file show.
private final class SVGTexts: NSObject, XMLParserDelegate {
  private(set) var texts: [String] = []
  private(set) var names: Set<String> = []
  private var depth = 0

  /// - Returns: `nil` where the file is not well-formed.
  static func read(_ svg: String) -> SVGTexts? {
    let texts = SVGTexts()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = texts
    return parser.parse() ? texts : nil
  }

  func parser(
    _: XMLParser, didStartElement name: String, namespaceURI _: String?, qualifiedName _: String?,
    attributes _: [String: String] = [:]
  ) {
    names.insert(name)
    if depth > 0 || name == "text" { depth += 1 }
    if depth == 1 { texts.append("") }
  }

  func parser(
    _: XMLParser, didEndElement _: String, namespaceURI _: String?, qualifiedName _: String?
  ) {
    if depth > 0 { depth -= 1 }
  }

  func parser(_: XMLParser, foundCharacters text: String) {
    if depth > 0 { texts[texts.count - 1] += text }
  }
}

@Suite(.enabled(if: Gnuplot.executable != nil, "gnuplot is not installed"))
struct FigureTextTests {
  /// A file that a successful attack makes.
  static let mark = NSTemporaryDirectory() + "ohmweave-attack-\(getpid())"

  static let attacks: [String] = {
    let touch = "touch \(mark)"
    let commands = [
      "`\(touch)`", "$(\(touch))", "\"; system(\"\(touch)\"); a=\"", "'; system('\(touch)'); a='",
      "\" . system(\"\(touch)\") . \"", "''; system '\(touch)' #", "\n!\(touch)\n", "\r!\(touch)\r",
      "\r\nsystem '\(touch)'\r\n", "'\u{301}; system '\(touch)' #", "\\\n!\(touch)",
      "\u{85}!\(touch)", "\u{2028}!\(touch)", "\0\n!\(touch)", "\nEOD\n!\(touch)\n",
      "@system('\(touch)')", "';!\(touch)", "%s`\(touch)`", "<`\(touch)`>",
    ]
    let marks = [
      "a_b^c {x} @y &{z} ~a{b}", "100 % %d %s %g %% %", "\\", "\\\\", "''", "'", "\"", "\"\"", "{",
      "}", "<script>x()</script>", "]]>", "&amp; &lt; &bogus; &#0;", "<![CDATA[x]]>", "#", "EOD",
      "/Symbol α", "a''b", "it's", "'''", "a''''b'", "日本語 ✓ 🇩🇪 e\u{301} 𝛀", "\u{202E}abc",
      "\u{FFFE}\u{FFFF}", "columnheader(1)",
      "NaN", "\u{E000}%",
      String(repeating: "'`%", count: 2000),
    ]
    // Every character of Latin-1, in pieces that a label holds.
    let all = stride(from: 0, to: 256, by: 64).map { start in
      String(String.UnicodeScalarView((start..<start + 64).compactMap(Unicode.Scalar.init)))
    }
    return commands + marks + all
  }()

  /// Figures of every style, with a text in every place that holds one.
  static func plots(_ label: (String) -> String) -> [Plot] {
    let x: [Double] = [0, 1, 2]
    let y: [Double] = [1, 3, 2]
    let (low, high): ([Double], [Double]) = ([0.5, 2, 1], [2, 4, 3])
    let styles: [(String, PlotSeries.Style)] = [
      ("line", .line), ("dashed", .dashedLine), ("points", .points), ("scatter", .scatter),
      ("both", .linePoints), ("steps", .steps), ("bars", .bars(width: 0.5)),
      ("errors", .errorBars(low: low, high: high)), ("band", .band(low: low, high: high)),
      ("polygon", .polygon),
      ("boxes", .boxes(low: low, firstQuartile: low, thirdQuartile: high, high: high)),
    ]
    var lines = Plot(
      title: label("title"), x: .init(label("x")), y: .init(label("y"), isLogarithmic: true),
      series: styles.map { PlotSeries(label($0), $1, x: x, y: y) })
    lines.legendTitle = label("legend")
    lines.categories = ["c0", "c1", "c2"].map(label)
    lines.size = FigureSize(width: 4000, height: 3000)
    var map = Plot(
      x: .init(label("x")), y: .init(label("y")),
      series: [
        .heatMap(rowCount: 2, columnCount: 2, values: [1, 2, 3, 4], showsNumbers: true)
      ])
    map.categories = ["h0", "h1"].map(label)
    map.verticalCategories = ["v0", "v1"].map(label)
    map.colorLabel = label("scale")
    // Labels of a small figure that have no room are left out.
    map.size = FigureSize(width: 4000, height: 3000)
    return [lines, map]
  }

  @Test("a text in any label of any figure is drawn as it is, and nothing else", arguments: attacks)
  func labels(attack: String) throws {
    for isFirst in [true, false] {
      var asked: Set<String> = []
      let plots = Self.plots { place in
        let text = isFirst ? attack + place : place + attack
        asked.insert(GnuplotText.shown(text))
        return text
      }
      var drawn: Set<String> = []
      for plot in plots {
        let svg = try plot.svg()
        let read = try #require(SVGTexts.read(svg), "the figure is not well-formed")
        drawn.formUnion(read.texts)
        #expect(read.names.isDisjoint(with: ["script", "foreignObject", "a"]))
      }
      let missing = asked.subtracting(drawn).sorted()
      #expect(missing.isEmpty, "not drawn as they are")
    }
    #expect(!FileManager.default.fileExists(atPath: Self.mark), "a command ran")
  }

  @Test("the walk reaches every text that a figure holds")
  func complete() throws {
    var places: [String] = []
    func walk(_ value: Any, _ path: String) {
      if value is String || value is [String] { places.append(path) }
      let mirror = Mirror(reflecting: value)
      guard mirror.displayStyle == .struct else { return }
      for child in mirror.children { walk(child.value, path + "." + (child.label ?? "")) }
    }
    let plots = Self.plots { $0 }
    walk(plots[0], "plot")
    walk(plots[0].series[0], "series")
    #expect(
      places.sorted() == [
        "plot.categories", "plot.colorLabel", "plot.legendTitle", "plot.title",
        "plot.verticalCategories", "plot.x.label", "plot.y.label", "series.name",
      ])
  }

  @Test("values that are all alike, or that no axis can show, are drawn or rejected, not lost")
  func degenerate() throws {
    let axis = Plot.Axis("x")
    for values in [[0, 0, 0], [5, 5], [1e-300], [-3], [1e300 * 0.99, -1e300 * 0.99]] {
      let plot = Plot(
        x: axis, y: axis, series: [.histogram("h", of: values)])
      #expect(try plot.svg().contains("</svg>"), "\(values)")
      let points = Plot(
        x: .init("x", range: values[0]...values[0]), y: axis,
        series: [PlotSeries("p", .points, x: values, y: values)])
      #expect(try points.svg().contains("</svg>"), "\(values)")
    }
    for values in [[], [Double.nan], [.infinity, -.infinity]] {
      let plot = Plot(x: axis, y: axis, series: [PlotSeries("p", .points, x: values, y: values)])
      #expect(throws: RunError.self) { try plot.svg() }
    }
    let negative = Plot(
      x: axis, y: .init("y", isLogarithmic: true),
      series: [PlotSeries("p", .points, x: [1, 2], y: [-1, 0])])
    #expect(throws: RunError.self) { try negative.svg() }
  }
}
