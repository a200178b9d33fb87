import Foundation
import InputOutput
import Networks
import TestSupport
import Testing

/// Recordings of event cameras.
@Suite struct EventFramesTests {
  /// The bytes of an event.
  private static func event(_ x: Int, _ y: Int, on: Bool, _ time: Int) -> [UInt8] {
    [
      UInt8(x), UInt8(y), UInt8(on ? 0x80 : 0) | UInt8(time >> 16), UInt8(time >> 8 & 255),
      UInt8(time & 255),
    ]
  }

  private static let frames = {
    var frames = EventFrames()
    (frames.size, frames.crop, frames.steps, frames.width) = (6, 4, 3, 100_000)
    return frames
  }()

  private static let recording = Data(
    [
      event(1, 1, on: true, 5), event(1, 1, on: true, 99_999), event(4, 2, on: false, 100_000),
      event(0, 0, on: true, 150_000), event(3, 4, on: true, 299_999),
      event(2, 2, on: true, 300_000),
    ].flatMap { $0 })

  private static func places(_ frames: EventFrames) throws -> [Int: Float] {
    let sample = try frames.sample(recording, source: "a.bin")
    #expect(sample.count == frames.steps * frames.numbersPerFrame)
    return Dictionary(
      uniqueKeysWithValues: sample.enumerated().filter { $0.element != 0 }.map {
        ($0.offset, $0.element)
      })
  }

  @Test("events fall into frames, pixels and polarities; those outside are left out")
  func layout() throws {
    var frames = Self.frames
    #expect(try Self.places(frames) == [0: 1, 2 * 16 + 3 * 4 + 2: 1])
    frames.counts = true
    #expect(try Self.places(frames) == [0: 2, 2 * 16 + 3 * 4 + 2: 1])
    frames.polarity = .off
    #expect(try Self.places(frames) == [16 + 1 * 4 + 3: 1])
    frames.polarity = .both
    #expect(try Self.places(frames) == [0: 2, 16 + 7: 1, 2 * 16 + 14: 1])
    frames.polarity = .separate
    #expect(try Self.places(frames) == [0: 2, 32 + 16 + 7: 1, 2 * 32 + 14: 1])
  }

  @Test("damaged recordings are refused with the event that is wrong") func damaged() {
    let cases: [(Data, String)] = [
      (Self.recording.dropLast(2), "cut off"),
      (Self.recording + Data(Self.event(6, 0, on: true, 300_001)), "outside a camera"),
      (Self.recording + Data(Self.event(0, 6, on: true, 300_001)), "outside a camera"),
      (Self.recording + Data(Self.event(0, 0, on: true, 299_000)), "goes back"),
    ]
    for (data, text) in cases {
      do {
        _ = try Self.frames.sample(Data(data), source: "a.bin")
        Issue.record("\(text): no error")
      } catch { #expect("\(error)".contains(text) && "\(error)".contains("a.bin")) }
    }
  }

  @Test("folders of classes and lists of labels give the same samples") func folders() throws {
    let folder = NSTemporaryDirectory() + "ohmweave-events-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func write(_ path: String, _ data: Data) throws {
      let url = URL(fileURLWithPath: "\(folder)/\(path)")
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try data.write(to: url)
    }
    let other = Data(Self.event(2, 2, on: true, 7))
    try write("classes/Train/3/1.bin", Self.recording)
    try write("classes/Train/10/2.bin", other)
    try write("listed/train/1.bin", Self.recording)
    try write("listed/train/2.bin", other)
    try write("listed/train-labels.txt", Data("1.bin 3\n2.bin 10\n".utf8))
    let sets = try ["classes", "listed"].map {
      try DataSet.load("\(folder)/\($0)", split: .train, events: Self.frames)
    }
    #expect(sets[0].sampleShape == [3, 16])
    #expect(sets[0].samples == sets[1].samples)
    #expect(sets[0].classNames == ["3", "10"] && sets[0].labels == [0, 1])
    #expect(sets[1].labels == [0, 1])
    #expect(throws: InputError.self) {
      try DataSet.load("\(folder)/classes", split: .test, events: Self.frames)
    }
    try write("listed/train-labels.txt", Data("1.bin\n".utf8))
    #expect(throws: InputError.self) {
      try DataSet.load("\(folder)/listed", split: .train, events: Self.frames)
    }
  }

  @Test("a class without test recordings shifts no other, and an unknown one is refused")
  func missingClass() throws {
    let scratch = try ScratchFolder()
    func write(_ part: String, _ classes: [String]) throws {
      for label in classes {
        try AtomicFile.write(
          [UInt8]([1, 2, 0, 0, 9]), to: "\(scratch.path)/\(part)/\(label)/a.bin")
      }
    }
    for (part, classes) in [("train", ["0", "1", "2", "10"]), ("test", ["10", "1"])] {
      for label in classes { try AtomicFile.makeFolder("\(scratch.path)/\(part)/\(label)") }
      try write(part, classes)
    }
    func test() throws -> DataSet {
      try DataSet.load(scratch.path, split: .test, events: EventFrames())
    }
    let set = try test()
    #expect(set.classNames == ["0", "1", "2", "10"])
    guard case .classes(let labels) = set.targets else {
      Issue.record("recordings have classes")
      return
    }
    #expect(labels == [1, 3])
    try AtomicFile.makeFolder("\(scratch.path)/test/7")
    try write("test", ["7"])
    #expect {
      try test()
    } throws: {
      "\($0)".contains("class '7'")
    }
  }
}
