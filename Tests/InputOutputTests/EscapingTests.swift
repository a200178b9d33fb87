import Foundation
import InputOutput
import Testing

/// Texts that mean something to a shell, gnuplot, HTML, YAML, a spreadsheet or a terminal.
private let attacks = [
  "`id`", "$(id)", "\"; system(\"id\")", "'; system 'id' #", "a\n!id", "a\r\n!id", "@macro",
  "q ' @GPVAL_PWD z", "' @a ' `id`",
  "%d %s %%",
  "{a}_b^c", "\\", "a\\\nb", "<script>alert(1)</script>", "]]>", "&amp;", "&#x3c;", "\u{1B}[2J",
  "\u{9B}31m", "\0", "a\0b", "\u{202E}gpj.exe", "\u{2028}", "\u{85}", "\u{FEFF}", "\u{FFFE}",
  "'\u{301}", "\"\u{301}; x", "=1+1", "+x", "-x", "@x", "\t=x", "\r=x", "'=x", "''=x", "''", "'",
  "null",
  "Null", "~", "- a", "a: b", "# no", "EOD", "", " ", "\"", "EOD\nplot sin(x)", "日本語 ✓ 🇩🇪 é",
  "\u{E0041}",
]

@Suite struct EscapingTests {
  @Test(
    "a gnuplot text is one string on one line, with nothing inside that ends it or means something")
  func gnuplot() throws {
    for text in attacks + [String(repeating: "'", count: 1000)] {
      for quoted in [GnuplotText.quoted(text), GnuplotText.quotedTic(text)] {
        let scalars = Array(quoted.unicodeScalars)
        let quote = try #require(scalars.first)
        #expect((quote == "'" || quote == "\"") && scalars.count >= 2 && scalars.last == quote)
        let inside = scalars.dropFirst().dropLast()
        if quote == "'" {
          #expect(!inside.contains("'"), "\(quoted)")
        } else {
          #expect(inside.allSatisfy { !"'\"`@".unicodeScalars.contains($0) }, "\(quoted)")
          for place in inside.indices where inside[place] == "\\" {
            let digits = inside[(place + 1)...].prefix(3)
            #expect(digits.count == 3 && digits.allSatisfy { ("0"..."7").contains($0) })
          }
        }
        #expect(!scalars.contains { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) })
        #expect(GnuplotText.shown(text).utf8.count < 1024)
      }
    }
    #expect(GnuplotText.shown("a\nb") == "a b" && GnuplotText.shown("é%'") == "é%'")
    #expect(GnuplotText.shown(String(repeating: "x", count: 500)).hasSuffix("…"))
  }

  @Test(
    "a shell reads a quoted text as one word with the same bytes",
    arguments: attacks.filter { !$0.utf8.contains(0) })
  func shell(text: String) throws {
    let outcome = try ChildProcess(
      "/bin/sh", ["-c", "printf %s \(ShellText.word(text))"], timeLimit: .seconds(20)
    ).run()
    #expect(outcome.isSuccess && outcome.output == Data(text.utf8))
  }

  @Test("a CSV field that a spreadsheet takes for a formula gets an apostrophe, which goes again")
  func csv() {
    for text in attacks {
      let field = CSVText.field(text)
      let isQuoted = field.unicodeScalars.first == "\""
      let content =
        isQuoted
        ? String(field.unicodeScalars.dropFirst().dropLast()).replacingOccurrences(
          of: "\"\"", with: "\"", options: .literal) : field
      #expect(CSVText.text(of: content) == text, "\(TerminalText.escaped(text))")
      if let first = content.unicodeScalars.first {
        #expect(!"=+-@\t\r".unicodeScalars.contains(first), "\(content)")
      }
    }
    for number in ["-1", "+1.5e-3", "-inf"] { #expect(CSVText.field(number) == number) }
  }

  @Test("markup has no character that begins a tag, an entity or the end of an attribute")
  func markup() {
    for text in attacks {
      let escaped = MarkupText.escaped(text)
      #expect(!escaped.utf8.contains { "<>\"'".utf8.contains($0) || $0 == 0 })
      let entities = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"]
      #expect(
        escaped.components(separatedBy: "&").dropFirst().allSatisfy { part in
          entities.contains { ("&" + part).utf8.starts(with: $0.utf8) }
        })
    }
  }

  @Test("a terminal gets no control character, and a message of a megabyte has at most 1 kB")
  func terminal() {
    #expect(TerminalText.escaped("a\u{1B}[31mb\0\u{202E}") == "a\\u{1B}[31mb\\u{0}\\u{202E}")
    #expect(TerminalText.escaped("one\n\ttwo") == "one\n\ttwo")
    for text in attacks {
      #expect(
        !TerminalText.message(text).unicodeScalars.contains {
          $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) || $0.value == 0x202E
        })
    }
    let long = String(repeating: "é\u{1B}", count: 500_000) + "!"
    for error in ["\(InputError(long, at: long, long))", "\(RunError(long))"] {
      #expect(error.utf8.count <= 1024 && error.utf8.count > 900 && error.contains("[…]"))
    }
    let named = "\(InputError("a.yaml", at: "line 3", "unknown key '\(long)', known are x"))"
    #expect(named.hasPrefix("a.yaml: line 3: unknown key '") && named.hasSuffix("known are x."))
    let many = "\(InputErrors((0..<200_000).map { InputError("f", "fault \($0)") }))"
    #expect(many.hasSuffix("fault 49.\n… and 199950 more faults."))
    #expect("\(InputError("f", "two\nlines"))" == "f: two\\u{A}lines.")
  }
}

@Suite struct ContainedFileTests {
  @Test("a link out of the folder, or to nothing, is rejected; one inside it is read")
  func links() throws {
    let folder = FileManager.default.temporaryDirectory.path + "/ow-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try AtomicFile.write("x", to: folder + "/run/inside.txt")
    try AtomicFile.write("secret", to: folder + "/run-other/outside.txt")
    for (name, target) in [
      ("good", "inside.txt"), ("out", "../run-other/outside.txt"), ("absolute", "/etc/hostname"),
      ("nothing", "missing"), ("loop", "loop"), ("figures", "../run-other"),
    ] {
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder)/run/\(name)", withDestinationPath: target)
    }
    let run = folder + "/run"
    #expect(try InputFile.path(of: "inside.txt", inside: run) == run + "/inside.txt")
    #expect(try InputFile.path(of: "good", inside: run) == run + "/good")
    #expect(try InputFile.path(of: "missing", inside: run) == nil)
    for name in ["out", "absolute", "nothing", "loop", "figures", "figures/outside.txt"] {
      #expect(throws: InputError.self, "\(name)") { try InputFile.path(of: name, inside: run) }
    }
  }
}
