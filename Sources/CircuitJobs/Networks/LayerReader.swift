import ArrayFiles
import Circuits
import DeviceModels
import Foundation
import InputOutput
import LinearAlgebra
import PhysicalUnits
import Randomness
import StrictYAML

/// Reads `inputs`, `layers` and `outputs` of a network file.
struct LayerReader {
  let layered: LayeredNetwork
  let inputs: [Double]
  let targets: [Double]

  /// - Throws: `InputErrors` where the sizes of layers do not fit each other; `InputError` where a file of arrays is wrong.
  init(_ root: StrictNode, path: String, key: StreamKey) throws {
    let section = root.mapping("inputs")
    let values = section.quantities("values", unit: "V", in: -1e4...1e4)
    let gain = section.number("gain", in: 1e-6...1e6, default: 1)
    inputs =
      section.flag("doubled", default: true)
      ? LayeredNetwork.doubled(values, gain: gain) : values.map { $0 * gain }
    if values.isEmpty, section.has("values") {
      section.child("values").fault("one input or more is expected")
    }
    var layers: [LayeredNetwork.Layer] = []
    var below = inputs.count
    let list = root.child("layers").elements()
    if list.isEmpty { root.child("layers").fault("one layer or more is expected") }
    var cells = 0
    for (k, node) in list.enumerated() where below > 0 {
      guard
        let matrix = try Self.conductances(
          node, below: below, spent: &cells, path: path, key: key.child("layer").child(k))
      else { continue }
      layers.append(Self.layer(node, matrix))
      below = matrix.columnCount
    }
    let outputs = root.mapping("outputs", required: false)
    let hasPairs = outputs.exists && outputs.flag("pairs", default: false)
    targets =
      outputs.exists ? outputs.quantities("targets", unit: "V", in: -1e4...1e4, default: []) : []
    if hasPairs, below % 2 != 0 {
      outputs.child("pairs").fault(
        "need an even number of units in the last layer, it has \(below)")
    }
    let count = hasPairs ? below / 2 : below
    if !targets.isEmpty, targets.count != count {
      outputs.child("targets").fault("are \(targets.count), the network has \(count) outputs")
    }
    if layers.isEmpty || (hasPairs && below % 2 != 0) {
      // A fault was recorded; what is built here is not used.
      layers = [
        .init(
          conductances: Matrix(rowCount: max(1, inputs.count), columnCount: 1, repeating: 1),
          bounds: LayeredNetwork.linear(1))
      ]
      layered = LayeredNetwork(layers: layers)
    } else {
      layered = LayeredNetwork(layers: layers, hasOutputPairs: hasPairs)
    }
  }

  private static func layer(_ node: StrictNode, _ matrix: Matrix<Double>) -> LayeredNetwork.Layer {
    let count = matrix.columnCount
    let bounds: [ClosedRange<Double>]
    switch node.choice("units", of: ["linear", "excitatory-inhibitory", "bounded"]) {
    case "linear": bounds = LayeredNetwork.linear(count)
    case "bounded":
      let low = node.quantity("lowest-voltage", unit: "V", in: -1e3...1e3)
      let high = node.quantity("highest-voltage", unit: "V", in: -1e3...1e3)
      if low >= high { node.child("highest-voltage").fault("is not above the lowest voltage") }
      bounds = Array(repeating: min(low, high)...max(low, high), count: count)
    default: bounds = LayeredNetwork.excitatoryAndInhibitory(count)
    }
    func ohms(_ key: String) -> Ohms {
      Ohms(node.quantity(key, unit: "Ohm", in: 0...1e9, default: 0))
    }
    let wire = ohms("wire-resistance")
    let wires = UniformWires(
      wordSegment: wire, bitSegment: wire, source: ohms("source-resistance"),
      sense: ohms("sense-resistance"))
    let isIdeal = wire.value == 0 && wires.source.value == 0 && wires.sense.value == 0
    let diode = node.mapping("diode", required: false)
    return LayeredNetwork.Layer(
      conductances: matrix, bounds: bounds, wires: isIdeal ? nil : wires,
      law: CellLaw(ConductionLaw(ofCells: node)),
      diode: diode.exists ? ExponentialDiode(reading: diode) : nil,
      gain: node.number("gain", in: 1...1e6, default: 1))
  }

