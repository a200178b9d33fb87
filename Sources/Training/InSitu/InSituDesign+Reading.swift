import Circuits
import Crossbar
import DeviceModels
import InputOutput
import PhysicalUnits
import StrictYAML

extension InSituDesign {
  /// Reads `device`, `array`, `converters` and the pulses' keys of `rule`, the run file's own where
  /// nothing is given.
  public init(_ setup: TrainingSetup, rule: StrictNode? = nil) {
    self.init(device: Self.device(reading: setup.device))
    let array = setup.array
    let kind = array.choice(
      "cells", of: ["single", "pair", "one-sided-pair", "multiple"], default: "single")
    let refresh = Float(array.number("refresh-above", in: 0.1...2, default: 0.9))
    let count = array.integer("cell-count", in: 1...16, default: 2)
    let selection = array.choice(
      "selection", of: CellArrangement.CellSelection.self, default: .all)
    if array.has("scheme") {
      readScheme(array, refreshAbove: refresh)
    } else {
      switch kind {
      case "pair": cells = .pair(.bothCells)
      case "one-sided-pair": cells = .pair(.oneSided(refreshAbove: refresh))
      case "multiple":
        cells = .multiple(
          factors: Array(repeating: 1 / Float(count), count: count),
          selection)
      default: cells = .single
      }
    }
    scale = Float(array.number("scale", in: 1e-6...1e6, default: 1))
    if array.has("fill") {
      if array.has("scale") { array.child("fill").fault("'scale' says the same for all layers") }
      fill = Float(array.number("fill", in: 1e-6...1))
    }
    switch array.choice(
      "stepping", of: ["suited", "closed-form", "pulse-by-pulse"], default: "suited")
    {
    case "closed-form": stepping = .closedForm
    case "pulse-by-pulse": stepping = .pulseByPulse
    default: stepping = nil
    }
    readTiles(array)
    forward = ReadPath(reading: setup.converters, usual: ReadPath())
    let back = setup.converters.child("backward")
    backward =
      back.exists
      ? ReadPath(reading: back, usual: ReadPath(halvings: 0)) : forward.with(halvings: 0)
    scheme = PulseScheme(reading: rule ?? setup.rule)
  }

  /// Reads `scheme`, the name that the map job gives to an arrangement of cells, in place of `cells`.
  private mutating func readScheme(_ array: StrictNode, refreshAbove: Float) {
    let name = array.choice("scheme", of: WeightMapping.schemes)
    if array.has("cells") {
      array.child("cells").fault("'scheme' already determines the cells of a weight")
    }
    cells = CellArrangement(
      WeightMapping(
        scheme: name, weightBits: array.integer("weight-bits", in: 2...24, default: 8),
        bitsPerCell: array.integer("bits-per-cell", in: 1...8, default: 4)),
      refreshAbove: refreshAbove)
  }

  /// Reads `rows`, `columns`, `wires` and `exact-every`.
  private mutating func readTiles(_ array: StrictNode) {
    let rows = array.integer("rows", in: 1...1 << 20, default: 256)
    let columns = array.integer("columns", in: 2...16384, default: 256)
    let segment = Ohms(array.quantity("wires", unit: "Ohm", in: 0...1000, default: 0))
    exactEvery = array.integer("exact-every", in: 1...1_000_000, default: 300)
    if segment.value > 0 || array.has("rows") || array.has("columns") {
      tile = TileShape(rows: rows, columns: columns)
    }
    guard segment.value > 0 else { return }
    if case .multiple = cells {
      array.child("wires").fault(
        "wires join single devices or pairs, not "
          + (array.has("scheme") ? "the slices of '\(array.text("scheme"))'" : "'cells: multiple'"))
      return
    }
    let lowest = device.zero.value + device.unit.value * device.nominal.low
    guard lowest >= 0 else {
      array.child("wires").fault(
        "wires join conductances, and the device's lowest one is \(lowest) S: its 'conductance' must "
          + "be 0 S or more at the lower bound")
      return
    }
    wires = UniformWires(
      wordSegment: segment, bitSegment: segment, source: segment, sense: segment)
  }

  /// A device by name (see `StrictNode.deviceModel()`), or `pulses: {…}` in place.
  static func device(reading node: StrictNode) -> PulseModel {
    if node.exists && (node.keys.isEmpty || node.has("name")) {
      let device = node.deviceModel()
      if let pulses = device?.pulses { return pulses }
      if let device { node.fault("the device '\(device.name)' says nothing about pulses") }
    }
    return PulseModel(reading: node.mapping("pulses"))
  }
}

