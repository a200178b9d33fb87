import Foundation
import InputOutput
import Reporting
import TestSupport
import Testing

@Suite struct RunFolderTests {
  private static let good = "ohmweave-run 1\njob map\nstate finished\nfile run.yaml\n"

  /// A run of `job` that writes its run file and `names`.
  private static func run(
    _ folder: String, overwrites: Bool, names: [String] = ["data.csv"]
  ) throws {
    let run = try RunDirectory(at: folder, job: "map", overwrites: overwrites, files: names)
    for name in names { try run.write("new", to: name) }
    try run.writeRunFile(settings: [], provenance: [])
    try run.finish()
  }

  @Test(
    "a marker that no run writes is not believed, and nothing changes",
    arguments: [
      good + "file ../../victim\n", good + "file /etc/passwd\n", good + "file a/../../victim\n",
      good + "file figures//x\n", good + "file .\n", good + "file a\u{1}b\n", "",
      "ohmweave-run 2\n",
      good + "state gone\n", good + "rm -rf /\n", good + "file .ohmweave-run\n",
      "ohmweave-run 1\nstate finished\n", good + "file a/b/c/d/e\n",
    ])
  func badMarker(text: String) throws {
    let scratch = try ScratchFolder()
    let folder = scratch.path + "/a/run"
    try AtomicFile.write(text, to: folder + "/.ohmweave-run")
    try AtomicFile.write("old", to: folder + "/run.yaml")
    try AtomicFile.write("mine", to: scratch.path + "/victim")
    let before = try ScratchFolder.files(scratch.path)
    #expect(throws: InputError.self) { try Self.run(folder, overwrites: true) }
    #expect(try ScratchFolder.files(scratch.path) == before)
    #expect(try InputFile.text(of: folder + "/run.yaml") == "old")
  }

  @Test("a huge marker, a link and a folder in its place are refused")
  func strangeMarker() throws {
    let scratch = try ScratchFolder()
    let path = scratch.path + "/run/.ohmweave-run"
    try AtomicFile.write(Self.good + String(repeating: "file a\n", count: 1 << 20), to: path)
    #expect(throws: InputError.self) { try Self.run(scratch.path + "/run", overwrites: true) }
    unlink(path)
    try AtomicFile.write(Self.good, to: scratch.path + "/elsewhere")
    symlink(scratch.path + "/elsewhere", path)
    #expect(throws: InputError.self) { try Self.run(scratch.path + "/run", overwrites: true) }
    unlink(path)
    mkdir(path, 0o755)
    #expect(throws: InputError.self) { try Self.run(scratch.path + "/run", overwrites: true) }
  }

