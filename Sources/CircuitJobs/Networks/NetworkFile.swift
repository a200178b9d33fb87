import Circuits
import DeviceModels
import InputOutput
import Randomness
import StrictYAML

/// A network of `circuits/networks/`: branches between named nodes, or layers of units joined by floating crossbars.
///
/// Read strictly: unknown keys, laws and nodes are faults that name the closest known one, sizes are bounded before memory
/// is taken.
struct NetworkFile {
  /// What it is, in one line.
  let title: String
  /// The network.
  let network: ResistiveNetwork
  /// The name of each node; empty for nodes inside of crossbars.
  let nodeNames: [String]
  /// The name of each branch: what it is called, or its law and place.
  let branchNames: [String]
  /// The outputs and their targets; `nil` without targets.
  let cost: NetworkCost?
  /// The layers' units, where it is layered.
  let units: [[Int]]
  /// Keys in an earlier spelling.
  let notices: [String]

  /// The most nodes and branches.
  static let largestNodeCount = 1_000_000
  static let largestBranchCount = 2_000_000

  /// Whether the file at `path` is a network: YAML with a key `branches` or `layers` and without `job`.
  static func isNetwork(_ path: String) -> Bool {
    guard path.hasSuffix(".yaml") || path.hasSuffix(".yml"), let file = try? StrictFile(path: path)
    else { return false }
    let keys = Set(file.root.keys)
    return !keys.contains("job") && !keys.isDisjoint(with: ["branches", "layers"])
  }

  /// Reads the file at `path`, some of its values replaced.
  /// - Parameter key: the stream of random conductances.
  /// - Throws: `InputErrors` with every fault of the file; `InputError` where a file of arrays does not fit.
  init(path: String, overrides: [StrictOverride], key: StreamKey) throws {
    let file = try StrictFile(path: path, overrides: overrides)
    let root = file.root
    title = root.text("title")
    _ = root.text("source")
    switch (root.has("branches"), root.has("layers")) {
    case (true, true), (false, false):
      root.fault("either 'branches' between nodes or 'layers' of units are expected")
      try file.throwFaults()
      preconditionFailure("a fault was recorded")
    case (true, false):
      let read = BranchReader(root)
      try file.finish()
      (network, nodeNames, branchNames) = (read.network, read.nodeNames, read.branchNames)
      cost = read.targets.isEmpty ? nil : NetworkCost(read.targets)
      units = []
    case (false, true):
      let read = try LayerReader(root, path: path, key: key)
      try file.finish()
      let circuit = try LayeredCircuit(read.layered, inputs: read.inputs)
      network = circuit.network
      cost = read.targets.isEmpty ? nil : circuit.cost(read.targets)
      units = circuit.units
      nodeNames = LayerReader.nodeNames(circuit)
      branchNames = LayerReader.branchNames(circuit, read.layered)
    }
    notices = file.notices
  }
}
