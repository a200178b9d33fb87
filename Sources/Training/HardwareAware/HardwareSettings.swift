import Circuits
import DeviceModels
import InputOutput
import Networks
import PhysicalUnits
import StrictYAML

/// The chip that a hardware-aware forward pass goes through.
public struct HardwareSettings: Sendable {
  /// When a chip is drawn anew.
  public enum Sampling: String, Sendable, CaseIterable {
    /// Every pass has its own chip.
    case step
    /// One chip for the whole training.
    case fixed
  }

  /// Where the end of a converter's range comes from.
  public enum Range: Sendable, Hashable {
    /// The largest |x| of each vector (inputs only).
    case absoluteMaximum
    /// This quantile of |x| in the first batch and at calibration.
    case calibrated(quantile: Double)
    /// Calibrated on the first batch, then learned by its gradient.
    case learned
    /// A number, in the units of the values.
    case fixed(Float)
  }

  /// How training follows the wires.
  public enum WireModel: String, Sendable, CaseIterable {
    /// Every chip's lines as ladders (`ChipWires`).
    case ladders
    /// Factors of rows and columns, fitted now and then (`SeparableWires`).
    case separable
  }

  /// What limits the weights after each step.
  public enum Clipping: Sendable, Hashable {
    case none
    /// |w| ≤ the number.
    case fixed(Float)
    /// |w| ≤ this many standard deviations of the layer's weights.
    case deviations(Float)

    /// Limits `weights`, whose mean is near 0.
    func limit(_ weights: inout [Float]) {
      let end: Float
      switch self {
      case .none: return
      case .fixed(let limit): end = limit
      case .deviations(let count):
        let sum = weights.withUnsafeBufferPointer {
          LengthNormalization.sumOfSquares($0.baseAddress!, $0.count)
        }
        end = count * (sum / Float(weights.count)).squareRoot()
      }
      weights.withUnsafeMutableBufferPointer { w in
        for i in w.indices { w[i] = max(-end, min(end, w[i])) }
      }
    }
  }

  /// The cells; `nil` writes every weight exactly.
  public var device: DeviceModel?
  /// When a chip is drawn.
  public var sampling = Sampling.step
  /// Word lines of a tile: each has converters of its own.
  public var rows = 256
  /// Bit lines of a tile, two a weight; of effect only where there are wires.
  public var columns = 256
  /// The resistances of a tile's lines; `nil` is ideal conductors. They need a device.
  public var wires: UniformWires?
  /// How training follows them; other passes are exact.
  public var wireModel = WireModel.ladders
  /// In training the exact effective conductances are found every so many steps; between them what the
  /// ladders of single lines leave out stays as it was found.
  public var exactEvery = 300
  /// Every so many steps the factors of separable wires are fitted anew, to ladders.
  public var fitEvery = 100
  /// Whether cells are written with the device's errors and stuck cells, or exactly.
  public var writeErrors = true
  /// Whether reads carry the device's read noise.
  public var readNoise = true
  /// Bits of the input converters with their sign; `nil`: as they are.
  public var inputBits: Int?
  public var inputRange = Range.absoluteMaximum
  /// Bits of the output converters with their sign; `nil`: as they are.
  public var outputBits: Int?
  public var outputRange = Range.learned
  /// The ramps of cells whose steps make the codes of the output converters; `nil`: codes at equal
  /// distances about zero.
  public var ramp: RampConversion?
  /// Whether ramps compute the activations of layers whose rows fit one tile.
  public var rampsActivate = false
  /// Standard deviation of the noise before each output converter, as a share of the weights' largest
  /// times the inputs' unit.
  public var outputNoise: Float = 0
  /// Whether each layer learns a digital factor behind its converters.
  public var learnsScale = false
  /// Normal noise on every weight, as a share of the layer's largest.
  public var additive: Float = 0
  /// Normal noise on every weight, as a share of itself.
  public var multiplicative: Float = 0
  /// The share of weights that training leaves out of each pass (Wan et al., ICML 2013).
  public var dropConnect: Float = 0
  /// Bits of the weights with their sign.
  public var weightBits: Int?
  /// What limits the weights.
  public var clipping = Clipping.none
  /// How weights are laid on cells and read cell by cell; `nil`: one-sided pairs, whose noise is folded into weights.
  public var mapping: Mapping?
  /// How long after writing chips are read; `nil`: at once. Of effect only with a mapping.
  public var time: Seconds?
  /// Whether training passes go through the chip; other passes always do.
  public var inTraining = true

  /// A chip without errors, noise or converters.
  public init() {}

