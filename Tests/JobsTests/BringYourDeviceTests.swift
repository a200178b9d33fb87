import Foundation
import Reporting
import TestSupport
import Testing

/// The commands that README.md gives, taken from it.
@Suite(.enabled(if: OhmweaveCommand.path != nil, "the executable ohmweave is not built"))
struct BringYourDeviceTests {
  static let project = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../..").standardizedFileURL

  /// The words of a line of shell, without single quotes.
  private func words(_ line: Substring) -> [String] {
    var words: [String] = []
    var word = ""
    var isQuoted = false
    for character in line {
      if character == "'" {
        isQuoted.toggle()
      } else if character == " " && !isQuoted {
        if !word.isEmpty { words.append(word) }
        word = ""
      } else {
        word.append(character)
      }
    }
    if !word.isEmpty { words.append(word) }
    return words
  }

  @Test(
    "the five commands of the README lead from a CSV of pulses to a trained network",
    .enabled(if: Gnuplot.executable != nil, "gnuplot is not installed"))
  func commands() throws {
    let text = try String(
      contentsOf: Self.project.appending(path: "README.md"), encoding: .utf8)
    let block = try #require(text.components(separatedBy: "```sh\n").dropFirst().first)
    let lines = try #require(block.components(separatedBy: "```").first).split(separator: "\n")
    #expect(lines.count == 5)
    let scratch = try ScratchFolder()
    var outputs: [String] = []
    for line in lines {
      var arguments = words(line).map {
        $0.replacingOccurrences(of: "runs/", with: scratch.path + "/runs/")
      }
      #expect(arguments.removeFirst() == "ohmweave")
      let result = try OhmweaveCommand.run(arguments, folder: Self.project.path)
      #expect(result.status == 0, "\(line)\n\(result.complaints)")
      outputs.append(result.output)
    }
    // Ten classes by chance are 10 %; seeds of this noisy device end between 80 and 90 %.
    let trained = try #require(
      outputs[3].split(separator: "\n").first { $0.hasPrefix("test accuracy") })
    let accuracy = try #require(
      trained.split(separator: " ").compactMap { Double($0) }.first)
    #expect(accuracy > 60, "\(trained)")
  }
}
