import ArrayFiles
public import InputOutput

extension DataSet {
  /// The set in a `.ts` file of the UEA and UCR archive: one series a line, its dimensions between
  /// colons, its class last. The file may be gzip-compressed.
  ///
  /// A sample becomes frames × dimensions; shorter series are followed by zeros, and `lengths` says
  /// how many frames are real.
  /// - Parameter frames: how many frames a sample has room for; the longest series where `nil`.
  /// - Throws: `InputError` with the line where something is wrong.
  public init(ts path: String, frames: Int? = nil) throws(InputError) {
    let budget = InputBudget(path)
    let file = try TimeSeriesFile(text: try Gzip.text(path: path, budget: budget), budget: budget)
    let longest = file.series.map(\.frames).max() ?? 0
    let room = frames ?? longest
    guard longest <= room else {
      throw InputError(path, "a series has \(longest) frames, there is room for \(room)")
    }
    let dimensions = file.dimensions
    let shape = [file.series.count, room, dimensions]
    try budget.spend(
      shape: shape, times: 4, "\(shape[0]) series in the room of \(room) frames of \(dimensions)")
    var elements = [Float](repeating: 0, count: file.series.count * room * dimensions)
    for (s, series) in file.series.enumerated() {
      for d in 0..<dimensions {
        for t in 0..<series.frames {
          elements[(s * room + t) * dimensions + d] = series.values[d * series.frames + t]
        }
      }
    }
    self.init(
      name: path,
      samples: Tensor(shape: [file.series.count, room, dimensions], elements: elements),
      targets: .classes(file.series.map(\.label)), classNames: file.classNames,
      lengths: file.series.map(\.frames))
  }
}

/// A `.ts` file: header lines that begin with `@`, comments with `#`, then one series a line.
struct TimeSeriesFile {
  struct Series {
    /// Dimension by dimension, `frames` numbers each.
    var values: [Float]
    var frames: Int
    var label: Int
  }

  private(set) var classNames: [String] = []
  private(set) var dimensions = 0
  private(set) var series: [Series] = []

  /// - Parameter budget: what lines and numbers are spent from.
  init(text: String, budget: InputBudget) throws(InputError) {
    let source = budget.source
    var labels: [Substring: Int] = [:]
    var rest = text[...]
    var number = 0
    while !rest.isEmpty {
      let line = rest.prefix { $0 != "\n" && $0 != "\r\n" }
      rest = rest[line.endIndex...].dropFirst()
      number += 1
      let place = "line \(number)"
      guard let first = line.first(where: { $0 != " " && $0 != "\r" && $0 != "\t" }), first != "#"
      else { continue }
      // The line is split into parts of 16 bytes and more, which are given back with the next line.
      try budget.check(line.utf8.count, times: 64, at: place, "a line of \(line.utf8.count) bytes")
      if first == "@" {
        let words = line.split { $0 == " " || $0 == "\r" || $0 == "\t" }
        guard words[0] == "@classLabel" else { continue }
        guard series.isEmpty else {
          throw InputError(source, at: place, "the classes are listed before the first series")
        }
        try budget.spend(words.count, times: 128, at: place, "\(words.count) classes")
        classNames = words.dropFirst(2).map(String.init)
        labels = Dictionary(
          words.dropFirst(2).enumerated().map { ($1, $0) }, uniquingKeysWith: { a, _ in a })
        continue
      }
      let parts = line.split(separator: ":", omittingEmptySubsequences: false)
      guard let name = parts.last?.split(whereSeparator: \.isWhitespace).first,
        let label = labels[name]
      else {
        let known = classNames.prefix(20).joined(separator: ", ")
        throw InputError(
          source, at: place,
          classNames.isEmpty
            ? "no classes are listed, a line '@classLabel true' with their names is expected before"
            : "the class '\(parts.last?.prefix(24) ?? "")' is none of \(known)"
              + (classNames.count > 20 ? ", …" : ""))
      }
      if series.isEmpty { dimensions = parts.count - 1 }
      guard parts.count - 1 == dimensions, dimensions > 0 else {
        throw InputError(
          source, at: place, "has \(parts.count - 1) dimensions, the first series \(dimensions)")
      }
      let one = try Self.series(parts.dropLast(), label: label, source: source, place: place)
      try budget.spend(one.values.count + 16, times: 8, at: place, "the series up to here")
      series.append(one)
    }
    guard !series.isEmpty else { throw InputError(source, "holds no series") }
  }

  private static func series(
    _ parts: ArraySlice<Substring>, label: Int, source: String, place: String
  ) throws(InputError) -> Series {
    var values: [Float] = []
    var frames = 0
    for (d, part) in parts.enumerated() {
      let fields = part.split(separator: ",")
      if d == 0 { frames = fields.count }
      guard fields.count == frames, frames > 0 else {
        throw InputError(
          source, at: place,
          "dimension \(d + 1) has \(fields.count) frames, the first one \(frames)")
      }
      for field in fields {
        guard let value = Float(field), value.isFinite else {
          throw InputError(source, at: place, "'\(field.prefix(24))' is not a finite number")
        }
        values.append(value)
      }
    }
    return Series(values: values, frames: frames, label: label)
  }
}
