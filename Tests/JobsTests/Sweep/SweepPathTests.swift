import ArrayFiles
import Foundation
import InputOutput
import TestSupport
import Testing

/// The `run.yaml` of a study whose files have relative paths, run from another folder.
@Suite(.enabled(if: OhmweaveCommand.path != nil, "the executable ohmweave is not built"))
struct SweepPathTests {
  private static let study = """
    study: read
    job: solve
    settings: {conductances: data/array.npz}
    parameters: {wire-resistance: {values: [1 Ohm, 2 Ohm]}}

    """

  private func scratch() throws -> ScratchFolder {
    let scratch = try ScratchFolder()
    for folder in ["here/data", "there"] { try AtomicFile.makeFolder("\(scratch.path)/\(folder)") }
    let g = NumericArray(shape: [2, 2], doubles: [1e-5, 2e-5, 3e-5, 4e-5])
    let v = NumericArray(shape: [2], doubles: [0.1, 0.2])
    try AtomicFile.write(
      try NPZ.bytes([("G", g), ("V", v)]), to: "\(scratch.path)/here/data/array.npz")
    try AtomicFile.write(Self.study, to: "\(scratch.path)/here/study.yaml")
    return scratch
  }

  private func metrics(_ path: String) throws -> String {
    try String(contentsOfFile: "\(path)/metrics.csv", encoding: .utf8)
  }

  @Test("a run repeats from any folder, into the folder that the user is in")
  func anywhere() throws {
    let scratch = try scratch()
    let (here, there) = ("\(scratch.path)/here", "\(scratch.path)/there")
    let first = try OhmweaveCommand.run(
      ["sweep", "study.yaml", "-o", "out"], folder: here)
    #expect(first.status == 0, "\(first.complaints)")
    let second = try OhmweaveCommand.run(
      ["sweep", "../here/out/run.yaml", "-o", "again"], folder: there)
    #expect(second.status == 0, "\(second.complaints)")
    #expect(try metrics("\(there)/again") == metrics("\(here)/out"))
    // The repeated run repeats in turn, and without an output named it is where the user is.
    let third = try OhmweaveCommand.run(["sweep", "there/again/run.yaml"], folder: scratch.path)
    #expect(third.status == 0, "\(third.complaints)")
    #expect(try metrics("\(scratch.path)/runs/run") == metrics("\(here)/out"))
  }

  @Test("the plan of a run does not depend on the folder: run.yaml resumes it")
  func resumes() throws {
    let scratch = try scratch()
    let here = "\(scratch.path)/here"
    #expect(
      try OhmweaveCommand.run(["sweep", "study.yaml", "-o", "out"], folder: here).status == 0)
    let again = try OhmweaveCommand.run(
      ["sweep", "here/out/run.yaml", "-o", "here/out", "--resume"], folder: scratch.path)
    #expect(again.status == 0, "\(again.complaints)")
  }

  @Test("where the folder of the earlier run is gone, paths lead from the user's")
  func gone() throws {
    let scratch = try scratch()
    let (here, moved) = ("\(scratch.path)/here", "\(scratch.path)/moved")
    #expect(
      try OhmweaveCommand.run(["sweep", "study.yaml", "-o", "out"], folder: here).status == 0)
    try FileManager.default.moveItem(atPath: here, toPath: moved)
    let again = try OhmweaveCommand.run(["sweep", "out/run.yaml", "-o", "again"], folder: moved)
    #expect(again.status == 0, "\(again.complaints)")
  }
}
