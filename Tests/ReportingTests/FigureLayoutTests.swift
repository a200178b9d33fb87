import Foundation
import InputOutput
import PhysicalUnits
import Reporting
import Testing

/// What a figure promises of any data: everything inside its axes, every label inside the figure, no two
/// labels on each other.
struct FigureLayoutTests {
  private static func plot(_ x: [Double], _ y: [Double], log: (Bool, Bool) = (false, false)) -> Plot
  {
    Plot(
      x: .init("time after programming (s)", isLogarithmic: log.0),
      y: .init("conductance (µS)", isLogarithmic: log.1),
      series: [
        PlotSeries(
          "values", .errorBars(low: y.map { $0 * 0.8 }, high: y.map { $0 * 1.3 }), x: x, y: y)
      ])
  }

  /// Data of many magnitudes.
  static let cases: [(x: [Double], y: [Double])] = [
    ([1, 2, 3], [98.43, 98.45, 98.41]), ([0, 1e6], [1e-9, 2e-9]), ([1e-9, 5e-9], [1e27, 2.5e27]),
    ([1, 1e7], [1e-15, 1e-3]), ([20, 70], [2, 9]), ([1, 1.05], [99.999, 100]),
    ([0.15, 0.25], [1, 1e4]), ([3, 3], [7, 7]), ([1e-6, 1], [0.001, 1]),
    ([-1.3, 1.3], [5e-8, 3e-4]),
  ]

  @Test("all data and spreads are inside the axes, at any magnitude and on both kinds of axes")
  func ranges() {
    for one in Self.cases {
      for log in [(false, false), (true, false), (false, true), (true, true)] {
        let layout = PlotLayout(Self.plot(one.x, one.y, log: log), size: .column)
        for (x, y) in zip(one.x, one.y) where !log.0 || x > 0 {
          #expect(layout.xRange.contains(x))
          #expect(layout.yRange.contains(0.8 * y) && layout.yRange.contains(1.3 * y))
        }
      }
    }
  }

