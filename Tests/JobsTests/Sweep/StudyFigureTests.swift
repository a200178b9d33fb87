import Foundation
import Reporting
import Testing

/// What the figures of a study make of words, single values and many lines.
@Suite(
  .enabled(
    if: OhmweaveCommand.path != nil && Gnuplot.executable != nil, "ohmweave or gnuplot is missing"))
struct StudyFigureTests {
  private static let study = """
    study: words
    job: formula
    settings: {metric.y: a * b + normal}
    parameters:
      a: {values: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]}
      b: {values: [4]}
      word: {key: none, values: [one, two, three]}
    repeats: 3
    metrics: {y: {}}
    figures:
      - {metric: y, x: word}
      - {metric: y, x: b}
      - {metric: y, x: a, lines: word}
      - {metric: y, x: word, lines: a}
      - {metric: y, kind: tornado}

    """

  @Test(
    "words and single values are points with bars, at most seven lines are drawn, words swing from low to high"
  )
  func figures() throws {
    let folder = try SweepFolder(Self.study)
    let result = try folder.sweep([])
    #expect(result.status == 0, "\(result.complaints)")
    func figure(_ name: String) throws -> StoredFigure {
      let path = "\(folder.scratch.path)/run/figures/\(name).json"
      return try StoredFigure(text: try String(contentsOfFile: path, encoding: .utf8), source: path)
    }
    for (name, categories) in [("1-lines-y", ["one", "two", "three"]), ("2-lines-y", ["4"])] {
      let plot = try figure(name).plot
      #expect(plot.categories == categories && plot.series.count == 1)
      guard case .errorBars(let low, let high) = plot.series[0].style else {
        Issue.record("\(name) has no error bars")
        continue
      }
      #expect(zip(low, plot.series[0].y).allSatisfy { $0 < $1 })
      #expect(zip(plot.series[0].y, high).allSatisfy { $0 < $1 })
    }
    // Whole numbers without a unit have whole tics.
    #expect(try figure("3-lines-y").plot.x.step == 1)
    let many = try figure("4-lines-y")
    #expect(many.plot.series.map(\.name) == ["1", "2", "4", "6", "8", "10", "12"])
    #expect(many.caption.contains("lines of 7 of 12 values"))
    let tornado = try figure("5-tornado-y").plot
    let row = try #require(tornado.verticalCategories.firstIndex { $0.hasPrefix("word") })
    #expect(tornado.series[0].x[6 * row + 1] < tornado.series[1].x[6 * row + 1])
  }
}
