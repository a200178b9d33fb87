import Experiments
import Foundation
import InputOutput
import Testing

/// A folder that is gone when the test ends.
final class ScratchFolder {
  let path: String
  init() throws {
    path = NSTemporaryDirectory() + "ohmweave-tests-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(atPath: path) }
}

@Suite struct RunDirectoryTests {
  @Test("what a run file keeps is read back as the same settings")
  func roundTrip() throws {
    let scratch = try ScratchFolder()
    let run = try RunDirectory(at: scratch.path + "/run")
    let written = [
      (key: "model", text: "nets/a b: \"c\".onnx"), (key: "adc-bits", text: "6"),
      (key: "time", text: "1 h"), (key: "note", text: "- # null\n\ttab"), (key: "empty", text: ""),
    ]
    try run.writeRunFile(job: "map", settings: written, provenance: [("host", "somewhere")])
    try run.finish()
    let path = scratch.path + "/run/run.yaml"
    #expect(RunFile.isRunFile(path))
    let read = try RunFile.settings(in: path, job: "map")
    #expect(read.map(\.key) == written.map(\.key))
    #expect(read.map(\.text) == written.map(\.text))
  }

  @Test("a run file of another job is refused with its line")
  func otherJob() throws {
    let scratch = try ScratchFolder()
    let path = scratch.path + "/run.yaml"
    try AtomicFile.write("job: adc\nbits: 5\n", to: path)
    let error = #expect(throws: InputErrors.self) { try RunFile.settings(in: path, job: "map") }
    #expect(
      error?.description
        == "\(path): line 1, job: this is a run file of 'adc', 'map' is expected.")
  }

  @Test("a run that does not finish leaves nothing behind")
  func unfinished() throws {
    let scratch = try ScratchFolder()
    do {
      let run = try RunDirectory(at: scratch.path + "/run")
      try run.write("a", to: "figures/a.svg")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).isEmpty)
  }

  @Test("what a run left that was killed at its first file may be replaced, other files may not")
  func killedEarly() throws {
    let scratch = try ScratchFolder()
    let folder = scratch.path + "/run"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for name in ["run.yaml.tmp-4711-99", "run.yaml.tmp-4712-1"] {
      try Data("job".utf8).write(to: URL(filePath: "\(folder)/\(name)"))
    }
    _ = try RunDirectory(at: folder)
    try Data("mine".utf8).write(to: URL(filePath: "\(folder)/thesis.tmp-new"))
    #expect(throws: InputError.self) { try RunDirectory(at: folder) }
  }

  @Test("a second run takes the place of the first")
  func replaced() throws {
    let scratch = try ScratchFolder()
    for text in ["first", "second"] {
      let run = try RunDirectory(at: scratch.path + "/run")
      try run.write(text, to: "\(text).txt")
      try run.writeRunFile(job: "map", settings: [], provenance: [])
      try run.finish()
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path + "/run")
    #expect(names.sorted() == ["run.yaml", "second.txt"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["run"])
  }

  @Test("a folder that holds something else is not touched")
  func foreign() throws {
    let scratch = try ScratchFolder()
    try AtomicFile.write("mine", to: scratch.path + "/thesis.tex")
    let error = #expect(throws: InputError.self) { try RunDirectory(at: scratch.path) }
    #expect(
      error?.description
        == "\(scratch.path): holds files that are not an ohmweave run, a new or an empty folder is "
        + "expected.")
    #expect(FileManager.default.fileExists(atPath: scratch.path + "/thesis.tex"))
  }
}
