import Foundation
import InputOutput
import TestSupport
import Testing

/// The command with outputs that are full, closed, in the way or someone else's.
@Suite(.enabled(if: OhmweaveCommand.path != nil, "the executable ohmweave is not built"))
struct OutputCommandTests {
  private static let adc = ["adc", "--function", "sigmoid", "--bits", "3", "--chips", "5"]

  /// Runs the command by the shell, `redirections` behind it.
  private static func shell(
    _ arguments: [String], _ redirections: String
  ) throws -> (status: Int32, complaints: String) {
    let command = try #require(OhmweaveCommand.path)
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", "\"$0\" \"$@\" \(redirections)", command] + arguments
    let pipe = Pipe()
    process.standardError = pipe
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }

  @Test("a standard output that is full or closed ends with status 1 and a sentence")
  func fullOutput() throws {
    let scratch = try ScratchFolder()
    let run = Self.adc + ["--output", scratch.path + "/run"]
    for arguments in [["--help"], ["--version"], ["device", "list"], run] {
      let full = try Self.shell(arguments, ">/dev/full")
      #expect(full.status == 1, "\(arguments)")
      let last = full.complaints.split(separator: "\n").last ?? ""
      #expect(last.hasPrefix("cannot write to standard output"), "\(full.complaints)")
    }
    // The results were written before.
    #expect(FileManager.default.fileExists(atPath: scratch.path + "/run/report.html"))
    let closed = try Self.shell(run + ["--overwrite"], ">&-")
    #expect(closed.status == 1 && closed.complaints.contains("cannot write to standard output"))
    let page = try InputFile.text(of: scratch.path + "/run/report.html")
    #expect(page.hasPrefix("<!DOCTYPE html>"))
  }

  @Test("a standard error that is full or closed changes nothing")
  func fullError() throws {
    let scratch = try ScratchFolder()
    for redirection in ["2>/dev/full", "2>&-", "<&- 2>&-"] {
      let folder = "\(scratch.path)/run\(redirection.count)"
      #expect(try Self.shell(Self.adc + ["--output", folder], redirection).status == 0)
      #expect(try InputFile.text(of: folder + "/run.yaml").hasPrefix("# Run again"))
      #expect(try Self.shell(["adc", "--bits", "99"], redirection).status == 65)
    }
  }

  @Test("the same output twice asks for --overwrite, which keeps what other programs wrote")
  func overwrite() throws {
    let scratch = try ScratchFolder()
    let folder = scratch.path + "/run"
    let arguments = Self.adc + ["--output", folder]
    #expect(try OhmweaveCommand.run(arguments).status == 0)
    try AtomicFile.write("mine", to: folder + "/results.sqlite")
    let refused = try OhmweaveCommand.run(arguments)
    #expect(refused.status == 65)
    #expect(
      refused.complaints
        == "\(folder): holds a finished run of 'adc': --overwrite replaces its files, another --output "
        + "keeps them.\n")
    #expect(try OhmweaveCommand.run(arguments + ["--overwrite"]).status == 0)
    #expect(try InputFile.text(of: folder + "/results.sqlite") == "mine")
    let other = try OhmweaveCommand.run(
      ["solve", "--rows", "2", "--columns", "2", "--output", folder, "--overwrite"])
    #expect(other.status == 0, "\(other.complaints)")
    #expect(try InputFile.text(of: folder + "/results.sqlite") == "mine")
    #expect(!FileManager.default.fileExists(atPath: folder + "/chips.npz"))
  }

  @Test("outputs in the way of which something is end with one sentence")
  func inTheWay() throws {
    let scratch = try ScratchFolder()
    try AtomicFile.write("mine", to: scratch.path + "/file")
    symlink(scratch.path + "/nowhere", scratch.path + "/dangling")
    try AtomicFile.write("mine", to: scratch.path + "/mine/thesis.tex")
    try AtomicFile.write("job: adc\n", to: scratch.path + "/legacy/run.yaml")
    for name in ["file", "file/deep", "dangling", "dangling/deep", "mine", "legacy"] {
      let result = try OhmweaveCommand.run(Self.adc + ["--output", "\(scratch.path)/\(name)"])
      #expect(result.status == 1 || result.status == 65, "\(name)")
      #expect(result.complaints.split(separator: "\n").count == 1, "\(result.complaints)")
      #expect(result.complaints.hasSuffix(".\n") && !result.complaints.contains("NSCocoa"))
    }
    #expect(
      try ScratchFolder.files(scratch.path)
        == ["dangling", "file", "legacy/run.yaml", "mine/thesis.tex"])
    // A folder that a mounted file system brings along is as good as empty.
    try AtomicFile.makeFolder(scratch.path + "/mount/lost+found")
    let mounted = try OhmweaveCommand.run(Self.adc + ["--output", scratch.path + "/mount"])
    #expect(mounted.status == 0, "\(mounted.complaints)")
  }

  @Test("a page goes to a device, a stream and a new file, never over a file or a link unasked")
  func report() throws {
    let scratch = try ScratchFolder()
    let folder = scratch.path + "/run"
    #expect(try OhmweaveCommand.run(Self.adc + ["--output", folder]).status == 0)
    let page = scratch.path + "/page.html"
    #expect(try OhmweaveCommand.run(["report", folder, "--to", page]).status == 0)
    let again = try OhmweaveCommand.run(["report", folder, "--to", page])
    #expect(again.status == 65)
    #expect(again.complaints == "\(page): the file exists already, --overwrite replaces it.\n")
    #expect(try OhmweaveCommand.run(["report", folder, "--to", page, "--overwrite"]).status == 0)
    let model = scratch.path + "/model.onnx"
    try AtomicFile.write("weights", to: model)
    let lost = try OhmweaveCommand.run(["report", folder, "--to", model, "--overwrite"])
    #expect(lost.status == 65 && lost.complaints.contains("is not a page that ohmweave wrote"))
    #expect(try InputFile.text(of: model) == "weights")
    let full = try OhmweaveCommand.run(["report", folder, "--to", "/dev/full"])
    #expect(full.status == 1)
    #expect(full.complaints == "cannot write /dev/full: No space left on device.\n")
    #expect(try OhmweaveCommand.run(["report", folder, "--to", "/dev/null"]).status == 0)
    var status = stat()
    #expect(lstat("/dev/full", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
    let streamed = try OhmweaveCommand.run(["report", folder, "--to", "/dev/stdout"])
    #expect(streamed.output == (try InputFile.text(of: page)))
    symlink(page, scratch.path + "/link.html")
    let link = try OhmweaveCommand.run(
      ["report", folder, "--to", scratch.path + "/link.html", "--overwrite"])
    #expect(link.status == 65 && link.complaints.contains("is a symbolic link"))
  }

  @Test("names of one letter in the current folder are outputs like any other")
  func shortNames() throws {
    let scratch = try ScratchFolder()
    let run = try OhmweaveCommand.run(Self.adc + ["--output", "r"], folder: scratch.path)
    #expect(run.status == 0, "\(run.complaints)")
    let report = try OhmweaveCommand.run(["report", "r", "--to", "p"], folder: scratch.path)
    #expect(report.status == 0)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch.path).sorted() == ["p", "r"])
    for name in ["", "/", "."] {
      let result = try OhmweaveCommand.run(Self.adc + ["--output", name], folder: scratch.path)
      #expect(result.status == 1 || result.status == 65, "'\(name)'")
      #expect(result.complaints.split(separator: "\n").count == 1, "\(result.complaints)")
    }
  }

  @Test("an output without a name, or with one that is not UTF-8, is rejected and nothing is made")
  func noName() throws {
    let scratch = try ScratchFolder()
    let empty = try OhmweaveCommand.run(Self.adc + ["--output", ""], folder: scratch.path)
    #expect(empty.status == 65)
    #expect(empty.complaints == "--output: '' is not the path of a folder.\n")
    let command = try #require(OhmweaveCommand.path)
    let bytes = try OhmweaveCommand.run(
      ["-c", "\"$0\" \"$@\" --output \"$(printf 'a\\377')\"", command] + Self.adc,
      executable: "/bin/sh", folder: scratch.path)
    #expect(bytes.status == 65)
    #expect(bytes.complaints.hasPrefix("argument 9: ") && bytes.complaints.contains("not UTF-8"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == [])
  }

  @Test("limits that no run can do with are reported; that on open files is raised")
  func limits() throws {
    let scratch = try ScratchFolder()
    let run = Self.adc + ["--output", scratch.path + "/run"]
    func limited(_ limit: String) throws -> CommandResult {
      let command = try #require(OhmweaveCommand.path)
      return try OhmweaveCommand.run(
        ["-c", "\(limit); exec \"$0\" \"$@\"", command] + run, executable: "/bin/sh")
    }
    let refused = try limited("ulimit -n 5")
    #expect(refused.status == 1)
    #expect(
      refused.complaints
        == "the limit on open files is 5, at least 64 are needed (ulimit -n).\n")
    let stack = try limited("ulimit -s 100")
    #expect(stack.status == 1 && stack.complaints.contains("stack is 100 KiB, at least 1024"))
    let memory = try limited("ulimit -v 200000")
    #expect(memory.status == 1 && memory.complaints.contains("memory is 200000 KiB, at least"))
    let raised = try limited("ulimit -S -n 5")
    #expect(raised.status == 0 && !raised.complaints.contains("left out"), "\(raised.complaints)")
  }

  @Test("a parent that ignores the end of its children does not keep a run from its figures")
  func ignoredChildren() throws {
    let scratch = try ScratchFolder()
    let command = try #require(OhmweaveCommand.path)
    let result = try OhmweaveCommand.run(
      ["-c", "trap '' CHLD; exec \"$0\" \"$@\"", command] + Self.adc
        + ["--output", scratch.path + "/run"], executable: "/bin/sh")
    #expect(result.status == 0 && !result.complaints.contains("left out"), "\(result.complaints)")
  }

  @Test(
    "an empty folder in a parent that nobody may write is enough",
    .enabled(if: OhmweaveCommand.asNobody != nil, "needs root and setpriv"))
  func lockedParent() throws {
    let scratch = try ScratchFolder()
    let folder = scratch.path + "/run"
    try AtomicFile.makeFolder(folder)
    chmod(folder, 0o777)
    chmod(scratch.path, 0o555)
    let process = Process()
    let command = try #require(OhmweaveCommand.asNobody)
    process.executableURL = URL(filePath: command[0])
    process.arguments = Array(command[1...]) + Self.adc + ["--output", folder]
    let pipe = Pipe()
    process.standardError = pipe
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    chmod(scratch.path, 0o755)
    #expect(process.terminationStatus == 0, "\(said)")
  }
}
