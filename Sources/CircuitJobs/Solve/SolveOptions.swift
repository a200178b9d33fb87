import ArrayFiles
import Circuits
import DeviceModels
import Foundation
import InputOutput
import LinearAlgebra
import PhysicalUnits
import Randomness
import Reporting

/// What a `solve` job is about: an array, its cells, and the voltages that drive it.
struct SolveOptions: Sendable {
  let circuit: ArrayCircuit
  /// What the cells are; `nil` for cells of no device.
  let device: DeviceFile?
  /// What the terminals are held at, one a solve.
  let terminals: [TerminalVoltages]
  let pairs: ColumnPairs
  /// Whether bit lines are driven and word lines are the outputs.
  let isTransposed: Bool
  /// How the terminals are held.
  let surroundings: SolveSurroundings
  /// Disturbs of the written array's other cells; `nil` where not asked for.
  let halfSelects: HalfSelects?
  /// What a reader must know, one sentence each.
  let notices: [String]
  let tolerance: Double
  /// Of every node to ground; `nil` where delays are not asked for.
  let capacitance: Farads?
  /// To half a least significant bit of how many bits outputs settle; `nil` where not asked for.
  let settlingBits: Int?
  let checksWithNgspice: Bool
  let netlist: String?
  let resolved: [(key: String, text: String)]

  /// - Throws: `InputErrors` with every fault of the settings; `InputError` where a file does not fit.
  init(_ settings: [Setting]) throws {
    let reader = SettingsReader(settings)
    let conductancePath = reader.optionalText("conductances")
    let inputPath = reader.optionalText("inputs")
    let rows = reader.integer("rows", in: 1...4096, default: 64)
    let columns = reader.integer("columns", in: 1...4096, default: 64)
    let device = try reader.optionalText("device").map { name throws(InputErrors) in
      try DeviceFile(named: name)
    }
    self.device = device
    let window = device?.programming?.window
    let lowest = reader.quantity(
      "lowest-conductance", unit: "S", in: 1e-12...1,
      default: window.map { "\(max(1e-12, $0.minimum.value)) S" } ?? "1 uS")
    let highest = reader.quantity(
      "highest-conductance", unit: "S", in: 1e-12...1,
      default: window.map { "\($0.maximum.value) S" } ?? "150 uS")
    let voltage = reader.quantity("voltage", unit: "V", in: 0...100, default: "0.2 V")
    func ohms(_ key: String, _ fallback: String) -> Ohms {
      Ohms(reader.quantity(key, unit: "Ohm", in: 0...1e12, default: fallback))
    }
    var wire = reader.optionalText("wire-resistance") ?? "1 Ohm"
    // A fault is named here, not under the keys that take their default from it.
    if reader.has("wire-resistance"),
      reader.quantity("wire-resistance", unit: "Ohm", in: 0...1e12, default: "1 Ohm") == 0
    {
      wire = "0 Ohm"
    }
    // Line ends are segments like all others, as behind `map --wires`.
    let (source, sense) = (ohms("source-resistance", wire), ohms("sense-resistance", wire))
    let segments = (word: ohms("word-resistance", wire), bit: ohms("bit-resistance", wire))
    let law = try Self.law(reader, device)
    let surroundings = SolveSurroundings(reader, readVoltage: voltage, wire: wire)
    self.surroundings = surroundings
    halfSelects = HalfSelects(reader, device)
    if halfSelects != nil, !surroundings.isWrite {
      reader.fault("half-selects", "goes with the modes half-voltage-write and third-voltage-write")
    }
    // Sources sit where lines are driven: at the bit lines in a transposed read.
    let wires = UniformWires(
      wordSegment: segments.word, bitSegment: segments.bit,
      source: surroundings.isTransposed ? sense : source,
      sense: surroundings.isTransposed ? source : sense)
    pairs = reader.choice("pairs", of: ColumnPairs.self, default: .none)
    let farads = reader.quantity("capacitance", unit: "F", in: 0...1, default: "0 F")
    capacitance = farads > 0 ? Farads(farads) : nil
    let bits = reader.integer("settling-bits", in: 0...24, default: 0)
    settlingBits = bits > 0 ? bits : nil
    if bits > 0, farads == 0 {
      reader.fault("settling-bits", "needs a capacitance of more than 0 F")
    }
    isTransposed = surroundings.isTransposed
    if isTransposed, farads > 0 {
      reader.fault("capacitance", "gives delays of bit lines: use a mode other than 'transposed'")
    }
    if isTransposed, pairs != .none {
      reader.fault("pairs", "subtracts bit lines: use a mode other than 'transposed'")
    }
    tolerance = reader.quantity("tolerance", unit: "", in: 1e-14...1e-2, default: "1e-9")
    checksWithNgspice = reader.choice("check", of: ["none", "ngspice"], default: "none") != "none"
    netlist = reader.optionalText("netlist")
    let key = StreamKey(seed: reader.seed()).child("solve")
    if lowest > highest { reader.fault("lowest-conductance", "is above the highest conductance") }
    if conductancePath != nil {
      for key in ["rows", "columns"] where reader.has(key) {
        reader.fault(key, "is that of the file of conductances")
      }
    }
    try reader.finish()
    resolved = reader.resolved
    let file = try conductancePath.map { path throws(InputError) in try NPZ.read(path: path) }
    if let file { try Self.checkUnit(file) }
    let made = try Self.array(file, wires) {
      var stream = RandomStream(key.child("conductances"))
      let g = (0..<rows * columns).map { _ in
        lowest * pow(highest / lowest, stream.uniform())
      }
      return Matrix(rowCount: rows, columnCount: columns, elements: g)
    }
    let overdrives = try Self.overdrives(file, law)
    let circuit: ArrayCircuit
    do throws(InputError) {
      circuit = try surroundings.circuit(
        made, law: law, selected: file?["S"], overdrives: overdrives)
    } catch var error {
      if let file, error.source == "array" { error.source = file.source }
      throw error
    }
    self.circuit = circuit
    if pairs != .none, circuit.bitTerminalCount % 2 != 0 {
      throw InputError(
        "settings", at: "pairs",
        "need an even number of bit lines, the array has \(circuit.bitTerminalCount)")
    }
    notices =
      file != nil && inputPath == nil && file?["V"] == nil && !surroundings.selectsCell
      ? [
        "\(conductancePath ?? "the file") holds no voltages 'V' and --inputs is not given: the inputs are random, up to \(engineering(voltage, unit: "V"))"
      ] : []
    let voltages = try inputPath.map { path throws(InputError) in try NPZ.read(path: path) } ?? file
    let inputs =
      surroundings.selectsCell
      ? [[]]
      : try Self.inputs(
        voltages, rows: surroundings.inputCount(of: circuit), needed: inputPath != nil
      ) {
        var stream = RandomStream(key.child("inputs"))
        return (0..<$0).map { _ in voltage * stream.uniform() }
      }
    terminals = try inputs.map { one throws(InputError) in
      try surroundings.terminals(one, of: circuit)
    }
  }

