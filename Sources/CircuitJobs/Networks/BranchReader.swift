import Circuits
import DeviceModels
import InputOutput
import StrictYAML

/// Reads `nodes`, `held`, `branches` and `targets` of a network file.
struct BranchReader {
  private(set) var nodeNames: [String] = []
  private(set) var branchNames: [String] = []
  private(set) var targets: [NetworkTarget] = []
  private var numbers: [String: Int] = [:]
  private var branches: [ResistiveNetwork.Branch] = []
  private var amplifiers: [ResistiveNetwork.Amplifier] = []
  private var held: [Int: Double] = [:]
  private var laws: [CellLaw] = []

  /// The network, if no fault was found.
  var network: ResistiveNetwork {
    ResistiveNetwork(
      nodeCount: nodeNames.count, branches: branches, held: held,
      laws: laws.isEmpty ? [.ohmic] : laws, amplifiers: amplifiers)
  }

  init(_ root: StrictNode) {
    readNodes(root)
    let list = root.child("branches").elements()
    guard list.count <= NetworkFile.largestBranchCount else {
      root.child("branches").fault(
        "\(list.count) branches are too many, \(NetworkFile.largestBranchCount) are allowed")
      return
    }
    for (k, node) in list.enumerated() { readBranch(node, k) }
    for node in root.child("targets").elements() {
      targets.append(
        NetworkTarget(
          node: number(node, "node"), reference: node.has("minus") ? number(node, "minus") : nil,
          volts: node.quantity("voltage", unit: "V", in: -1e4...1e4)))
    }
  }

  private mutating func readNodes(_ root: StrictNode) {
    let list = root.child("held")
    if list.keys.isEmpty {
      root.fault("the key 'held' is missing: nodes that are held, such as 'ground: 0 V'")
    }
    for name in list.keys {
      let volts = list.quantity(name, unit: "V", in: -1e4...1e4)
      if add(name, list.child(name)) { held[nodeNames.count - 1] = volts }
    }
    let nodes = root.child("nodes").elements()
    guard nodes.count <= NetworkFile.largestNodeCount else {
      return root.child("nodes").fault(
        "\(nodes.count) nodes are too many, \(NetworkFile.largestNodeCount) are allowed")
    }
    for node in nodes {
      if let name = node.text() { _ = add(name, node) }
    }
  }

  private mutating func add(_ name: String, _ place: StrictNode) -> Bool {
    guard numbers[name] == nil else {
      place.fault("the node '\(name)' is named twice")
      return false
    }
    numbers[name] = nodeNames.count
    nodeNames.append(name)
    return true
  }

  /// The number of the node that is named under `key`.
  private func number(_ node: StrictNode, _ key: String) -> Int {
    let name = node.text(key)
    if let number = numbers[name] { return number }
    if node.has(key) { node.child(key).fault(unknownName("node", name, known: nodeNames)) }
    return 0
  }

  /// The elements by the names of their laws.
  private static let readers:
    [String: @Sendable (StrictNode, inout BranchReader) -> ResistiveNetwork.Element?] = [
      "resistor": { node, _ in .resistor(node.quantity("resistance", unit: "Ohm", in: 0...1e18)) },
      "memristor": { node, reader in reader.memristor(node) },
      "ideal-diode": { node, _ in
        .idealDiode(node.quantity("threshold", unit: "V", in: 0...1e3, default: 0))
      },
      "diode": { node, _ in .diode(ExponentialDiode(reading: node)) },
      "voltage-source": { node, _ in .source(node.quantity("voltage", unit: "V", in: -1e4...1e4)) },
      "current-source": { node, _ in .current(node.quantity("current", unit: "A", in: -1e3...1e3))
      },
      "amplifier": { _, _ in nil },
    ]

  private mutating func readBranch(_ node: StrictNode, _ k: Int) {
    let (from, to) = (number(node, "from"), number(node, "to"))
    let law = node.choice("law", of: Self.readers.keys.sorted())
    let name = node.text("name", default: "\(law) \(k)")
    if from == to, numbers[node.text("from")] != nil, numbers[node.text("to")] != nil {
      node.fault("joins the node '\(nodeNames[from])' to itself")
    }
    if law == "amplifier" {
      amplifiers.append(
        .init(input: from, output: to, gain: node.number("gain", in: 1...1e6)))
      return
    }
    guard let element = Self.readers[law]?(node, &self) else { return }
    branches.append(.init(from: from, to: to, element: element))
    branchNames.append(name)
  }

  private mutating func memristor(_ node: StrictNode) -> ResistiveNetwork.Element {
    let conductance = node.quantity("conductance", unit: "S", in: 0...1e3)
    let law = CellLaw(ConductionLaw(ofCells: node))
    let number = laws.firstIndex(of: law) ?? laws.count
    if number == laws.count { laws.append(law) }
    return .cell(conductance, law: number)
  }
}

extension ConductionLaw {
  /// The law of memristors from a section `conduction` or the file of a `device`; Ohm's law where neither is given.
  init(ofCells node: StrictNode) {
    self = .ohmic
    if node.has("conduction") {
      self = ConductionLaw(reading: node.mapping("conduction"))
      if node.has("device") { node.fault("'conduction' and 'device' both give a law of the cells") }
    } else if let name = node.child("device").text() {
      do throws(InputErrors) {
        guard let law = try DeviceFile(named: name).conduction else {
          node.child("device").fault(
            "'\(name)' has no section 'conduction', which would give the law of the cells")
          return
        }
        self = law
      } catch {
        node.child("device").fault(error.description)
      }
    }
  }
}
