/// What is wrong with something that came from outside: a file, an option, a run file.
///
/// The text is one sentence that names the file, the place in it and what is allowed. A command
/// that ends with this error leaves with exit status 65.
public struct InputError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file or option that is wrong, as the user named it.
  public var source: String
  /// The place in the source: "line 12", "node 'Conv_3'", "entry 'w.npy'". Empty where there is none.
  public var place: String
  /// What is wrong and what would have been right, without the final full stop.
  public var problem: String

  /// One fault at one place.
  public init(_ source: String, at place: String = "", _ problem: String) {
    self.source = source
    self.place = place
    self.problem = problem
  }

  /// `source: place: problem.`
  public var description: String {
    sentence(place.isEmpty ? "\(source): \(problem)" : "\(source): \(place): \(problem)")
  }
}

/// Several faults of one input, reported together.
public struct InputErrors: Error, Sendable, CustomStringConvertible {
  /// The faults, in the order of their places. Never empty.
  public let faults: [InputError]

  /// - Precondition: `faults` is not empty.
  public init(_ faults: [InputError]) {
    precondition(!faults.isEmpty, "an error has at least one fault")
    self.faults = faults
  }

  /// One line per fault, and how many more there are after fifty of them.
  public var description: String {
    let shown = faults.prefix(50).map(\.description)
    let rest = faults.count - shown.count
    return (shown + (rest > 0 ? ["… and \(rest) more faults."] : [])).joined(separator: "\n")
  }
}

/// A run that could not be carried to its end although its input was right: exit status 1.
public struct RunError: Error, Hashable, Sendable, CustomStringConvertible {
  /// One sentence, without the final full stop.
  public var message: String
  /// A failure in one sentence.
  public init(_ message: String) { self.message = message }
  /// The sentence.
  public var description: String { sentence(message) }
}

/// `text` with a full stop, where it does not end a sentence already, as one line of at most
/// `TerminalText.messageLimit` bytes that a terminal shows and does not carry out.
private func sentence(_ text: String) -> String {
  let ends = text.last.map { ".?!".contains($0) } ?? false
  return TerminalText.message(ends ? text : text + ".")
}