  /// Rejects conductances that can only be in another unit.
  private static func checkUnit(_ file: NamedArrays) throws(InputError) {
    let largest = try file.array("G").doubles.filter(\.isFinite).max() ?? 0
    guard largest > 1 else { return }
    throw InputError(
      file.source, at: "array 'G'",
      "holds \(significant(largest)) S: conductances are in siemens, at most 1 S (50 µS is 5e-5)")
  }

  /// Conductances and segments of lines.
  typealias Lines = (
    conductances: Matrix<Double>, words: Matrix<Double>, bits: Matrix<Double>
  )

  private static func array(
    _ file: NamedArrays?, _ wires: UniformWires, random: () -> Matrix<Double>
  ) throws(InputError) -> Lines {
    func uniform(_ g: Matrix<Double>) -> Lines {
      var word = Matrix(
        rowCount: g.rowCount, columnCount: g.columnCount, repeating: wires.wordSegment.value)
      var bit = Matrix(
        rowCount: g.rowCount, columnCount: g.columnCount, repeating: wires.bitSegment.value)
      if g.columnCount > 0 { for i in 0..<g.rowCount { word[i, 0] = wires.source.value } }
      if g.rowCount > 0 {
        for j in 0..<g.columnCount { bit[g.rowCount - 1, j] = wires.sense.value }
      }
      return (g, word, bit)
    }
    guard let file else { return uniform(random()) }
    func matrix(_ name: String) throws(InputError) -> Matrix<Double> {
      let array = try file.array(name)
      guard array.shape.count == 2 else {
        throw InputError(
          file.source, at: "array '\(name)'",
          "has the shape \(array.shapeText), rows × columns is expected")
      }
      return Matrix(
        rowCount: array.shape[0], columnCount: array.shape[1], elements: array.doubles)
    }
    let g = try matrix("G")
    guard file["RR"] != nil || file["RC"] != nil else { return uniform(g) }
    return (g, try matrix("RR"), try matrix("RC"))
  }

