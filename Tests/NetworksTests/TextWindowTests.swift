import Foundation
import InputOutput
import Networks
import Testing

@Suite struct TextWindowTests {
  static func file(_ text: String) throws -> String {
    let path = NSTemporaryDirectory() + "text-\(UUID().uuidString).txt"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  @Test("every character but the first is the target of one window, and follows what it is told by")
  func windows() throws {
    let text = String((0..<2000).map { Character(Unicode.Scalar(UInt8(97 + $0 * $0 % 26))) })
    let path = try Self.file(text)
    let window = TextWindow(length: 20, counted: 15)
    let set = try DataSet.load(path, split: .train, window: window)
    let names = set.classNames
    #expect(set.labelsPerSample == 15 && set.sampleShape == [20])
    #expect(names == Set(text.map(String.init)).sorted())
    let labels = try #require(set.labels)
    let train = Array(text.dropLast(100))
    for k in 0..<set.count {
      let sample = set.samples.elements[k * 20..<(k + 1) * 20].map { names[Int($0)] }
      #expect(sample.joined() == String(train[k * 15..<k * 15 + 20]))
      let next = labels[k * 15..<(k + 1) * 15].map { names[$0] }
      #expect(next.joined() == String(train[k * 15 + 6..<k * 15 + 21]))
    }
    let part = set.subset(3..<5)
    #expect(part.labels == Array(labels[45..<75]))
    let test = try DataSet.load(path, split: .test, window: window)
    #expect(test.classNames == names && test.count == (100 - 1 - 5) / 15)
  }

  @Test("a text shorter than a window is refused with its length")
  func tooShort() throws {
    let path = try Self.file("to be or not to be")
    #expect(throws: InputError.self) {
      try DataSet.load(path, split: .train, window: TextWindow(length: 50, counted: 50))
    }
  }
}