  /// The conductances of a layer: rows in the file, an array of an NPZ file, or random ones.
  private static func conductances(
    _ node: StrictNode, below: Int, spent: inout Int, path: String, key: StreamKey
  ) throws -> Matrix<Double>? {
    let section = node.mapping("conductances")
    guard section.exists else { return nil }
    func allows(_ columns: Int) -> Bool {
      spent += below * columns
      if spent <= NetworkFile.largestBranchCount { return true }
      section.fault("\(spent) cells are too many, \(NetworkFile.largestBranchCount) are allowed")
      return false
    }
    if section.has("rows") {
      let unit = section.text("unit", default: "S")
      let scale = UnitValue(parsing: "1 \(unit)").flatMap { $0.unit == "S" ? $0.value : nil }
      if scale == nil {
        section.child("unit").fault("'\(unit)' is not a unit of conductance such as S or uS")
      }
      let rows = section.child("rows").elements().map { row in
        row.elements().map { $0.quantity(unit: "", in: 0...1e15) ?? 0 }
      }
      guard let width = rows.first?.count, width > 0, rows.count == below,
        rows.allSatisfy({ $0.count == width })
      else {
        section.child("rows").fault("\(below) rows of the same number of conductances are expected")
        return nil
      }
      guard allows(width) else { return nil }
      return Matrix(
        rowCount: below, columnCount: width, elements: rows.joined().map { $0 * (scale ?? 1) })
    }
    if section.has("file") {
      let name = section.text("file")
      let folder = (path as NSString).deletingLastPathComponent
      let file = try NPZ.read(
        path: name.hasPrefix("/") || folder.isEmpty ? name : "\(folder)/\(name)")
      let label = section.text("array")
      let array = try file.array(label)
      let values = array.doubles
      guard array.shape.count == 2, array.shape[0] == below, array.shape[1] > 0,
        values.allSatisfy({ $0 >= 0 && $0.isFinite })
      else {
        throw InputError(
          file.source, at: "array '\(label)'",
          "has the shape \(array.shapeText), \(below) × units conductances of 0 or more are expected"
        )
      }
      guard allows(array.shape[1]) else { return nil }
      return Matrix(rowCount: below, columnCount: array.shape[1], elements: values)
    }
    let random = section.mapping("random")
    let count = random.integer("units", in: 1...1_000_000)
    let low = random.quantity("lowest", unit: "S", in: 0...1e3)
    let high = random.quantity("highest", unit: "S", in: 0...1e3)
    guard random.exists, allows(count) else { return nil }
    var stream = RandomStream(key)
    return Matrix(
      rowCount: below, columnCount: count,
      elements: (0..<below * count).map { _ in low + (high - low) * stream.uniform() })
  }

  static func nodeNames(_ circuit: LayeredCircuit) -> [String] {
    var names = [String](repeating: "", count: circuit.network.nodeCount)
    for (node, _) in circuit.network.held { names[node] = "rail" }
    names[0] = "ground"
    for (i, node) in circuit.inputs.enumerated() { names[node] = "input \(i)" }
    for (l, units) in circuit.units.enumerated() {
      for (j, node) in units.enumerated() { names[node] = "layer \(l + 1), unit \(j)" }
    }
    for amplifier in circuit.network.amplifiers {
      names[amplifier.output] = names[amplifier.input] + ", amplified"
    }
    return names
  }

  static func branchNames(_ circuit: LayeredCircuit, _ layered: LayeredNetwork) -> [String] {
    var names = [String](repeating: "", count: circuit.network.branches.count)
    for (l, range) in circuit.cells.enumerated() {
      let columns = layered.layers[l].count
      for (k, branch) in range.enumerated() {
        names[branch] = "layer \(l + 1), cell \(k / columns) \(k % columns)"
      }
    }
    return names
  }
}
