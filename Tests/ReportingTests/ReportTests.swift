import Foundation
import InputOutput
import Reporting
import Testing

@Suite struct ReportTests {
  @Test("text cannot become markup")
  func escaping() {
    #expect(
      MarkupText.escaped("<b a=\"1\">Tom & 'Jerry'</b>")
        == "&lt;b a=&quot;1&quot;&gt;Tom &amp; &#39;Jerry&#39;&lt;/b&gt;")
    var report = HTMLReport(title: "<script>", summary: "<script>")
    var table = Table(columns: ["<script>"])
    table.append(["<script>"])
    report.heading("<script>")
    report.paragraph("<script>")
    report.table(table, caption: "<script>")
    report.keyFigures([("<script>", "<script>")])
    report.listing("<script>")
    report.figures([("<svg></svg>", "<script>")])
    #expect(!report.html.contains("<script>"))
    #expect(report.html.components(separatedBy: "&lt;script&gt;").count - 1 == 13)
  }

  @Test("a figure is an image of the page: no part of its text is part of the page's own")
  func figureImages() throws {
    var report = HTMLReport(title: "t", summary: "s")
    let svg = "<svg onload='x()'><script>x()</script></svg>\"><script>y()</script>"
    report.figures([(svg, "one \"><script>")])
    #expect(!report.html.contains("<script") && !report.html.contains("onload"))
    let code = try #require(
      report.html.components(separatedBy: "data:image/svg+xml;base64,").last?
        .components(separatedBy: "\"").first)
    #expect(Data(base64Encoded: code) == Data(svg.utf8))
    #expect(report.html.contains("Content-Security-Policy\" content=\"default-src 'none'"))
  }
}

@Suite(.enabled(if: Gnuplot.executable != nil, "gnuplot is not installed"))
struct PlotTests {
  static let all = Plot(
    title: "every {style} with \"quotes\" and under_scores", x: .init("x (V)", range: 0...4),
    y: .init("y (A)", isLogarithmic: true),
    series: [
      PlotSeries("band", .band(low: [1, 1, 2], high: [3, 4, 5]), x: [1, 2, 3], y: [2, 2, 3]),
      PlotSeries("line", .line, x: [1, 2, 3], y: [2, .nan, 3]),
      PlotSeries("dashed", .dashedLine, x: [1, 2, 3], y: [2, 2, 3]),
      PlotSeries("points", .points, x: [1, 2, 3], y: [2, 2, 3]),
      PlotSeries("scatter", .scatter, x: [1, 2, 3], y: [2, 2, 3]),
      PlotSeries("both", .linePoints, x: [1, 2, 3], y: [2, 2, 3]),
      PlotSeries("steps", .steps, x: [1, 2, 3], y: [2, 2, 3]),
      PlotSeries("bars", .bars(width: 0.5), x: [1, 2, 3], y: [2, 2, 3]),
      PlotSeries(
        "errors", .errorBars(low: [1, 1, 1], high: [4, 4, 4]), x: [1, 2, 3], y: [2, 2, 3]),
    ])

  @Test("every style is drawn, and twice the same")
  func styles() throws {
    let svg = try Self.all.svg()
    #expect(svg.contains("<svg"))
    #expect(svg.contains("under_scores") && svg.contains("{style}"))
    for name in ["band", "line", "dashed", "points", "scatter", "both", "steps", "bars", "errors"] {
      #expect(svg.contains(">\(name)<") || svg.contains("> \(name)<") || svg.contains(name))
    }
    #expect(try Self.all.svg() == svg)
  }

  @Test("a heat map with numbers is drawn as rectangles, a large one holds its picture inside")
  func heatMap() throws {
    var plot = Plot(
      x: .init("column"), y: .init("row"),
      series: [
        .heatMap(rowCount: 2, columnCount: 2, values: [0, 150, 75, 20], showsNumbers: true)
      ])
    plot.colorLabel = "conductance (µS)"
    plot.verticalCategories = ["0 … 60 %", "b"]
    let svg = try plot.svg()
    #expect(!svg.contains("data:image/png;base64,"))
    plot.series = [
      .heatMap(rowCount: 60, columnCount: 60, values: (0..<3600).map(Double.init))
    ]
    #expect(try plot.svg().contains("data:image/png;base64,"))
    #expect(svg.contains("0 … 60 %<") && svg.contains(">150<") && svg.contains("conductance (µS)"))
  }

  @Test("a histogram holds every value once")
  func histogram() {
    let bars = PlotSeries.histogram("h", of: [0, 0.1, 0.5, 1, 1], binCount: 4)
    #expect(bars.y == [0.4, 0, 0.2, 0.4])
    #expect(bars.x == [0.125, 0.375, 0.625, 0.875])
  }
}
