import StrictYAML

/// Where the number that a claim is compared with comes from.
public struct ClaimSource: Hashable, Sendable {
  /// How far the number was checked.
  public enum Label: String, CaseIterable, Sendable {
    /// Read in the source that is named.
    case published
    /// Computed by an independent program, or measured earlier by this one.
    case derived
    /// Known from memory or from somebody's notes, not checked at the source.
    case recalled
  }

  public var label: Label
  /// The paper, table, program or command.
  public var reference: String

  /// "published: reference" as a mapping of one key: `source: {published: "…, table 1"}`.
  init?(reading node: StrictNode) {
    guard node.exists else { return nil }
    let known = Label.allCases.map(\.rawValue)
    guard node.keys.count == 1, let name = node.keys.first else {
      node.fault("one of '\(known.joined(separator: "', '"))' is expected, with the reference")
      return nil
    }
    for label in Label.allCases where label.rawValue == name {
      self.label = label
      reference = node.text(name)
      return
    }
    // The unknown key is a fault at the end of the reading, with the nearest name.
    for name in known { _ = node.has(name) }
    return nil
  }
}
