/// Names in the place of numbers along an axis, at 0, 1, 2, …
struct CategoryTics {
  /// How the names stand below an axis.
  enum Stand: Sendable {
    case level
    case aslant
  }

  /// The width and the height of a name at 45° relative to its length.
  static let slope = 0.72
  /// The distance of the lines of a name, as gnuplot sets them.
  static let lineHeight = 15.0

  var tics = AxisTics(tics: [])
  var stand = Stand.level
  /// How far names that stand aslant reach to the left of the plot.
  var reach = 0.0

  /// Names below an axis: level where they have room, in up to three lines, else aslant, shortened and thinned.
  ///
  /// - Parameters:
  ///   - width: of the plot.
  ///   - left: the room on the left of it.
  ///   - height: what names may take below the plot.
  init(
    below names: [String], over range: ClosedRange<Double>, width: Double, left: Double,
    height: Double
  ) {
    let each = width / (range.upperBound - range.lowerBound)
    let shown = names.indices.filter { !names[$0].isEmpty }
    let gap = each * Double(zip(shown, shown.dropFirst()).map { $1 - $0 }.min() ?? names.count)
    let room = (gap - 5) / PlotLayout.ticFont
    let lines = shown.map { TextWidth.lines(names[$0], room, atMost: 3) }
    if lines.allSatisfy({ $0 != nil }) {
      tics.tics = zip(shown, lines).map {
        .init(place: Double($0), label: ($1 ?? []).joined(separator: "\n"))
      }
      return
    }
    stand = .aslant
    let every = max(1, Int((12 / max(1, gap)).rounded(.up)))
    let kept = shown.enumerated().filter { $0.offset % every == 0 }.map(\.element)
    let limit = height / Self.slope / PlotLayout.ticFont
    let short = Self.shortened(kept.map { names[$0] }, limit)
    for (k, name) in zip(kept, short) {
      // A name at the left edge of a figure ends there.
      let place = (Double(k) - range.lowerBound) * each
      let own = min(limit, max(4, (left + place - 2) / Self.slope / PlotLayout.ticFont))
      reach = max(reach, TextWidth.ems(name) * PlotLayout.ticFont * Self.slope - place)
      tics.tics.append(.init(place: Double(k), label: TextWidth.cut(name, own)))
    }
  }

  /// Names beside a vertical axis: in two lines where these have room, else shortened and thinned.
  init(beside names: [String], height: Double, limit: Double) {
    let each = height / Double(max(1, names.count))
    let every = max(1, Int((12 / each).rounded(.up)))
    let kept = names.indices.filter { $0 % every == 0 }
    let short = Self.shortened(
      kept.map { names[$0] }, each < 2.2 * Self.lineHeight ? limit : 2 * limit)
    tics.tics = zip(kept, short).map { k, name in
      let lines =
        each < 2.2 * Self.lineHeight ? nil : TextWidth.lines(name, limit, atMost: 2)
      return .init(
        place: Double(k), label: (lines ?? [TextWidth.cut(name, limit)]).joined(separator: "\n"))
    }
  }

  /// `names` without so much of what all of them begin and end with, "…" in its place, that none is wider than `limit`,
  /// where that is enough; words and numbers stay whole.
  static func shortened(_ names: [String], _ limit: Double) -> [String] {
    func fit(_ names: [String]) -> Bool { names.allSatisfy { TextWidth.ems($0) <= limit } }
    guard names.count > 1, !fit(names) else { return names }
    let characters = names.map { Array($0) }
    let shortest = characters.map(\.count).min() ?? 0
    /// The places behind marks in what all texts begin with.
    func ends(_ texts: [[Character]]) -> [Int] {
      let common = (0..<shortest).first { k in texts.contains { $0[k] != texts[0][k] } } ?? shortest
      return texts[0].prefix(common).indices.filter { k in
        k > 0 && !texts[0][k].isLetter && !texts[0][k].isNumber
      }.map { $0 + 1 }
    }
    var short = names
    let starts = ends(characters)
    for start in starts {
      short = characters.map { "…" + String($0[start...]) }
      if fit(short) { return short }
    }
    let start = starts.last ?? 0
    guard let end = ends(characters.map { $0.reversed() }).last(where: { start + $0 < shortest })
    else { return short }
    return characters.map {
      (start > 0 ? "…" : "") + String($0[start..<$0.count - end]) + "…"
    }
  }
}
