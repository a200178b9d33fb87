import Circuits
import Crossbar
import DeviceModels
import LinearAlgebra
import PhysicalUnits
import StrictYAML

extension HardwareSettings {
  /// How weights are laid on cells, where that or the read is another than the one-sided pairs whose noise is folded
  /// into weights.
  public struct Mapping: Sendable, Hashable {
    /// The scheme.
    public var scheme: WeightMapping
    /// What shares a scale between weights and conductances.
    public var sharing = ScaleSharing.layer
    /// What carries an input.
    public var coding = InputConverter.Coding.amplitude
    /// Where the columns of pairs, or a column and its reference column, are subtracted.
    public var subtraction = OutputConverter.Subtraction.analog
    /// What is done about vectors whose conversions clip.
    public var boundManagement = CrossbarDesign.BoundManagement.none
    /// What limits the converters' reads.
    public var limits = ReadLimits()
    /// How drift is compensated.
    public var driftCompensation = CrossbarDesign.DriftCompensation.none

    /// A mapping; see the members.
    public init(scheme: WeightMapping) { self.scheme = scheme }
  }

  /// The names of the keys that ask for a mapping.
  private static let keys = [
    "scheme", "scale", "subtraction", "time", "drift-compensation", "bound-management",
    "weight-bits",
    "bits-per-cell", "largest-weight",
  ]

  /// Reads `scheme` and what belongs to it from `array`, and `input-coding` from `converters`.
  mutating func readMapping(_ array: StrictNode, _ converters: StrictNode, rule: StrictNode) {
    let isSliced = array.has("weight-bits") || array.has("bits-per-cell")
    let name = array.choice(
      "scheme", of: WeightMapping.schemes, default: "differential-pair")
    let takesBits = name.hasPrefix("bit-sliced")
    // Other schemes have no such keys, and no defaults of them.
    func bits(_ key: String, _ range: ClosedRange<Int>, _ usual: Int) -> Int {
      takesBits || isSliced ? array.integer(key, in: range, default: usual) : usual
    }
    let weightBits = bits("weight-bits", 2...24, 8)
    let bitsPerCell = bits("bits-per-cell", 1...8, 4)
    if isSliced, !takesBits {
      array.child("scheme").fault(
        "'\(name)' has no slices: 'weight-bits' and 'bits-per-cell' go with bit-sliced schemes")
    }
    var mapping = Mapping(
      scheme: WeightMapping(scheme: name, weightBits: weightBits, bitsPerCell: bitsPerCell))
    let usual = mapping
    mapping.sharing = array.choice("scale", of: ScaleSharing.self, default: .layer)
    mapping.subtraction =
      array.choice("subtraction", of: OutputConverter.Subtraction.self, default: .analog)
    if mapping.subtraction == .digital, let fault = mapping.scheme.digitalSubtractionFault {
      array.child("subtraction").fault(fault)
    } else if mapping.subtraction == .digital, outputBits == nil {
      array.child("subtraction").fault("digital needs converters: 'adc-bits' says how many bits")
    }
    mapping.coding =
      converters.choice("input-coding", of: InputConverter.Coding.self, default: .amplitude)
    mapping.boundManagement = Self.boundManagement(array)
    mapping.limits = ReadLimits(
      converters, coding: mapping.coding, followsVectors: inputRange == .absoluteMaximum,
      hasOutputs: outputBits != nil)
    mapping.driftCompensation =
      array.choice("drift-compensation", of: CrossbarDesign.DriftCompensation.self, default: .none)
    if array.has("time") { time = Seconds(array.quantity("time", unit: "s", in: 0...1e10)) }
    let isLinear = device?.conduction.isLinear ?? true
    guard mapping != usual || name != "differential-pair" || time != nil || !isLinear else {
      return
    }
    if !isLinear, wires != nil, mapping.coding == .amplitude {
      array.child("wires").fault(
        "the device's conduction is not linear: cells behind wires then need 'input-coding: pulse-width' "
          + "or bit-serial, where every pulse has the read voltage")
    }
    self.mapping = mapping
    checkMapping(mapping, array, converters, rule)
  }

