import Foundation
import TestSupport
import Testing

/// Examples/gallery/README.md, from which `Scripts/gallery` draws the figures beside it.
@Suite(.enabled(if: OhmweaveCommand.path != nil, "the executable ohmweave is not built"))
struct GalleryTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../..").standardizedFileURL.path

  private static let page =
    (try? String(contentsOfFile: root + "/Examples/gallery/README.md", encoding: .utf8)) ?? ""

  private static let commands = page.components(separatedBy: "\n").filter {
    $0.hasPrefix("ohmweave ")
  }

  /// The names of the figures that the page shows.
  private static let figures = page.matches(of: /\(([a-z0-9-]+\.svg)\)/).map { String($0.1) }

  @Test("every command of the page is one that runs: only its output folder is at fault here")
  func commands() throws {
    #expect(Self.commands.count >= 15)
    let scratch = try ScratchFolder()
    let file = scratch.path + "/file"
    try "".write(toFile: file, atomically: true, encoding: .utf8)
    for line in Self.commands {
      let parts = line.components(separatedBy: " --output runs/gallery/")
      try #require(parts.count == 2, "\(line)")
      let result = try OhmweaveCommand.run(
        [
          "-c", "exec \"$0\" \(parts[0].dropFirst("ohmweave ".count)) --output '\(file)/run'",
          try #require(OhmweaveCommand.path),
        ], executable: "/bin/sh", folder: Self.root)
      #expect(result.status == 1 || result.status == 65, "\(line): \(result.complaints)")
      #expect(result.complaints.contains(file), "\(line): \(result.complaints)")
    }
  }

  @Test("every figure of the page is there, belongs to a command, and no other is there")
  func files() throws {
    let there = try FileManager.default.contentsOfDirectory(atPath: Self.root + "/Examples/gallery")
      .filter { $0.hasSuffix(".svg") }
    #expect(there.sorted() == Self.figures.sorted() && there.count >= 45)
    let runs = Set(Self.commands.compactMap { $0.components(separatedBy: "runs/gallery/").last })
    #expect(Set(Self.figures.compactMap { $0.components(separatedBy: "--").first }) == runs)
  }

  @Test("no figure has a plain unit, a hyphen for a minus or a number with digits of rounding")
  func texts() throws {
    for name in Self.figures {
      let path = "\(Self.root)/Examples/gallery/\(name)"
      let svg = try String(contentsOfFile: path, encoding: .utf8)
      #expect(svg.contains("width=\"302\""), "\(name)")
      let texts = svg.matches(of: /<tspan[^>]*>([^<]*)<\/tspan>|<text[^>]*>([^<]*)<\/text>/).map {
        String($0.1 ?? $0.2 ?? "")
      }
      #expect(!texts.isEmpty)
      for text in texts {
        #expect(!text.contains(/\bu[SAVsm]\b|\^|\b1\/[mVH]|Ohm/), "\(name): \(text)")
        #expect(
          !text.contains(/^ *-[0-9]/) && !text.contains(/[0-9]\.[0-9]{6}/), "\(name): \(text)")
      }
    }
  }
}
