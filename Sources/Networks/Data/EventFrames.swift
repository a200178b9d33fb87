import Foundation
public import InputOutput

/// How recordings of event cameras become samples: frames of events of equal width, time × numbers.
public struct EventFrames: Sendable, Hashable {
  /// Which events count.
  public enum Polarity: String, Sendable, Hashable, CaseIterable {
    /// Those of pixels that grew brighter, or darker.
    case on, off
    /// All of them.
    case both
    /// All of them, the brighter ones in numbers of their own before the darker ones.
    case separate
  }

  /// Pixels in a row and in a column of the camera.
  public var size = 34
  /// The side of the square in the middle that is kept.
  public var crop = 34
  /// Which events count.
  public var polarity = Polarity.on
  /// Frames per sample; later events are left out.
  public var steps = 50
  /// The time of a frame in microseconds.
  public var width = 6000.0
  /// Whether a number counts its events in place of 1 for any.
  public var counts = false

  /// Frames; see the members.
  public init() {}

  /// How many numbers a frame has.
  public var numbersPerFrame: Int { crop * crop * (polarity == .separate ? 2 : 1) }

  /// One recording as steps × numbers per frame, row by row from the top left pixel.
  ///
  /// Five bytes per event: x, y, a bit that is 1 for a pixel that grew brighter with the upper 7 bits of the time in
  /// microseconds, and the lower 16 bits, the higher byte first (Orchard et al., Frontiers in Neuroscience 9, 437, 2015).
  ///
  /// - Throws: `InputError` where the last event is cut off, a pixel lies outside the camera, or time goes back.
  public func sample(_ data: Data, source: String) throws(InputError) -> [Float] {
    guard data.count % 5 == 0 else {
      throw InputError(
        source, "has \(data.count) bytes, and an event takes 5: the last one is cut off")
    }
    let bytes = [UInt8](data)
    var result = [Float](repeating: 0, count: steps * numbersPerFrame)
    let margin = (size - crop) / 2
    var last = 0
    for event in 0..<bytes.count / 5 {
      let at = 5 * event
      let (x, y) = (Int(bytes[at]), Int(bytes[at + 1]))
      let isOn = bytes[at + 2] & 0x80 != 0
      let time =
        Int(bytes[at + 2] & 0x7F) << 16 | Int(bytes[at + 3]) << 8 | Int(bytes[at + 4])
      guard x < size, y < size else {
        throw InputError(
          source, at: "event \(event)",
          "the pixel (\(x), \(y)) lies outside a camera of \(size)×\(size) pixels")
      }
      guard time >= last else {
        throw InputError(
          source, at: "event \(event)", "the time goes back from \(last) µs to \(time) µs")
      }
      last = time
      let step = Int(Double(time) / width)
      let (column, row) = (x - margin, y - margin)
      guard step < steps, (0..<crop).contains(column), (0..<crop).contains(row) else { continue }
      switch polarity {
      case .on where !isOn, .off where isOn: continue
      default: break
      }
      let half = polarity == .separate && !isOn ? crop * crop : 0
      let place = step * numbersPerFrame + half + row * crop + column
      result[place] = counts ? result[place] + 1 : 1
    }
    return result
  }
}

extension DataSet {
  /// The recordings of one part in a folder: PART/CLASS/*.bin, or PART/*.bin with a file PART-labels.txt beside the folder
  /// that gives a name and a class in each line. PART is `train` or `test`, in any case. The classes are those of the
  /// training part.
  ///
  /// - Throws: `InputError` where something is missing or damaged, or a test recording has a class of its own.
  public init(
    eventsIn folder: String, split: DataSplit, frames: EventFrames
  ) throws(InputError) {
    let listed = try Self.recordings(folder, split)
    // A class without test recordings must not shift the numbers of those behind it.
    let training = split == .train ? listed : try Self.recordings(folder, .train)
    let classes = Set(training.map(\.label)).sorted {
      $0.localizedStandardCompare($1) == .orderedAscending
    }
    for (path, label) in listed where !classes.contains(label) {
      throw InputError(
        path, "has the class '\(label)', of which the training part has no recording")
    }
    let numbers = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, $0) })
    let budget = InputBudget(folder)
    try budget.spend(4 * listed.count * frames.steps * frames.numbersPerFrame, "frames of events")
    var elements: [Float] = []
    elements.reserveCapacity(listed.count * frames.steps * frames.numbersPerFrame)
    for (path, _) in listed {
      elements += try frames.sample(try InputFile.bytes(of: path), source: path)
    }
    self.init(
      name: folder,
      samples: Tensor(
        shape: [listed.count, frames.steps, frames.numbersPerFrame], elements: elements),
      targets: .classes(listed.compactMap { numbers[$0.label] }), classNames: classes)
  }

  /// The recordings of one part with their classes.
  private static func recordings(
    _ folder: String, _ split: DataSplit
  ) throws(InputError) -> [(path: String, label: String)] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    guard let part = names.first(where: { $0.lowercased() == split.rawValue }) else {
      throw InputError(folder, "holds no folder '\(split.rawValue)' with recordings")
    }
    let place = "\(folder)/\(part)"
    let listed =
      FileManager.default.fileExists(atPath: "\(place)-labels.txt")
      ? try Self.listed("\(place)-labels.txt", place) : try Self.byFolder(place)
    guard !listed.isEmpty else { throw InputError(place, "holds no recordings that end in .bin") }
    return listed
  }

  /// The recordings that a file of labels lists.
  private static func listed(
    _ file: String, _ folder: String
  ) throws(InputError) -> [(path: String, label: String)] {
    var result: [(path: String, label: String)] = []
    var names: Set<String> = []
    for (k, line) in try InputFile.text(of: file).split(whereSeparator: \.isNewline).enumerated() {
      let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
      guard words.count == 2, !words[0].contains("/") else {
        throw InputError(
          file, at: "line \(k + 1)", "the name of a recording and its class are expected")
      }
      guard names.insert(words[0]).inserted else {
        throw InputError(file, at: "line \(k + 1)", "the recording '\(words[0])' is listed twice")
      }
      result.append(("\(folder)/\(words[0])", words[1]))
    }
    return result
  }

  /// The recordings in folders that are called as their classes.
  private static func byFolder(
    _ folder: String
  ) throws(InputError) -> [(path: String, label: String)] {
    func names(_ path: String) -> [String] {
      ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted {
        $0.localizedStandardCompare($1) == .orderedAscending
      }
    }
    return names(folder).filter { !$0.hasPrefix(".") }.flatMap { label in
      names("\(folder)/\(label)").filter { $0.hasSuffix(".bin") }.map {
        ("\(folder)/\(label)/\($0)", label)
      }
    }
  }
}
