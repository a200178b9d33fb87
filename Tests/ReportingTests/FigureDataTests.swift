import Foundation
import Reporting
import Testing

/// What figures do with unusual data: gaps, single values, few samples, words without order.
struct FigureDataTests {
  private func rows(_ style: PlotSeries.Style, x: [Double], y: [Double]) -> [String] {
    let plot = Plot(x: .init("x"), y: .init("y"), series: [PlotSeries("", style, x: x, y: y)])
    let lines = plot.script(.svg, size: .column).components(separatedBy: "\n")
    return Array(lines.drop { !$0.contains("EOD") }.dropFirst().prefix { $0 != "EOD" })
  }

  @Test("a value that is missing parts a line and a band")
  func gaps() {
    for style in [PlotSeries.Style.line, .linePoints, .trace, .dashedLine, .steps] {
      #expect(rows(style, x: [1, 2, 3], y: [5, .nan, 6]) == ["1 5", "", "3 6"])
    }
    let band = PlotSeries.Style.band(low: [1, .nan, 1], high: [2, .nan, 2])
    #expect(rows(band, x: [1, 2, 3], y: [0, 0, 0]) == ["1 1 2", "", "3 1 2"])
    // A point alone leaves none.
    #expect(rows(.points, x: [1, 2], y: [5, .nan]) == ["1 5", "2 nan"])
  }

  @Test("data at one place have one tic, at that place")
  func onePlace() {
    let plot = Plot(
      x: .init("ADC bits", step: 1), y: .init("accuracy"),
      series: [PlotSeries("", .errorBars(low: [0.9], high: [1]), x: [6], y: [0.95])])
    let layout = PlotLayout(plot, size: .column)
    #expect(layout.x.tics.map(\.label) == ["6"] && layout.xRange.contains(6))
  }

  @Test("axes of whole numbers have whole tics, whatever the range")
  func whole() {
    for range in [1.0...2, 0.4...3.6, 1...40, 4...8, 1...1] {
      let plot = Plot(
        x: .init("epoch", range: range, step: 1), y: .init("loss"),
        series: [PlotSeries("", .points, x: [range.lowerBound, range.upperBound], y: [0, 1])])
      let tics = PlotLayout(plot, size: .column).x.tics
      #expect(!tics.isEmpty && tics.allSatisfy { $0.place == $0.place.rounded() }, "\(range)")
      #expect(tics.allSatisfy { !$0.label.contains(".") })
    }
  }

  @Test("a histogram has bins for its number of values, and equal values are in its middle")
  func histogram() {
    func bars(_ values: [Double]) -> PlotSeries { .histogram("", of: values) }
    let few = bars((0..<100).map(Double.init))
    #expect(few.x.count < 15 && few.y.allSatisfy { $0 > 0 })
    #expect(bars((0..<1_000_000).map(Double.init)).x.count == 59)
    for values in [[7.0], [7, 7, 7, 7, 7, 7, 7, 7, 7]] {
      let one = bars(values)
      let highest = one.y.indices.filter { one.y[$0] > 0 }
      #expect(highest.count == 1 && abs(one.x[highest[0]] - 7) < 1e-9 && one.y[highest[0]] == 1)
    }
  }

  @Test("values of words are points with bars beside each other: no line leads from word to word")
  func words() {
    let lines = (0..<3).map { k in
      (name: "\(k)", x: [0.0, 1], y: [1.0, 2], low: [0.0, 1], high: [2.0, 3])
    }
    let series = PlotSeries.spreads(lines, isLogarithmic: false, isOrdered: false)
    #expect(series.count == 3 && Set(series.map { $0.x[0] }).count == 3)
    for one in series {
      guard case .errorBars(let low, let high) = one.style else {
        Issue.record("not points with error bars")
        continue
      }
      #expect(low == [0, 1] && high == [2, 3])
      #expect(abs(one.x[0]) < 0.4 && abs(one.x[1] - 1) < 0.4)
    }
  }

  @Test("the color scale is drawn with the colors of the field")
  func colors() {
    var plot = Plot(
      x: .init("x"), y: .init("y"), series: [.heatMap(rowCount: 1, columnCount: 2, values: [0, 1])])
    plot.colorLabel = "c"
    // gnuplot fills its scale with the fill style of the script.
    #expect(plot.script(.pdf, size: .column).contains("set style fill solid 1 noborder"))
  }

  @Test(
    "markers are not among those that gnuplot's PDF draws flat, and differ",
    arguments: [true, false])
  func markers(isCloud: Bool) {
    let series = (0..<7).map { (k: Int) in
      PlotSeries("\(k)", isCloud ? .scatter : .points, x: [0, 1], y: [0, 1], color: k)
    }
    let script = Plot(x: .init("x"), y: .init("y"), series: series).script(.pdf, size: .column)
    let found = script.matches(of: /pointtype (\d+)/).compactMap { Int($0.1) }
    #expect(Set(found).count == 7 && Set(found).isDisjoint(with: 8...11))
  }
}
