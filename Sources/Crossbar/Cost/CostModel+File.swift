import Foundation
public import InputOutput
import StrictYAML

extension CostModel {
  /// The cost file at `path`; every number there is a mapping of `value` and `source`.
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
  public static var names: [String] {
    guard let folder = SharedFiles.folder("circuits/costs"),
      let files = try? FileManager.default.contentsOfDirectory(atPath: folder)
    else { return [] }
    return files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
  }

  private init(file: StrictFile) throws(InputErrors) {
    let root = file.root
    var sources: [String: String] = [:]
    func entry(_ part: StrictNode, _ section: String, _ key: String) -> StrictNode {
      let node = part.mapping(key)
      let source = node.text("source")
      if node.exists && source.count < 8 { node.fault("a source is needed: a paper, a table") }
      sources["\(section).\(key)"] = source
      return node
    }
    func value(_ part: StrictNode, _ section: String, _ key: String, _ unit: String) -> Double {
      entry(part, section, key).quantity("value", unit: unit, in: 0...1)
    }
    let array = root.mapping("array")
    let rows = root.mapping("row-driver")
    let converter = root.mapping("converter")
    let digital = root.mapping("digital")
    let law = converter.choice("law", of: ConverterLaw.allCases.map(\.rawValue))
    let model = CostModel(
      name: root.text("name"), technology: root.text("technology"),
      cellArea: value(array, "array", "cell-area", "m2"),
      rowDriveEnergyPerBit: value(rows, "row-driver", "energy-per-bit", "J"),
      rowDriverArea: value(rows, "row-driver", "area", "m2"),
      converterLaw: ConverterLaw(rawValue: law) ?? .successiveApproximation,
      conversionEnergyPerLevel: value(converter, "converter", "energy-per-level", "J"),
      conversionStepTime: value(converter, "converter", "step-time", "s"),
      converterArea: value(converter, "converter", "area", "m2"),
      columnsPerConverter: entry(converter, "converter", "columns-per-converter")
        .integer("value", in: 1...65536),
      additionEnergy: value(digital, "digital", "energy-per-addition", "J"),
      digitalAreaPerConverter: value(digital, "digital", "area-per-converter", "m2"),
      digitalTimePerRead: value(digital, "digital", "time-per-read", "s"),
      sources: sources)
    try file.finish()
    self = model
  }
}
