import Foundation
import InputOutput
import Testing

@Suite struct OutputTargetTests {
  private static func scratch() throws -> String {
    let folder = FileManager.default.temporaryDirectory.path + "/ow-\(UUID().uuidString)"
    try AtomicFile.makeFolder(folder)
    return folder
  }

  @Test("devices stay devices: /dev/null takes everything, /dev/full says that it is full")
  func devices() throws {
    try AtomicFile.write("text", to: "/dev/null")
    let error = #expect(throws: RunError.self) { try AtomicFile.write("text", to: "/dev/full") }
    #expect(error?.message == "cannot write /dev/full: No space left on device")
    for path in ["/dev/null", "/dev/full"] {
      var status = stat()
      #expect(lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
    }
  }

  @Test("a FIFO is written directly")
  func fifo() throws {
    let folder = try Self.scratch()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/fifo"
    #expect(mkfifo(path, 0o600) == 0)
    let reader = Process()
    reader.executableURL = URL(filePath: "/bin/sh")
    reader.arguments = ["-c", "cat \"$0\" >\"$0.copy\"", path]
    try reader.run()
    try AtomicFile.write("through", to: path)
    reader.waitUntilExit()
    #expect(try InputFile.text(of: path + ".copy") == "through")
  }

  @Test("links, also to nothing, and folders are not replaced")
  func links() throws {
    let folder = try Self.scratch()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try AtomicFile.write("mine", to: folder + "/file")
    symlink(folder + "/file", folder + "/link")
    symlink(folder + "/nothing", folder + "/dangling")
    for name in ["link", "dangling"] {
      let error = #expect(throws: RunError.self) {
        try AtomicFile.write("new", to: "\(folder)/\(name)")
      }
      #expect(
        error?.message
          == "\(folder)/\(name) is a symbolic link, which is not replaced: name the file itself")
    }
    #expect(throws: RunError.self) { try AtomicFile.write("new", to: folder) }
    #expect(throws: RunError.self) { try AtomicFile.makeFolder(folder + "/dangling/deep") }
    #expect(throws: RunError.self) { try AtomicFile.makeFolder(folder + "/file/deep") }
    #expect(try InputFile.text(of: folder + "/file") == "mine")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        == ["dangling", "file", "link"])
  }

  @Test("a file that exists is replaced only where that is asked for")
  func existing() throws {
    let folder = try Self.scratch()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/file"
    try AtomicFile.checkWritable(path, overwrites: false)
    try AtomicFile.write("mine", to: path)
    let error = #expect(throws: InputError.self) {
      try AtomicFile.checkWritable(path, overwrites: false)
    }
    #expect(error?.description == "\(path): the file exists already, --overwrite replaces it.")
    // What a killed process left of this file goes, what is of another file stays.
    try AtomicFile.write("x", to: path + ".tmp-4194305-9")
    try AtomicFile.write("x", to: path + "2.tmp-4194305-9")
    try AtomicFile.checkWritable(path, overwrites: true)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        == ["file", "file2.tmp-4194305-9"])
  }
}
