import Foundation
public import InputOutput
import StrictYAML

extension CostModel {
  /// The cost file at `path`; every number there is a mapping of `value` and `source`, and of the
  /// `node` and `scope` of the source where they are not those of the file and of the section.
  /// - Throws: all faults of the file at once.
  public init(path: String) throws(InputErrors) {
    try self.init(file: try StrictFile(path: path))
  }

  /// The cost file in `text`.
  public init(text: String, source: String) throws(InputErrors) {
    try self.init(file: try StrictFile(text: text, source: source))
  }

  /// The file called `name` in `circuits/costs`, or the file at that path.
  public static func named(_ name: String) throws(InputErrors) -> CostModel {
    if name.hasSuffix(".yaml") || name.contains("/") { return try CostModel(path: name) }
    guard let folder = SharedFiles.folder("circuits/costs") else {
      throw InputErrors([InputError(name, "the folder circuits/costs was not found")])
    }
    let known = names
    guard known.contains(name) else {
      throw InputErrors([InputError("cost file", unknownName("cost file", name, known: known))])
    }
    return try CostModel(path: "\(folder)/\(name).yaml")
  }

  /// The names of the files in `circuits/costs`.
  public static var names: [String] { SharedFiles.yamlNames(in: "circuits/costs") }

  private init(file: StrictFile) throws(InputErrors) {
    let root = file.root
    let reader = CostFileReader(node: root.quantity("node", unit: "m", in: 1e-9...1e-4))
    let array = reader.section(root, "array")
    let rows = reader.section(root, "row-driver")
    let converter = reader.section(root, "converter")
    let digital = reader.section(root, "digital")
    let activation = reader.section(root, "activation")
    let macro = reader.section(root, "macro")
    let law = converter.node.choice("law", of: ConverterLaw.allCases.map(\.rawValue))
    let inputs = macro.node.choice("inputs", of: ["bit-serial", "whole"])
    let levels = reader.share(converter, "area-share-of-levels")
    let bits = reader.optional(converter, "area-share-of-bits") { reader.share($0, $1) }
    if let bits, levels + bits > 1 {
      converter.node.fault("'area-share-of-levels' and 'area-share-of-bits' are at most 1 together")
    }
    let model = CostModel(
      name: root.text("name"), technology: root.text("technology"), node: reader.node,
      cellArea: reader.area(array, "cell-area"),
      cellPower: reader.optional(array, "cell-power") { reader.power($0, $1) },
      rowDriveEnergyPerBit: reader.energy(rows, "energy-per-bit"),
      rowDriverArea: reader.area(rows, "area"),
      converterLaw: ConverterLaw(rawValue: law) ?? .successiveApproximation,
      conversionEnergyPerLevel: reader.energy(converter, "energy-per-level"),
      conversionStepTime: reader.time(converter, "step-time"),
      converterBits: reader.count(converter, "bits", in: 1...24),
      converterArea: reader.area(converter, "area"),
      converterAreaShareOfLevels: levels,
      converterAreaShareOfBits: bits ?? 1 - levels,
      columnsPerConverter: reader.count(converter, "columns-per-converter", in: 1...65536),
      additionEnergy: reader.energy(digital, "energy-per-addition"),
      digitalAreaPerConverter: reader.area(digital, "area-per-converter"),
      digitalTimePerRead: reader.time(digital, "time-per-read"),
      activationEnergy: reader.energy(activation, "energy"),
      activationTime: reader.time(activation, "time"),
      activationUnitArea: reader.area(activation, "area"),
      convertersPerActivationUnit: reader.count(
        activation, "converters-per-unit", in: 1...1_000_000),
      macroEnergyPerConversion: reader.energy(macro, "energy-per-conversion"),
      macroEnergyPerLevel: reader.optional(macro, "energy-per-level") { reader.energy($0, $1) }
        ?? 0,
      macroReadsBitSerially: inputs == "bit-serial", clock: reader.clock(root),
      origins: reader.origins)
    try file.finish()
    self = model
  }
}

/// Reads the numbers of a cost file with their origins, and scales them to the file's node.
private final class CostFileReader {
  typealias Section = (node: StrictNode, name: String, scope: String)

  /// The node of the file, in meters.
  let node: Double
  private(set) var origins: [String: CostModel.Origin] = [:]

  init(node: Double) { self.node = node }

  func section(_ root: StrictNode, _ name: String) -> Section {
    let part = root.mapping(name)
    return (part, name, part.text("scope"))
  }

  /// The mapping of one number, and the ratio of the file's node to that of the number.
  private func entry(_ section: Section, _ key: String) -> (node: StrictNode, ratio: Double) {
    let entry = section.node.mapping(key)
    let source = entry.text("source")
    if entry.exists && source.count < 8 { entry.fault("a source is needed: a paper, a table") }
    let own = entry.quantity("node", unit: "m", in: 1e-9...1e-4, default: node)
    let scope = entry.has("scope") ? entry.text("scope") : section.scope
    origins["\(section.name).\(key)"] = CostModel.Origin(source: source, scope: scope, node: own)
    return (entry, own > 0 ? node / own : 1)
  }

  func energy(_ section: Section, _ key: String) -> Double {
    let (entry, ratio) = entry(section, key)
    return entry.quantity("value", unit: "J", in: 0...1) * ratio
  }

  func area(_ section: Section, _ key: String) -> Double {
    let (entry, ratio) = entry(section, key)
    return entry.quantity("value", unit: "m2", in: 0...1) * ratio * ratio
  }

  func time(_ section: Section, _ key: String) -> Double {
    entry(section, key).node.quantity("value", unit: "s", in: 0...1)
  }

  /// A power, in proportion to the node like an energy.
  func power(_ section: Section, _ key: String) -> Double {
    let (entry, ratio) = entry(section, key)
    return entry.quantity("value", unit: "W", in: 0...1) * ratio
  }

  /// A power per area, the ratio of both.
  func powerPerArea(_ section: Section, _ key: String) -> Double {
    let (entry, ratio) = entry(section, key)
    return entry.quantity("value", unit: "W/m2", in: 0...1e9) / ratio
  }

  /// What `read` makes of a number that a section may lack.
  func optional<Value>(
    _ section: Section, _ key: String, _ read: (Section, String) -> Value
  ) -> Value? {
    section.node.has(key) ? read(section, key) : nil
  }

  /// The section `clock`, if there is one.
  func clock(_ root: StrictNode) -> ChipClock? {
    guard root.has("clock") else { return nil }
    let part = section(root, "clock")
    let period = entry(part, "period").node.quantity("value", unit: "s", in: 1e-15...1)
    return ChipClock(
      period: period,
      operationsPerPeriod: count(part, "operations-per-period", in: 1...1_000_000),
      operationEnergy: energy(part, "energy-per-operation"),
      idlePowerPerArea: powerPerArea(part, "idle-power-per-area"))
  }

  func share(_ section: Section, _ key: String) -> Double {
    entry(section, key).node.number("value", in: 0...1)
  }

  func count(_ section: Section, _ key: String, in range: ClosedRange<Int>) -> Int {
    entry(section, key).node.integer("value", in: range)
  }
}