extension ReadPath {
  /// The names that the converters' keys had in earlier versions.
  private static let earlierNames = [
    "dac-bits": "input-bits", "adc-bits": "output-bits", "adc-range": "output-bound",
  ]

  /// Reads `dac-bits`, `input-range`, `input-cap`, `dac-asymmetry`, `adc-bits`, `adc-range`, `adc-nonlinearity`,
  /// `output-noise`, `bound-management` and what belongs to them.
  package init(reading node: StrictNode, usual: ReadPath) {
    let node = node.renaming(Self.earlierNames)
    guard !node.flag("ideal", default: false) else {
      self = .ideal
      return
    }
    self.init(
      inputBits: Self.bits("dac-bits", node, usual.inputBits), inputRange: Self.inputRange(node),
      outputBits: Self.bits("adc-bits", node, usual.outputBits),
      outputBound: Float(
        node.number("adc-range", in: 1e-6...1e9, default: Double(usual.outputBound))),
      outputNoise: Float(node.number("output-noise", in: 0...1e6, default: 0.06)),
      halvings: node.integer("halvings", in: 0...30, default: usual.halvings))
    readLimits(node)
  }

  /// Reads what limits and bends inputs and outputs.
  private mutating func readLimits(_ node: StrictNode) {
    if node.has("input-cap") {
      inputLimit = Float(node.number("input-cap", in: 1e-9...1e9))
      if case .fixed = inputRange {
        node.child("input-cap").fault(
          "limits ranges that vectors find for themselves, not an 'input-range' that is given")
      }
    }
    inputAsymmetry = Float(node.number("dac-asymmetry", in: -1...0.99, default: 0))
    outputNonlinearity = Float(node.number("adc-nonlinearity", in: 0...100, default: 0))
    nonlinearitySpread = Float(node.number("adc-nonlinearity-spread", in: 0...10, default: 0))
    if outputNonlinearity > 0, outputBits == nil {
      node.child("adc-nonlinearity").fault(
        "is relative to the range of the output converters: 'adc-bits' must be a number")
    }
    switch node.choice(
      "bound-management", of: ["none", "iterative", "worst-case"],
      default: halvings > 0 ? "iterative" : "none")
    {
    case "worst-case":
      halvings = 0
      worstCaseState = Float(node.number("largest-weight", in: 1e-3...1e6, default: 0.6))
    case "none": halvings = 0
    default: break
    }
  }

  /// Bits of a converter, 2 to 16, or `none`; 0 in earlier versions.
  static func bits(_ key: String, _ node: StrictNode, _ usual: Int?) -> Int? {
    let value = node.child(key)
    guard value.text() == "0" else { return node.optionalInteger(key, in: 2...16, default: usual) }
    value.noticeEarlierSpelling(today: "\(key): none")
    return nil
  }

  /// `absolute-maximum` (0 in earlier versions), `running-mean`, or the input that fills the range.
  private static func inputRange(_ node: StrictNode) -> InputRange {
    let value = node.child("input-range")
    switch value.text() {
    case nil, "absolute-maximum": return .absoluteMaximum
    case "0":
      value.noticeEarlierSpelling(today: "input-range: absolute-maximum")
      return .absoluteMaximum
    case "running-mean":
      return .runningMean(decay: Float(node.number("range-decay", in: 1e-6...1, default: 1e-3)))
    default: return .fixed(Float(node.number("input-range", in: 1e-9...1e9)))
    }
  }

  func with(halvings: Int) -> ReadPath {
    var path = self
    path.halvings = halvings
    path.worstCaseState = nil
    return path
  }
}

extension PulseScheme {
  /// Reads `pulses`, `longest-train`, `manage-length` and `manage-scale`.
  init(reading node: StrictNode) {
    let kind = node.choice(
      "pulses", of: ["stochastic", "deterministic", "outer-product"], default: "stochastic")
    let trains = StochasticTrains(
      longest: node.integer("longest-train", in: 1...127, default: 31),
      managesLength: node.flag("manage-length", default: true),
      managesScale: node.flag("manage-scale", default: true))
    switch kind {
    case "deterministic": self = .deterministic
    case "outer-product": self = .outerProduct
    default: self = .stochastic(trains)
    }
  }
}