  @Test("labels of tics stay inside the range, are distinct and do not touch, at 8 and at 3 cm")
  func tics() {
    for size in [FigureSize.column, FigureSize(width: 113, height: 113)] {
      for one in Self.cases {
        for log in [(false, false), (true, true)] where !log.0 || one.x.allSatisfy({ $0 > 0 }) {
          let layout = PlotLayout(Self.plot(one.x, one.y, log: log), size: size)
          for (tics, range, length, isBeside) in [
            (layout.x, layout.xRange, layout.plot.width, true),
            (layout.y, layout.yRange, layout.plot.height, false),
          ] {
            let shown = tics.tics.filter { !$0.label.isEmpty }
            #expect(!shown.isEmpty, "\(one)")
            #expect(Set(shown.map(\.label)).count == shown.count, "\(shown)")
            func place(_ value: Double) -> Double {
              log.0
                ? Darwin_log(value / range.lowerBound)
                  / Darwin_log(range.upperBound / range.lowerBound) * length
                : (value - range.lowerBound) / (range.upperBound - range.lowerBound) * length
            }
            for (a, b) in zip(shown, shown.dropFirst()) {
              let width =
                isBeside
                ? PlotLayout.ticFont * (TextWidth.ems(a.label) + TextWidth.ems(b.label)) / 2
                : PlotLayout.ticFont
              #expect(
                place(b.place) - place(a.place) >= width || shown.count <= 2, "\(a) \(b) \(one)")
            }
            for tic in tics.tics {
              #expect(
                tic.place >= range.lowerBound - 1e-6 * abs(range.lowerBound)
                  && tic.place <= range.upperBound + 1e-6 * abs(range.upperBound))
            }
          }
        }
      }
    }
  }

  private func Darwin_log(_ x: Double) -> Double { log(x) }

  @Test("numbers on an axis have the digits that they need, and its label carries the power of ten")
  func numbers() {
    let layout = PlotLayout(Self.plot([0, 10], [0, 2.1e27]), size: .column)
    #expect(layout.y.exponent == 27)
    #expect(layout.yLabel.joined(separator: " ") == "conductance (10²⁷ µS)")
    #expect(layout.y.tics.allSatisfy { $0.label.count <= 3 })
    let volts = AxisTics.linear(0.14...0.26, smallest: nil) { _ in 7 }
    #expect(volts.tics.map(\.label) == ["0.14", "0.16", "0.18", "0.20", "0.22", "0.24", "0.26"])
    let signed = AxisTics.linear(-1.5...1.5, smallest: nil) { _ in 7 }
    #expect(signed.tics.map(\.label) == ["−1.5", "−1.0", "−0.5", "0.0", "0.5", "1.0", "1.5"])
    let whole = AxisTics.linear(0.4...2.6, smallest: 1) { _ in 20 }
    #expect(whole.tics.map(\.label) == ["1", "2"])
    let decade = AxisTics.logarithmic(15...80) { _ in 9 }
    #expect(decade.tics.contains { $0.label == "20" } && decade.tics.contains { $0.label == "50" })
  }

  @Test(
    "names below an axis stand level where they have room, else aslant, and none is lost or cut off"
  )
  func categories() {
    var plot = Plot(
      x: .init(""), y: .init(""),
      series: [.heatMap(rowCount: 6, columnCount: 6, values: (0..<36).map(Double.init))])
    plot.categories = ["a", "b", "c", "d", "e", "f"]
    plot.colorLabel = "correlation"
    let short = PlotLayout(plot, size: .column)
    #expect(!short.isAslant && short.x.tics.map(\.label) == plot.categories)
    plot.categories = [
      "exponent", "exponent-asymmetry", "step-up", "step-down", "start-1", "start-2",
    ]
    let long = PlotLayout(plot, size: .column)
    #expect(long.isAslant)
    #expect(long.x.tics.count == 6 && long.bottom > short.bottom + 10)
    // The scale with its labels is inside the figure.
    #expect(
      long.right > PlotLayout.colorBar + PlotLayout.ticFont * (long.color?.width ?? 99))
  }

  @Test(
    "a label that is longer than its axis takes two lines, and the legend has room above the plot")
  func labels() {
    var plot = Self.plot([1, 2], [1, 2])
    plot.y.label = "change of the mean code of all chips by the read voltage (LSB)"
    plot.series += (0..<6).map {
      PlotSeries("the name of series \($0)", .line, x: [1, 2], y: [1, 2])
    }
    let layout = PlotLayout(plot, size: .column)
    #expect(layout.yLabel.count == 2 && layout.yLabel.joined(separator: " ") == plot.y.label)
    #expect(layout.legendColumns * layout.legendRows >= 7)
    #expect(layout.top >= 12 * Double(layout.legendRows))
    #expect(layout.plot.width > 100 && layout.plot.height > 60)
  }

  @Test("a bar far above all others is cut and named; without one, the axis holds every bar")
  func spike() {
    let even = PlotSeries.histogram("", of: (0..<1000).map { Double($0) }, binCount: 20)
    let spiky = PlotSeries.histogram(
      "", of: (0..<1000).map { Double($0) } + Array(repeating: 500, count: 800), binCount: 20)
    func layout(_ series: PlotSeries) -> PlotLayout {
      PlotLayout(Plot(x: .init("x"), y: .init("share"), series: [series]), size: .column)
    }
    #expect(layout(even).spike == nil && layout(even).yRange.contains(0.05))
    let cut = layout(spiky)
    #expect(cut.spike?.value ?? 0 > 0.4)
    #expect(cut.yRange.upperBound < 0.06 && cut.yRange.lowerBound == 0)
    let script = Plot(x: .init("x"), y: .init("share"), series: [spiky]).script(.svg, size: .column)
    #expect(script.contains("set label '47.2 %'"))
  }

  @Test("a second axis has its own range: a current is never scaled onto volts")
  func secondAxis() {
    var current = PlotSeries("current", .line, x: [0, 1], y: [0, 500])
    current.isOnSecondAxis = true
    var plot = Plot(
      x: .init("time (s)"), y: .init("voltage (V)"),
      series: [PlotSeries("source", .line, x: [0, 1], y: [-1, 1]), current])
    plot.secondY = .init("current (µA)")
    let layout = PlotLayout(plot, size: .column)
    #expect(layout.yRange.upperBound < 1.2)
    #expect(layout.secondRange?.contains(500) == true && layout.secondLabel == ["current (µA)"])
    #expect(plot.script(.svg, size: .column).contains("axes x1y2"))
  }

  @Test("each color has its own dashes and marker, and error bars are drawn without a gap")
  func gray() {
    let series = (0..<6).map { (k: Int) in
      PlotSeries("\(k)", .linePoints, x: [0, 1], y: [0, 1], color: k)
    }
    let script = Plot(x: .init("x"), y: .init("y"), series: series).script(.svg, size: .column)
    let drawn = script.components(separatedBy: "\n").filter { $0.contains("with linespoints") }
    let looks = drawn.map { line in
      line.components(separatedBy: " ").drop { $0 != "dashtype" }.prefix(4).joined(separator: " ")
    }
    #expect(Set(looks).count == 6)
    let bars = Self.plot([1, 2], [1, 2]).script(.svg, size: .column)
    #expect(!bars.contains("yerrorbars") && bars.contains("with vectors"))
  }

  @Test("one or two lines have bands, more have bars aside of each other")
  func spreads() {
    func lines(_ count: Int) -> [PlotSeries] {
      PlotSeries.spreads(
        (0..<count).map { ("\($0)", [1, 10, 100], [1, 2, 3], [0, 1, 2], [2, 3, 4]) },
        isLogarithmic: true)
    }
    func bands(_ series: [PlotSeries]) -> Int {
      series.filter { if case .band = $0.style { true } else { false } }.count
    }
    #expect(bands(lines(2)) == 2 && bands(lines(4)) == 0)
    let places = lines(4).filter { if case .whiskers = $0.style { true } else { false } }.map(
      \.x[0])
    #expect(places.count == 4 && Set(places).count == 4)
  }

  @Test("sizes and formats are read, others are refused")
  func options() throws {
    #expect(try FigureSize(parsing: "8cmx6cm") == .column)
    #expect(try FigureSize(parsing: "80 mm × 60mm") == .column)
    #expect(try FigureSize(parsing: "3in x 2in") == FigureSize(width: 288, height: 192))
    for text in ["8cm", "8x6", "8cmx6cmx2cm", "1cmx1cm", "2mx1cm", "8Vx6V", "", "nancmx6cm"] {
      #expect(throws: InputError.self) { try FigureSize(parsing: text) }
    }
    #expect(try FigureOptions(format: "both", size: nil).formats == [.svg, .pdf])
    #expect(throws: InputError.self) { try FigureOptions(format: "png", size: nil) }
  }

  @Test("units are typeset")
  func units() {
    let pairs = [
      ("uS", "µS"), ("1/m^3", "m⁻³"), ("S^2/Hz", "S²/Hz"), ("Ohm", "Ω"), ("kOhm", "kΩ"),
      ("um2", "µm²"), ("1/V", "V⁻¹"), ("V/s", "V/s"), ("%", "%"), ("", ""), ("unit", "unit"),
      ("m2/V/s", "m²/V/s"),
    ]
    for (plain, typeset) in pairs { #expect(TypesetUnit.typeset(plain) == typeset) }
    #expect(TypesetUnit.quantity(3.2e-5, "s") == "32 µs")
    #expect(TypesetUnit.quantity(-0.15000000000000002, "V") == "−150 mV")
  }

  @Test("a figure is read back from its file as it was written; a file of anything else is refused")
  func stored() throws {
    var plot = Self.plot([1, .nan, 3], [1, 2, 1 / 3])
    plot.size = FigureSize(width: 400, height: 300)
    let figure = Figure(name: "f", plot: plot, caption: "c")
    let bytes = StoredFigure(figure).bytes
    let text = String(decoding: bytes, as: UTF8.self)
    let read = try StoredFigure(text: text, source: "f.json")
    #expect(read.caption == "c" && read.bytes == bytes)
    #expect(
      read.plot.script(.svg, size: .column)
        == StoredFigure(figure).plot.script(.svg, size: .column))
    for wrong in [
      "", "{}", text.replacingOccurrences(of: "[1,\"nan\",3]", with: "[1]"),
      text.replacingOccurrences(of: "\"width\":400", with: "\"width\":4000000"),
    ] {
      #expect(throws: InputError.self) { try StoredFigure(text: wrong, source: "f.json") }
    }
  }
}

