import StrictYAML

/// What a study asks of a cluster, under `slurm`.
public struct ClusterOptions: Hashable, Sendable {
  /// How many tasks the job array has.
  public var tasks: Int
  /// Processors a task.
  public var processors: Int
  /// Where it runs; empty for the cluster's default. The same holds for the following.
  public var partition: String
  public var account: String
  /// As Slurm writes it: "02:00:00", "4G".
  public var time: String
  public var memory: String
  /// What `module load` loads before a task.
  public var modules: [String]

  init(reading node: StrictNode) {
    tasks = node.exists ? node.integer("tasks", in: 1...100_000, default: 4) : 4
    processors = node.exists ? node.integer("processors", in: 1...1024, default: 1) : 1
    func word(_ key: String) -> String {
      guard node.exists else { return "" }
      let text = node.text(key, default: "")
      if !Self.isWord(text) {
        node.child(key).fault("'\(text)' holds characters that a script must not hold here")
      }
      return text
    }
    partition = word("partition")
    account = word("account")
    time = word("time")
    memory = word("memory")
    modules = node.exists ? node.child("modules").elements().compactMap { $0.text() } : []
    if !modules.allSatisfy(Self.isWord) {
      node.child("modules").fault("a module's name holds letters, digits and -_./:+ only")
    }
  }

  /// Whether `text` may stand in a script without quotes.
  private static func isWord(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { scalar in
      scalar.isASCII
        && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
          || "-_./:+,".unicodeScalars.contains(scalar))
    }
  }
}