  @Test("a last line that a full disk cut off is left out, and lines behind it count")
  func cutMarker() throws {
    let scratch = try ScratchFolder()
    let folder = scratch.path + "/run"
    try AtomicFile.write(Self.good + "file res", to: folder + "/.ohmweave-run")
    try AtomicFile.write("old", to: folder + "/run.yaml")
    try AtomicFile.write("mine", to: folder + "/res")
    try Self.run(folder, overwrites: true)
    #expect(
      try ScratchFolder.files(folder) == [".ohmweave-run", "data.csv", "res", "run.yaml"])
  }

  @Test("links planted in the folder of a run lead nowhere")
  func links() throws {
    let scratch = try ScratchFolder()
    let folder = scratch.path + "/run"
    let victim = scratch.path + "/victim"
    try AtomicFile.write("mine", to: victim + "/x.txt")
    try Self.run(folder, overwrites: false, names: ["figures/x.txt", "data.csv"])
    // A link in the place of a folder of the run.
    try FileManager.default.removeItem(atPath: folder + "/figures")
    symlink(victim, folder + "/figures")
    #expect(throws: InputError.self) {
      try Self.run(folder, overwrites: true, names: ["figures/x.txt"])
    }
    #expect(try InputFile.text(of: victim + "/x.txt") == "mine")
    unlink(folder + "/figures")
    try Self.run(folder, overwrites: true, names: ["data.csv"])
    // A link in the place of a file.
    unlink(folder + "/data.csv")
    symlink(victim + "/x.txt", folder + "/data.csv")
    #expect(throws: InputError.self) { try Self.run(folder, overwrites: true) }
    #expect(try InputFile.text(of: victim + "/x.txt") == "mine")
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: folder + "/data.csv") == victim
        + "/x.txt")
  }

  @Test("a file of the user's in the place of a run's is kept, before and at the end of the work")
  func collisions() throws {
    let scratch = try ScratchFolder()
    let folder = scratch.path + "/run"
    try Self.run(folder, overwrites: false, names: [])
    try AtomicFile.write("mine", to: folder + "/data.csv")
    let early = #expect(throws: InputError.self) { try Self.run(folder, overwrites: true) }
    #expect(
      early?.description == "\(folder)/data.csv: was not written by a run and is not replaced.")
    let run = try RunDirectory(at: folder, job: "map", overwrites: true)
    try run.write("new", to: "data.csv")
    try run.write("new", to: "more.csv")
    try run.writeRunFile(settings: [], provenance: [])
    #expect(throws: RunError.self) { try run.finish() }
    #expect(try InputFile.text(of: folder + "/data.csv") == "mine")
    #expect(try InputFile.text(of: folder + "/more.csv") == "new")
    #expect(
      try ScratchFolder.files(folder) == [".ohmweave-run", "data.csv", "more.csv", "run.yaml"])
  }

  @Test("a folder without a marker is used with --overwrite only, and every file in it is kept")
  func unmarked() throws {
    let scratch = try ScratchFolder()
    try AtomicFile.write("mine", to: scratch.path + "/results.sqlite")
    #expect(throws: InputError.self) { try Self.run(scratch.path, overwrites: false) }
    try AtomicFile.write("mine", to: scratch.path + "/metrics.csv")
    let error = #expect(throws: InputError.self) { try Self.run(scratch.path, overwrites: true) }
    #expect(
      error?.description
        == "\(scratch.path)/metrics.csv: was not written by a run and is not replaced.")
    #expect(try ScratchFolder.files(scratch.path) == ["metrics.csv", "results.sqlite"])
    unlink(scratch.path + "/metrics.csv")
    try Self.run(scratch.path, overwrites: true)
    #expect(try InputFile.text(of: scratch.path + "/data.csv") == "new")
    #expect(try InputFile.text(of: scratch.path + "/results.sqlite") == "mine")
  }

  @Test("a link or a file in the place of the folder of figures is rejected before the work")
  func figures() throws {
    let scratch = try ScratchFolder()
    let folder = scratch.path + "/run"
    try AtomicFile.makeFolder(scratch.path + "/elsewhere")
    try Self.run(folder, overwrites: false)
    for isLink in [true, false] {
      if isLink {
        symlink(scratch.path + "/elsewhere", folder + "/figures")
      } else {
        try AtomicFile.write("mine", to: folder + "/figures")
      }
      let error = #expect(throws: InputError.self) {
        try RunDirectory(at: folder, job: "map", overwrites: true)
      }
      #expect(error?.description.contains("/figures: is a file or a link") == true)
      unlink(folder + "/figures")
    }
    try Self.run(folder, overwrites: true, names: ["figures/x.txt"])
  }

  @Test("two runs in one folder: the second is refused while the first works")
  func locked() throws {
    let scratch = try ScratchFolder()
    let folder = scratch.path + "/run"
    var first: RunDirectory? = try RunDirectory(at: folder, job: "map")
    let error = #expect(throws: InputError.self) { try Self.run(folder, overwrites: true) }
    #expect(error?.description.contains("another run is working in this folder") == true)
    first = nil
    _ = first
    try Self.run(folder, overwrites: false)
  }

  @Test("what killed processes left is removed at the next start, and nothing that looks alike")
  func leftovers() throws {
    let scratch = try ScratchFolder()
    let folder = scratch.path + "/run"
    // No process has this number: Linux ends at 2^22.
    let dead = 4_194_305
    let gone = [
      ".ohmweave-staging-\(dead)/figures/a.svg", "run.yaml.tmp-\(dead)-7",
      ".ohmweave-run.tmp-\(dead)-1", "data.csv.tmp-\(dead)-0",
      // A process of this number runs, and does not write here: the folder is locked.
      "run.yaml.tmp-1-7",
    ]
    let kept = [
      ".ohmweave-staging-1/a", "notes.tmp-\(dead)-7", "run.yaml.tmp-\(dead)",
      "run.yaml.tmp-0\(dead)-7", "run.yaml.tmp-\(dead)-7.txt",
    ]
    for name in gone { try AtomicFile.write("x", to: "\(folder)/\(name)") }
    try Self.run(folder, overwrites: false)
    for name in gone + kept { try AtomicFile.write("x", to: "\(folder)/\(name)") }
    try Self.run(folder, overwrites: true)
    #expect(
      try ScratchFolder.files(folder)
        == ([".ohmweave-run", "data.csv", "run.yaml"] + kept).sorted())
  }

  @Test("a run that was killed while its files moved into place can be started again")
  func placing() throws {
    let scratch = try ScratchFolder()
    let folder = scratch.path + "/run"
    try AtomicFile.write("old", to: folder + "/old.csv")
    try AtomicFile.write("mine", to: folder + "/mine.csv")
    var status = stat()
    #expect(stat(folder, &status) == 0)
    let files = "file old.csv\nfile data.csv\nfile run.yaml\n"
    // Of a copy, of a run of another job, and of something that no run writes.
    for (job, state) in [
      ("map", "placing"), ("map", "placing \(status.st_ino + 1)"),
      ("adc", "placing \(status.st_ino)"), ("map", "placing x"), ("map", "finished 7"),
    ] {
      try AtomicFile.write(
        "ohmweave-run 1\njob \(job)\nstate \(state)\n\(files)", to: folder + "/.ohmweave-run")
      #expect(throws: InputError.self) { try Self.run(folder, overwrites: false) }
      #expect(try InputFile.text(of: folder + "/old.csv") == "old")
    }
    try AtomicFile.write(
      "ohmweave-run 1\njob map\nstate placing \(status.st_ino)\n\(files)",
      to: folder + "/.ohmweave-run")
    try Self.run(folder, overwrites: false)
    #expect(
      try ScratchFolder.files(folder) == [".ohmweave-run", "data.csv", "mine.csv", "run.yaml"])
  }
}