  /// Whether reads are plain products with the exact weights.
  public var isIdeal: Bool {
    device == nil && inputBits == nil && outputBits == nil && outputNoise == 0 && additive == 0
      && multiplicative == 0 && dropConnect == 0 && weightBits == nil
      && inputRange == .absoluteMaximum
  }

  /// Every so many steps the variances of reads are found anew, where chips hold their weights exactly.
  static let variancesEvery = 20

  /// What a training pass finds anew at `step`.
  public func renewal(at step: Int) -> TrainingPass.Renewal {
    if step % exactEvery == 0 { return .exact }
    if step % fitEvery == 0 { return .factors }
    return step % Self.variancesEvery == 0 ? .variances : .none
  }

  /// Whether noise on weights is additive and nothing else happens to them.
  var noiseIsAdditive: Bool {
    additive > 0 && device == nil && multiplicative == 0 && dropConnect == 0
  }

  /// Reads `device`, `array`, `converters`, and the rule's own keys.
  init(_ setup: TrainingSetup) throws(InputErrors) {
    device = setup.device.deviceModel()
    let rule = setup.rule
    sampling = rule.choice("chip", of: Sampling.self, default: .step)
    inTraining = rule.flag("in-training", default: true)
    let modifiers = rule.child("weights")
    additive = Float(modifiers.number("additive", in: 0...2, default: 0))
    multiplicative = Float(modifiers.number("multiplicative", in: 0...2, default: 0))
    dropConnect = Float(modifiers.number("drop-connect", in: 0...0.99, default: 0))
    if modifiers.has("bits") { weightBits = modifiers.integer("bits", in: 2...16) }
    clipping = Self.clipping(modifiers)
    let array = setup.array
    rows = array.integer("rows", in: 1...1 << 20, default: 256)
    columns = array.integer("columns", in: 2...16384, default: 256)
    let segment = Ohms(array.quantity("wires", unit: "Ohm", in: 0...1000, default: 0))
    wireModel = array.choice("wire-model", of: WireModel.self, default: .ladders)
    exactEvery = array.integer(
      "exact-every", in: 1...1_000_000, default: wireModel == .ladders ? 300 : 3000)
    fitEvery = array.integer("fit-every", in: 1...1_000_000, default: 100)
    if segment.value > 0 {
      wires = UniformWires(
        wordSegment: segment, bitSegment: segment, source: segment, sense: segment)
      if device == nil {
        array.child("wires").fault(
          "wires need a device, whose window makes conductances of weights")
        wires = nil
      }
    }
    readNoise = array.flag("read-noise", default: true)
    writeErrors = array.flag("write-errors", default: true)
    let converters = setup.converters
    inputBits = converters.optionalInteger("dac-bits", in: 2...16, default: nil)
    inputRange = Self.range("input-range", converters, default: .absoluteMaximum)
    outputBits = converters.optionalInteger("adc-bits", in: 2...16, default: nil)
    outputRange = Self.range("adc-range", converters, default: .learned)
    ramp = Self.ramp(converters, bits: outputBits)
    outputNoise = Float(converters.number("output-noise", in: 0...100, default: 0))
    learnsScale = converters.flag("learned-scale", default: false)
    readMapping(array, converters, rule: rule)
    // With a mapping scheme learned ranges became calibrated ones.
    for (key, range) in [("input-range", inputRange), ("adc-range", outputRange)]
    where !converters.has(key) { converters.keepDefault(key, range.text) }
    if outputRange == .absoluteMaximum {
      converters.child("adc-range").fault("an output converter has no range of each vector")
      outputRange = .learned
    }
  }

  private static func clipping(_ node: StrictNode) -> Clipping {
    if node.has("clip-deviations") {
      return .deviations(Float(node.number("clip-deviations", in: 0.5...100)))
    }
    return node.has("clip") ? .fixed(Float(node.number("clip", in: 1e-6...1e6))) : .none
  }

  private static func range(_ key: String, _ node: StrictNode, default usual: Range) -> Range {
    guard node.has(key) else { return usual }
    let text = node.text(key)
    switch text {
    case "absolute-maximum": return .absoluteMaximum
    case "learned": return .learned
    case "calibrated": return .calibrated(quantile: 0.9995)
    default:
      if text.hasPrefix("percentile:"), let percent = Double(text.dropFirst(11)), percent > 0,
        percent <= 100
      {
        return .calibrated(quantile: percent / 100)
      }
      if let value = Float(text), value > 0, value.isFinite { return .fixed(value) }
      node.child(key).fault(
        "'\(text)' is not absolute-maximum, learned, calibrated, percentile:99.9 or a number")
      return usual
    }
  }
}