  private mutating func checkMapping(
    _ mapping: Mapping, _ array: StrictNode, _ converters: StrictNode, _ rule: StrictNode
  ) {
    if time != nil, let device, device.drift == nil {
      array.child("time").fault(
        "'\(device.name)' states no drift: its conductances stay as written")
    }
    if mapping.driftCompensation != .none, time == nil {
      array.child("drift-compensation").fault("compensates drift until 'time', which is missing")
    }
    if device == nil {
      let limit = ReadLimits.keys.first { converters.has($0) && mapping.limits != ReadLimits() }
      let place =
        limit.map { converters.child($0) }
        ?? array.child(Self.keys.first { array.has($0) } ?? "scheme")
      place.fault("needs a device, whose window makes conductances of weights")
      self.mapping = nil
    }
    if mapping.coding == .bitSerial, inputBits == nil {
      converters.child("input-coding").fault("bits are sent one by one: 'dac-bits' says how many")
      self.mapping = nil
    }
    let needed = mapping.scheme.columnsPerWeight + mapping.scheme.referenceColumns
    if columns < needed {
      array.child("columns").fault(
        "the scheme needs \(needed) columns per weight, the tile has \(columns)")
      self.mapping = nil
    }
    if wireModel == .separable, wires != nil {
      array.child("wire-model").fault("separable wires join one-sided pairs read at once")
    }
    if rule.number("noise-rise", in: 0...1, default: 0) > 0 {
      rule.child("noise-rise").fault("cells of this scheme are written with all of their errors")
    }
    if outputRange == .learned {
      if converters.has("adc-range") {
        converters.child("adc-range").fault(
          "ranges of this scheme are calibrated or given: percentile:99.95 or a number")
      }
      outputRange = .calibrated(quantile: 0.9995)
    }
    if inputRange == .learned {
      converters.child("input-range").fault(
        "ranges of this scheme are calibrated or given: absolute-maximum, percentile:99.95 or a number"
      )
      inputRange = .absoluteMaximum
    }
  }

  /// The crossbars of this chip; `nil` without a device.
  var design: CrossbarDesign? {
    guard let device, let mapping else { return nil }
    var input: InputConverter?
    let limits = mapping.limits
    if inputBits != nil || inputRange != .absoluteMaximum || limits.changesInputs {
      let range: InputConverter.Range
      switch inputRange {
      case .absoluteMaximum: range = .layerMaximum
      case .fixed(let end): range = .fixed(end)
      case .calibrated, .learned: range = .calibrated
      }
      input = InputConverter(coding: mapping.coding, bits: inputBits, range: range)
      input?.limit = limits.inputCap
      input?.asymmetry = limits.inputAsymmetry
    }
    var output = outputBits.map { OutputConverter(bits: $0, ramp: ramp) }
    if case .calibrated(let quantile) = outputRange {
      output?.range = quantile < 1 ? .percentile(quantile) : .maximum
    }
    output?.followsInputs = inputRange == .absoluteMaximum
    output?.subtraction = mapping.subtraction
    output?.nonlinearity = limits.nonlinearity
    output?.nonlinearitySpread = limits.nonlinearitySpread
    // The current of the largest weight at a full input.
    let unit = MappedMatrix(
      weights: Matrix(rowCount: 1, columnCount: 1, elements: [1]), bias: nil,
      design: CrossbarDesign(device: device, mapping: mapping.scheme)
    ).blocks[0].weightPerSiemens[0]
    return CrossbarDesign(
      device: device, mapping: mapping.scheme, tile: TileShape(rows: rows, columns: columns),
      scale: mapping.sharing, input: input, output: output, wires: wires,
      boundManagement: mapping.boundManagement,
      outputNoise: Amperes(
        Double(outputNoise) / Double(unit) * device.readVoltage.value),
      readNoise: readNoise, writeErrors: writeErrors,
      driftCompensation: mapping.driftCompensation)
  }
}