@Suite(.enabled(if: Gnuplot.executable != nil, "gnuplot is not installed"))
struct FigureFormatTests {
  @Test("names below columns stand inside the figure and above the label", arguments: ["", "part"])
  func names(label: String) throws {
    var plot = Plot(
      x: .init(label), y: .init("energy (nJ)"),
      series: [PlotSeries("", .bars(width: 0.6), x: [0, 1], y: [2, 1])])
    plot.categories = ["array", "digital"]
    let size = FigureSize.column
    let svg = try plot.svg(size: size, caption: "")
    func baseline(_ text: String) throws -> Double {
      let end = try #require(svg.range(of: "<text>\(text)</text>")).lowerBound
      let start = try #require(svg[..<end].range(of: "translate(", options: .backwards)).upperBound
      let place = svg[start...].prefix { $0 != ")" }.split(separator: ",")
      return try #require(place.last.flatMap { Double($0) })
    }
    // What stands below a line of text takes a quarter of its height.
    let limit =
      try label.isEmpty ? Double(size.height) : baseline(label) - 0.75 * PlotLayout.labelFont
    #expect(try baseline("array") + 0.25 * PlotLayout.ticFont <= limit)
  }

  @Test("PDF and SVG have the size asked for, and are the same twice")
  func formats() throws {
    let plot = Plot(
      x: .init("x"), y: .init("y"), series: [PlotSeries("p", .linePoints, x: [0, 1], y: [0, 1])])
    let size = FigureSize(width: 400, height: 200)
    let svg = try plot.svg(size: size, caption: "what is <seen>")
    #expect(svg.contains("width=\"400\" height=\"200\""))
    #expect(svg.contains("<title>what is &lt;seen&gt;</title>"))
    let pdf = try plot.pdf(size: size)
    #expect(pdf.starts(with: Data("%PDF".utf8)))
    #expect(pdf.range(of: Data("/MediaBox [ 0 0 300 150 ]".utf8)) != nil)
    #expect(try plot.pdf(size: size) == pdf)
  }
}
