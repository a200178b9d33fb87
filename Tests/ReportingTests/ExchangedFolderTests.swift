import Foundation
import InputOutput
import Reporting
import TestSupport
import Testing

/// Output folders that are moved, removed or replaced while a run works in them.
@Suite struct ExchangedFolderTests {
  /// What is at the old path of the folder.
  enum Exchange: CaseIterable { case nothing, link, folder }

  /// Moves `folder` to `folder-moved` and puts something in its place.
  private static func exchange(_ folder: String, for exchange: Exchange, victim: String) throws {
    try #require(rename(folder, folder + "-moved") == 0)
    switch exchange {
    case .nothing: break
    case .link: try #require(symlink(victim, folder) == 0)
    case .folder: try #require(mkdir(folder, 0o755) == 0)
    }
  }

  @Test(
    "nothing is written to the old path, and nothing stays in the folder that was moved",
    arguments: Exchange.allCases)
  func directory(exchange: Exchange) throws {
    let scratch = try ScratchFolder()
    let victim = scratch.path + "/victim"
    try AtomicFile.write("mine", to: victim + "/run.yaml")
    for step in 0..<3 {
      let folder = "\(scratch.path)/run\(step)"
      do {
        let run = try RunDirectory(at: folder, job: "map")
        if step == 0 { try Self.exchange(folder, for: exchange, victim: victim) }
        let first = Result { try run.write("new", to: "figures/a.svg") }
        if step == 1 { try Self.exchange(folder, for: exchange, victim: victim) }
        let second = Result { try run.writeRunFile(settings: [], provenance: []) }
        if step == 2 { try Self.exchange(folder, for: exchange, victim: victim) }
        let end = Result { try run.finish() }
        let failures = [first, second, end].map { result -> Bool in
          guard case .failure(let error) = result else { return false }
          return error is RunError && "\(error)".contains("was moved, removed or replaced")
        }
        #expect(failures == [step < 1, step < 2, true])
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "-moved") == [])
      #expect(AtomicFile.isFolder(folder) == (exchange != .nothing))
      if exchange == .folder {
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
      }
    }
    #expect(try ScratchFolder.files(victim) == ["run.yaml"])
    #expect(try InputFile.text(of: victim + "/run.yaml") == "mine")
  }

  @Test(
    "a run that works in its folder ends, and neither its marker nor its files are made elsewhere",
    arguments: Exchange.allCases, [false, true])
  func folder(exchange: Exchange, isShared: Bool) throws {
    let scratch = try ScratchFolder()
    let victim = scratch.path + "/victim"
    let folder = scratch.path + "/run"
    try AtomicFile.write("mine", to: victim + "/log.txt")
    for isMarked in [false, true] {
      try? FileManager.default.removeItem(atPath: folder)
      try? FileManager.default.removeItem(atPath: folder + "-moved")
      let run = try RunFolder(
        at: folder, job: "sweep", overwrites: false, isShared: isShared, names: ["log.txt"])
      if isMarked { try run.write("first", to: "first.txt") }
      try Self.exchange(folder, for: exchange, victim: victim)
      #expect(throws: RunError.self) { try run.list("log.txt") }
      #expect(throws: RunError.self) { try run.write("new", to: "log.txt") }
      #expect(throws: RunError.self) { try run.finish() }
      #expect(throws: RunError.self) { try run.clear() }
      #expect(
        try ScratchFolder.files(folder + "-moved")
          == (isMarked ? [".ohmweave-run", "first.txt"] : []))
      #expect(AtomicFile.isFolder(folder) == (exchange != .nothing))
    }
    #expect(try ScratchFolder.files(victim) == ["log.txt"])
    #expect(try InputFile.text(of: victim + "/log.txt") == "mine")
  }
}
