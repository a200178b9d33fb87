import Foundation
import InputOutput
import Reporting
import Testing

/// What figures do with names: below an axis, beside it and in the legend.
struct FigureNameTests {
  private static func bars(_ names: [String]) -> Plot {
    var plot = Plot(
      x: .init("layer"), y: .init("ratio (dB)"),
      series: [
        PlotSeries(
          "", .bars(width: 0.6), x: names.indices.map(Double.init), y: names.map { _ in 1 })
      ])
    plot.categories = names
    return plot
  }

  @Test("the width of a text: narrow and wide letters, powers without their marks, the widest line")
  func widths() {
    #expect(TextWidth.ems("iiii") < 0.5 * TextWidth.ems("mmmm"))
    #expect(TextWidth.ems("10^{7}") == TextWidth.ems("107"))
    #expect(TextWidth.ems("a\nabc") == TextWidth.ems("abc"))
    #expect(TextWidth.ems("日本") == 2 && TextWidth.ems("") == 0)
    // One letter, whatever it is made of.
    #expect(TextWidth.ems("e\u{301}") < 0.8)
  }

  @Test("a name that is cut keeps its beginning and its end, and is no wider than asked for")
  func cut() {
    let name = "model.stages.0.blocks.3.fully-connected"
    for limit in [2.0, 4, 7, 12, 40] {
      let short = TextWidth.cut(name, limit)
      #expect(TextWidth.ems(short) <= limit || short.count == 3)
      #expect(short.first == name.first && short.last == name.last)
      #expect((short == name) == (TextWidth.ems(name) <= limit))
    }
  }

  @Test(
    "a name breaks behind spaces and marks; the lines make up the name and are no wider than asked for"
  )
  func lines() throws {
    let lines = try #require(TextWidth.lines("hfo2-1t1r-gaussian", 6, atMost: 3))
    #expect(lines == ["hfo2-1t1r-", "gaussian"])
    #expect(TextWidth.lines("hfo2-1t1r-gaussian", 6, atMost: 1) == nil)
    #expect(TextWidth.lines("unbreakable", 3, atMost: 3) == nil)
    #expect(TextWidth.lines(" fits ", 9, atMost: 1) == [" fits "])
  }

  @Test("names below an axis take lines before they stand aslant, and have room below the plot")
  func wrapped() {
    let layout = PlotLayout(
      Self.bars(["hfo2-1t1r", "hfo2-1t1r-gaussian", "pcm", "reram-es"]), size: .column)
    #expect(!layout.isAslant)
    #expect(layout.x.tics[1].label == "hfo2-1t1r-\ngaussian")
    let plain = PlotLayout(Self.bars(["a", "b"]), size: .column)
    #expect(layout.bottom >= plain.bottom + 10)
  }

  @Test(
    "40 layers of long names: those that are shown differ, do not touch and are inside the figure")
  func manyLayers() {
    let names = (0..<40).map { "model.stages.\($0 / 10).blocks.\($0 % 10).fully-connected" }
    for size in [FigureSize.column, FigureSize(width: 605, height: 227)] {
      let layout = PlotLayout(Self.bars(names), size: size)
      #expect(layout.isAslant && layout.x.tics.count >= 10)
      #expect(Set(layout.x.tics.map(\.label)).count == layout.x.tics.count)
      let each = layout.plot.width / (layout.xRange.upperBound - layout.xRange.lowerBound)
      for tic in layout.x.tics {
        let place = layout.left + (tic.place - layout.xRange.lowerBound) * each
        #expect(place - 0.71 * PlotLayout.ticFont * TextWidth.ems(tic.label) >= 0, "\(tic)")
        #expect(0.71 * PlotLayout.ticFont * TextWidth.ems(tic.label) < layout.bottom)
      }
      for (a, b) in zip(layout.x.tics, layout.x.tics.dropFirst()) {
        #expect((b.place - a.place) * each >= PlotLayout.ticFont)
      }
      #expect(layout.plot.height > 80)
    }
  }

  @Test("points above names stand off the frame")
  func offTheFrame() {
    var plot = Plot(
      x: .init(""), y: .init("voltage (V)"),
      series: [PlotSeries("", .points, x: [0, 1], y: [1, 2])])
    plot.categories = ["a", "b"]
    let range = PlotLayout(plot, size: .column).xRange
    #expect(range.lowerBound < -0.4 && range.upperBound > 1.4)
  }

  @Test("names beside an axis: two lines only where they have room")
  func beside() {
    func layout(_ count: Int) -> PlotLayout {
      var plot = Self.bars(["a"])
      plot.verticalCategories = (0..<count).map { "deviation of the write error \($0)" }
      return PlotLayout(plot, size: .column)
    }
    #expect(layout(3).y.tics.allSatisfy { $0.label.contains("\n") })
    let many = layout(14)
    #expect(many.y.tics.allSatisfy { !$0.label.contains("\n") })
    #expect(Set(many.y.tics.map(\.label)).count == many.y.tics.count)
    #expect(many.left < 0.6 * Double(many.size.width))
  }

  @Test(
    "30 lines: each has its own look, and their legend makes the figure higher, not the plot low")
  func manyLines() {
    let series = (0..<30).map {
      PlotSeries("target \($0)", .linePoints, x: [0, 1], y: [0, Double($0)], color: $0)
    }
    let plot = Plot(x: .init("x"), y: .init("y"), series: series)
    let layout = PlotLayout(plot, size: .column)
    #expect(layout.legendColumns * layout.legendRows >= 30)
    #expect(layout.plot.height > 0.4 * Double(FigureSize.column.height))
    #expect(layout.top >= 12 * Double(layout.legendRows))
    let drawn = plot.script(.svg, size: .column).components(separatedBy: "\n").filter {
      $0.contains("with linespoints")
    }
    let looks = drawn.map { line in
      // Dashes, marker and color, without the name behind them.
      line.components(separatedBy: " ").drop { $0 != "dashtype" }.prefix(11).joined()
    }
    #expect(Set(looks).count == 30)
  }

  @Test("a name that is wider than the legend is cut there, and keeps its end")
  func longLegend() {
    let names = ["a", "b"].map {
      "a very long name of a series that has no room in a figure of 8 cm, \($0)"
    }
    let plot = Plot(
      x: .init("x"), y: .init("y"),
      series: names.map { PlotSeries($0, .line, x: [0, 1], y: [0, 1]) })
    let script = plot.script(.svg, size: .column)
    #expect(!script.contains(names[0]) && script.contains("…"))
    #expect(script.contains("8 cm, a'") && script.contains("8 cm, b'"))
    #expect(plot.script(.svg, size: FigureSize(width: 900, height: 300)).contains(names[0]))
  }
}
