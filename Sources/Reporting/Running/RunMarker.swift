import Foundation
import InputOutput

/// The file `.ohmweave-run` in the folder of a run: the job, its state and the files that it wrote.
///
/// ```
/// ohmweave-run 1
/// job train
/// state running
/// file run.yaml
/// file figures/loss.svg
/// ```
/// The state `placing` is followed by the number of the folder on its file system: in a copy of the folder,
/// or in one that came from elsewhere, it does not count. A file's line is there before the file is. Lines are appended, each in one write, so that several
/// processes of a study can share one marker; of several states the last one counts.
struct RunMarker: Sendable, Equatable {
  /// What the job is doing.
  enum State: String, Sendable {
    /// It works in the folder; a job that can be resumed stays in this state when it is killed.
    case running
    /// Its files are being moved into the folder: files of the run before may be among them.
    case placing
    /// It is done.
    case finished
  }

  static let fileName = ".ohmweave-run"
  /// Names of this program's own files begin so.
  static let ownPrefix = ".ohmweave-"
  private static let firstLine = "ohmweave-run 1"
  private static let longest = 4 << 20

  var job: String
  var state: State
  /// The number of the folder that files are being moved into, in the state `placing`.
  var folderNumber: UInt64?
  /// Relative paths, in the order of writing, none twice.
  private(set) var files: [String] = []
  private var known: Set<String> = []

  init(job: String, state: State, folderNumber: UInt64? = nil, files: [String] = []) {
    self.job = job
    self.state = state
    self.folderNumber = folderNumber
    for file in files { add(file) }
  }

  /// Whether the run wrote the file `name`.
  func lists(_ name: String) -> Bool { known.contains(name) }

  /// Adds `name`, where it is not there yet.
  mutating func add(_ name: String) {
    precondition(Self.isAllowed(name), "'\(name)' is not the name of a run's file")
    if known.insert(name).inserted { files.append(name) }
  }

  /// Whether `name` is a plain relative path below the folder: no `..`, no absolute path, no control
  /// characters, none of the marker's own names.
  static func isAllowed(_ name: String) -> Bool {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count <= 4
      && name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
      && parts.allSatisfy { part in
        !part.isEmpty && part != "." && part != ".." && part.utf8.count <= 255
          && !part.hasPrefix(ownPrefix)
      }
  }

  /// The folder part of a file's name; empty for a file in the folder of the run itself.
  static func folder(of name: String) -> String {
    name.lastIndex(of: "/").map { String(name[..<$0]) } ?? ""
  }

  /// The whole file.
  var text: String {
    Self.firstLine + "\n" + Self.line(job: job) + Self.line(state, folderNumber)
      + files.map(Self.line(file:)).joined()
  }

  private static func line(job: String) -> String { "job \(job)\n" }
  static func line(_ state: State, _ folderNumber: UInt64? = nil) -> String {
    "state \(state.rawValue)\(folderNumber.map { " \($0)" } ?? "")\n"
  }
  static func line(file: String) -> String { "file \(file)\n" }

  /// The marker in `folder`, or `nil` where there is none.
  ///
  /// - Throws: `InputError` where the marker is not a regular file, too large, or has a line that no run
  ///   writes; nothing in the folder may be trusted then.
  init?(in folder: FolderHandle) throws(InputError) {
    let path = "\(folder.path)/\(Self.fileName)"
    guard let text = try folder.text(of: Self.fileName, limit: Self.longest) else { return nil }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    // A last line without its end was cut off by a full disk.
    lines.removeLast()
    func fault(_ line: Int, _ problem: String) -> InputError {
      InputError(
        path, at: "line \(line + 1)",
        "\(problem); no file of the folder is replaced while the list is damaged")
    }
    guard lines.first.map(String.init) == Self.firstLine else {
      throw fault(0, "'\(Self.firstLine)' is expected")
    }
    self.init(job: "", state: .running)
    for (number, line) in lines.enumerated().dropFirst() where !line.isEmpty {
      let (key, value) =
        line.firstIndex(of: " ").map {
          (line[..<$0], String(line[line.index(after: $0)...]))
        } ?? (line, "")
      switch key {
      case "job": job = value
      case "state":
        let words = value.split(separator: " ", omittingEmptySubsequences: false)
        guard let new = State(rawValue: String(words.first ?? "")), words.count <= 2,
          words.count == 1 || new == .placing && UInt64(words[1]) != nil
        else { throw fault(number, "an unknown state") }
        state = new
        folderNumber = words.count == 2 ? UInt64(words[1]) : nil
      case "file":
        guard Self.isAllowed(value) else {
          throw fault(number, "not the relative path of a file in this folder")
        }
        add(value)
      default: throw fault(number, "neither a job, a state nor a file")
      }
    }
    guard !job.isEmpty else { throw InputError(path, "names no job") }
  }
}