  /// The array `VG`: the gate overdrive of every cell's transistor, M × N, in volts.
  /// - Throws: `InputError` where cells have no transistor, or it has another shape than the conductances.
  private static func overdrives(
    _ file: NamedArrays?, _ law: CellLaw
  ) throws(InputError) -> Matrix<Double>? {
    guard let file, let array = file["VG"] else { return nil }
    guard case .transistor = law.access else {
      throw InputError(
        file.source, at: "array 'VG'", "holds gate overdrives: it goes with --access transistor")
    }
    let shape = try file.array("G").shape
    guard array.shape == shape, shape.count == 2 else {
      throw InputError(
        file.source, at: "array 'VG'",
        "has the shape \(array.shapeText), that of 'G' is expected, an overdrive per cell")
    }
    let volts = try file.finite("VG").doubles
    guard volts.allSatisfy({ $0 <= 100 }) else {
      throw InputError(
        file.source, at: "array 'VG'",
        "holds \(significant(volts.max()!)) V, at most 100 V are allowed")
    }
    return Matrix(rowCount: shape[0], columnCount: shape[1], elements: volts)
  }

  private static func inputs(
    _ file: NamedArrays?, rows: Int, needed: Bool, random: (Int) -> [Double]
  ) throws(InputError) -> [[Double]] {
    guard let file, needed || file["V"] != nil else { return [random(rows)] }
    let array = try file.array("V")
    let values = array.doubles
    guard array.shape.count <= 2, array.shape.last == rows, !values.isEmpty else {
      throw InputError(
        file.source, at: "array 'V'",
        "has the shape \(array.shapeText), \(rows) voltages or vectors × \(rows) is expected")
    }
    guard values.allSatisfy(\.isFinite) else {
      throw InputError(file.source, at: "array 'V'", "holds numbers that are not finite")
    }
    return stride(from: 0, to: values.count, by: rows).map { Array(values[$0..<$0 + rows]) }
  }

  /// The law of the cells, of any kind; a table from an NPZ file, or what the device file says.
  private static func law(
    _ reader: SettingsReader, _ device: DeviceFile?
  ) throws(InputError) -> CellLaw {
    let name = reader.choice(
      "law", of: ConductionLaw.names + ["device"],
      default: device?.conduction == nil ? "ohmic" : "device")
    if name == "device", device?.conduction == nil {
      reader.fault(
        "law",
        device.map { "'\($0.name)' has no section 'conduction', which would define it" }
          ?? "needs a device whose file has a section 'conduction'")
    }
    let isSteep = !["ohmic", "table", "device"].contains(name)
    if reader.has("steepness"), !isSteep {
      reader.fault(
        "steepness",
        "has no meaning for the law '\(name)': it goes with sinh, cubic, exponential and poole-frenkel"
      )
    }
    // A run's own file holds only what has a meaning for it.
    let steepness =
      isSteep ? reader.quantity("steepness", unit: "", in: 1e-6...100, default: "2") : 2
    var table: ConductionTable?
    if let path = reader.optionalText("table") {
      let file = try NPZ.read(path: path)
      table = try ConductionTable(
        voltages: file.array("V").doubles, currents: file.array("I").doubles)
    }
    if name == "table", table == nil {
      reader.fault("table", "is missing, an NPZ file with the arrays V and I is expected")
    }
    let memristor: ConductionLaw =
      switch name {
      case "table": table.map(ConductionLaw.table) ?? .ohmic
      case "device": device?.conduction ?? .ohmic
      default: ConductionLaw(named: name, steepness: steepness)
      }
    let access: AccessElement
    switch reader.choice(
      "access", of: ["none", "resistor", "transistor", "selector"], default: "none")
    {
    case "resistor":
      access = .resistor(
        reader.quantity("access-resistance", unit: "Ohm", in: 1e-3...1e9, default: "1 kOhm"))
    case "transistor":
      access = .transistor(
        AccessTransistor(
          gain: reader.quantity("transistor-gain", unit: "", in: 1e-9...10, default: "2e-4"),
          overdrive: reader.quantity(
            "transistor-overdrive", unit: "V", in: 1e-3...100, default: "1 V"),
          modulation: reader.quantity(
            "transistor-modulation", unit: "", in: 0...1, default: "0.05")))
    case "selector":
      let off = reader.quantity("selector-off", unit: "S", in: 1e-15...1, default: "1 nS")
      let on = reader.quantity("selector-on", unit: "S", in: 1e-15...10, default: "1 mS")
      if on < off { reader.fault("selector-on", "is below selector-off") }
      access = .selector(
        ThresholdSelector(
          offConductance: off, onConductance: max(off, on),
          threshold: reader.quantity(
            "selector-threshold", unit: "V", in: 0...10, default: "0.3 V"),
          width: reader.quantity("selector-width", unit: "V", in: 1e-3...1, default: "20 mV")))
    default: access = .none
    }
    return CellLaw(memristor, access: access)
  }
}
