import Foundation
import InputOutput
import Reporting
import TestSupport
import Testing

@Suite struct RunDirectoryTests {
  @Test("what a run file keeps is read back as the same settings")
  func roundTrip() throws {
    let scratch = try ScratchFolder()
    let run = try RunDirectory(at: scratch.path + "/run", job: "map")
    let written = [
      (key: "model", text: "nets/a b: \"c\".onnx"), (key: "adc-bits", text: "6"),
      (key: "time", text: "1 h"), (key: "note", text: "- # null\n\ttab"), (key: "empty", text: ""),
    ]
    try run.writeRunFile(settings: written, provenance: [("host", "somewhere")])
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
      let run = try RunDirectory(at: scratch.path + "/run", job: "map")
      try run.write("a", to: "figures/a.svg")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).isEmpty)
  }

  @Test("a second run takes the place of the first where it is asked to, file by file")
  func replaced() throws {
    let scratch = try ScratchFolder()
    let folder = scratch.path + "/run"
    func run(_ text: String, overwrites: Bool) throws {
      let run = try RunDirectory(at: folder, job: "map", overwrites: overwrites)
      try run.write(text, to: "figures/\(text).txt")
      try run.writeRunFile(settings: [], provenance: [])
      try run.finish()
    }
    try run("first", overwrites: false)
    try AtomicFile.write("mine", to: folder + "/thesis.tex")
    try AtomicFile.write("mine", to: folder + "/figures/mine.svg")
    let error = #expect(throws: InputError.self) { try run("second", overwrites: false) }
    #expect(
      error?.description
        == "\(folder): holds a finished run of 'map': --overwrite replaces its files, another --output "
        + "keeps them.")
    try run("second", overwrites: true)
    #expect(
      try ScratchFolder.files(folder) == [
        ".ohmweave-run", "figures/mine.svg", "figures/second.txt", "run.yaml", "thesis.tex",
      ])
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["run"])
  }

  @Test("a folder that holds something else is not touched")
  func foreign() throws {
    let scratch = try ScratchFolder()
    try AtomicFile.write("mine", to: scratch.path + "/thesis.tex")
    let error = #expect(throws: InputError.self) {
      try RunDirectory(at: scratch.path, job: "map")
    }
    #expect(
      error?.description
        == "\(scratch.path): holds files that no run wrote: a new or an empty folder is expected, or "
        + "--overwrite, which keeps them.")
    #expect(FileManager.default.fileExists(atPath: scratch.path + "/thesis.tex"))
  }
}
