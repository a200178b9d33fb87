import InputOutput
internal import Yams

/// A YAML file that is read strictly; see `StrictNode`.
public final class StrictFile {
  /// The name that faults carry.
  public let source: String
  /// The whole document, a mapping.
  public let root: StrictNode
  /// The largest file, in bytes: one of so many keys takes seconds to read.
  public static let largestSize = 4 << 20
  private let faults: FaultList
  private let tree: Node

  /// Reads the file at `path`, some of its values replaced.
  public convenience init(path: String, overrides: [StrictOverride] = []) throws(InputErrors) {
    let text: String
    do { text = try InputFile.text(of: path, limit: Self.largestSize) } catch {
      throw InputErrors([error])
    }
    try self.init(text: text, source: path, overrides: overrides)
  }

  /// Reads `text`, some of its values replaced; faults carry `source`.
  public init(text: String, source: String, overrides: [StrictOverride] = []) throws(InputErrors) {
    do throws(InputError) { try YAMLBounds.check(text, source: source) } catch {
      throw InputErrors([error])
    }
    let parsed: Node?
    do {
      parsed = try Yams.compose(yaml: text)
    } catch let error as YamlError {
      throw InputErrors([InputError(source, "is not valid YAML: \(Self.reason(error))")])
    } catch {
      throw InputErrors([InputError(source, "is not valid YAML: \(error)")])
    }
    guard var tree = parsed, tree.mapping != nil else {
      throw InputErrors([InputError(source, "a mapping of keys is expected")])
    }
    for one in overrides {
      do throws(InputError) { try one.apply(to: &tree) } catch { throw InputErrors([error]) }
    }
    self.source = source
    self.tree = tree
    faults = FaultList(source: source)
    root = StrictNode(node: tree, path: "", faults: faults)
  }

  /// The whole document as YAML text, with the values that replaced others; comments are gone.
  public var text: String { (try? Yams.serialize(node: tree)) ?? "" }

  /// The values that were taken for keys that the file does not have, in the order in which they were asked for:
  /// the file may state each of them.
  public var defaults: [StrictOverride] { faults.defaults }

  /// The text with further values; `nil` where one does not fit.
  public func text(adding values: [StrictOverride]) -> String? {
    var tree = tree
    for value in values {
      do throws(InputError) { try value.apply(to: &tree) } catch { return nil }
    }
    return try? Yams.serialize(node: tree)
  }

  /// What a user should know of the file though it was read: keys by names of earlier versions.
  public var notices: [String] { faults.notices }

  /// Ends the reading: keys that nobody asked for become faults, and all faults are thrown.
  public func finish() throws(InputErrors) {
    check(tree, path: "")
    let all = faults.all
    if !all.isEmpty { throw InputErrors(all) }
  }

  /// Throws the faults found so far, without looking for unknown keys.
  public func throwFaults() throws(InputErrors) {
    let all = faults.all
    if !all.isEmpty { throw InputErrors(all) }
  }

  private func check(_ node: Node, path: String) {
    if faults.isWhollyAsked(path) || faults.isFull { return }
    if let mapping = node.mapping {
      for (keyNode, value) in mapping {
        if faults.isFull { return }
        guard let key = keyNode.string else { continue }
        if faults.isAsked(key, in: path) {
          check(value, path: path.isEmpty ? key : "\(path).\(key)")
        } else {
          let line = keyNode.mark.map { "line \($0.line)" } ?? ""
          faults.add(
            InputError(
              source, at: line, unknownName("key", key, known: faults.asked(in: path))))
        }
      }
    } else if let sequence = node.sequence {
      for (i, element) in sequence.enumerated() { check(element, path: "\(path)[\(i)]") }
    }
  }

  private static func reason(_ error: YamlError) -> String {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      return "line \(mark.line): \(problem)"
    case .duplicatedKeysInMapping(let duplicates, _):
      let names = duplicates.map { "'\($0)'" }.joined(separator: ", ")
      return "\(names) occurs twice in one mapping"
    case .reader(let problem, let place, _, _):
      return problem + (place.map { " at byte \($0)" } ?? "")
    default: return "\(error)".replacing("\n", with: " ")
    }
  }
}

/// The first faults of one file, and the keys that were asked for.
final class FaultList {
  /// How many faults are kept: nobody reads more at once.
  private static let limit = 100

  let source: String
  private(set) var notices: [String] = []
  private var first: [InputError] = []
  private(set) var isFull = false
  private var known: [String: Set<String>] = [:]
  private var whole: Set<String> = []

  init(source: String) { self.source = source }

  private static let mostDefaults = 1000
  private(set) var defaults: [StrictOverride] = []
  private var kept: Set<[String]> = []

  /// Keeps that `text` was taken for the missing `key` of the piece at `path`.
  func keepDefault(_ key: String, in path: String, _ text: String) {
    guard !text.isEmpty else { return }
    let names = (path.isEmpty ? key : "\(path).\(key)").split { ".[]".contains($0) }
    let place = names.map(String.init)
    // Of several readers of a key the first one's default is kept; a file of so many keys is not written by hand.
    guard defaults.count < Self.mostDefaults, kept.insert(place).inserted else { return }
    defaults.append(StrictOverride(path: place, text: YAMLText.scalar(text)))
  }

  func notice(_ text: String) { if !notices.contains(text) { notices.append(text) } }
  /// The faults, with a last line where there are more.
  var all: [InputError] {
    isFull ? first + [InputError(source, "there are more faults; these are the first")] : first
  }

  func add(_ fault: InputError) {
    guard !isFull, !first.contains(fault) else { return }
    if first.count == Self.limit { isFull = true } else { first.append(fault) }
  }
  func ask(for key: String, in path: String) { known[path, default: []].insert(key) }
  func askWhole(_ path: String) { known[path, default: []].formUnion([]) }
  func askBelow(_ path: String) { whole.insert(path) }
  func isAsked(_ key: String, in path: String) -> Bool { known[path]?.contains(key) ?? false }
  func isWhollyAsked(_ path: String) -> Bool { whole.contains(path) }
  func asked(in path: String) -> [String] { Array(known[path] ?? []) }
}
