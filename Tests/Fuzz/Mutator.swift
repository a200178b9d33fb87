import Foundation
import Randomness

/// Changes files at random: bytes, numbers, words, lines. Everything follows from its stream.
struct Mutator {
  var stream: RandomStream

  init(_ key: StreamKey) { stream = RandomStream(key) }

  mutating func index(_ bound: Int) -> Int { stream.index(below: max(1, bound)) }
  mutating func pick<Element>(_ list: [Element]) -> Element { list[index(list.count)] }
  mutating func chance(_ one: Int) -> Bool { index(one) == 0 }

  /// Whole numbers at the edges of types, small ones and random ones.
  mutating func integer() -> UInt64 {
    let edges: [UInt64] = [
      0, 1, 2, 3, 7, 8, 16, 127, 128, 255, 256, 32767, 65535, 65536, 1 << 20, 1 << 22, 1 << 28,
      1 << 31, (1 << 31) - 1, (1 << 32) - 1, 1 << 40, 1 << 62, (1 << 63) - 1, 1 << 63,
      .max, .max - 1, .max - 2,
    ]
    return chance(4) ? stream.next() >> UInt64(index(64)) : pick(edges)
  }

  /// Numbers and words that a text may hold in the place of a number.
  mutating func number() -> String {
    let words = [
      "0", "-0", "1", "-1", "2", "0.5", "1e-320", "1e-300", "1e308", "-1e308", "1e400", "nan",
      "inf",
      "-inf", "1e38", "3.5e38", "1e-46", "65536", "4294967296", "9223372036854775807",
      "9223372036854775808", "-9223372036854775808", "99999999999999999999999", "1e15", "1e-15",
      "0x10",
      "1_000", "~", "''", "[]", "{}", "true", ".", "1.2.3", "１", "1e", "+5", "100", "1000",
      "1000000",
    ]
    return chance(4) ? "\(Int64(bitPattern: integer()))" : pick(words)
  }

  /// One change of bytes.
  mutating func bytes(_ bytes: inout [UInt8], other: [UInt8]) {
    guard !bytes.isEmpty else {
      bytes = [UInt8(index(256))]
      return
    }
    let at = index(bytes.count)
    switch index(9) {
    case 0: bytes[at] ^= 1 << UInt8(index(8))
    case 1: bytes[at] = pick([0, 1, 0x7f, 0x80, 0xff, 0x20, 0x0a, UInt8(index(256))])
    case 2, 3:
      let value = integer()
      let width = pick([1, 2, 4, 8])
      let big = chance(2)
      for k in 0..<width where at + k < bytes.count {
        bytes[at + k] = UInt8(truncatingIfNeeded: value >> UInt64(8 * (big ? width - 1 - k : k)))
      }
    case 4: bytes.removeSubrange(at..<min(bytes.count, at + 1 + index(16)))
    case 5:
      let piece = Array(bytes[at..<min(bytes.count, at + 1 + index(64))])
      bytes.insert(contentsOf: piece, at: index(bytes.count))
    case 6 where !other.isEmpty:
      let from = index(other.count)
      let piece = other[from..<min(other.count, from + 1 + index(64))]
      bytes.replaceSubrange(at..<min(bytes.count, at + piece.count), with: piece)
    case 7: bytes.removeSubrange(at...)
    default: bytes.insert(UInt8(index(256)), at: at)
    }
  }

  /// One change of a text made of words, numbers and lines.
  mutating func text(_ text: inout String, words: [String]) {
    var lines = text.components(separatedBy: "\n")
    let at = index(lines.count)
    switch index(10) {
    case 0: lines.remove(at: at)
    case 1: lines.insert(lines[index(lines.count)], at: at)
    case 2: lines.swapAt(at, index(lines.count))
    case 3: lines[at] = String(repeating: " ", count: index(9)) + lines[at].drop { $0 == " " }
    case 4:
      var characters = Array(lines[at])
      if characters.isEmpty { characters = [" "] }
      characters[index(characters.count)] = pick([
        ":", "-", " ", "[", "]", "{", "}", ",", "&", "*", "!", "|", "\"", "'", "#", "\t", "\u{0}",
        "é",
        "\u{FEFF}", "%", "/", "\\",
      ])
      lines[at] = String(characters)
    case 5:
      var parts = lines[at].split(separator: " ", omittingEmptySubsequences: false).map(String.init)
      parts[index(parts.count)] = pick(words)
      lines[at] = parts.joined(separator: " ")
    default: lines[at] = replacingNumber(in: lines[at])
    }
    text = lines.joined(separator: "\n")
  }

  private mutating func replacingNumber(in line: String) -> String {
    var runs: [Range<String.Index>] = []
    var start: String.Index?
    for place in line.indices {
      if line[place].isNumber || (start != nil && ".e-+".contains(line[place])) {
        if start == nil { start = place }
      } else if let first = start {
        runs.append(first..<place)
        start = nil
      }
    }
    if let first = start { runs.append(first..<line.endIndex) }
    guard !runs.isEmpty else { return line + " " + number() }
    return line.replacingCharacters(in: pick(runs), with: number())
  }
}
