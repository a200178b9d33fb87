import Circuits
import Crossbar
import StrictYAML

extension HardwareSettings {
  /// What limits reads beside the codes of converters, by the keys of the map job.
  public struct ReadLimits: Sendable, Hashable {
    /// The largest range that the absolute maximum of a vector gives; larger inputs are clipped.
    public var inputCap = Float.infinity
    /// The part a of the voltage that lines of negative inputs lack: they carry (1 − a) times their code.
    public var inputAsymmetry: Float = 0
    /// Saturation c of the amplifiers before the output converters: I becomes I/(1 + c·|I|/R), R the end of the range.
    public var nonlinearity = 0.0
    /// Relative standard deviation of c between columns.
    public var nonlinearitySpread = 0.0

    /// No limits.
    public init() {}

    static let keys = ["input-cap", "dac-asymmetry", "adc-nonlinearity", "adc-nonlinearity-spread"]

    /// Whether word lines carry something else than the codes of whole ranges.
    var changesInputs: Bool { inputCap < .infinity || inputAsymmetry != 0 }

    /// Reads the keys from `converters`.
    ///
    /// - Parameters:
    ///   - followsVectors: whether each vector has a range of its own.
    ///   - hasOutputs: whether there are output converters.
    init(
      _ converters: StrictNode, coding: InputConverter.Coding, followsVectors: Bool,
      hasOutputs: Bool
    ) {
      if converters.has("input-cap") {
        inputCap = Float(converters.number("input-cap", in: 1e-9...1e9))
        if !followsVectors {
          converters.child("input-cap").fault(
            "limits the absolute maximum of each vector: 'input-range: absolute-maximum'")
        }
      }
      inputAsymmetry = Float(converters.number("dac-asymmetry", in: -1...0.99, default: 0))
      if inputAsymmetry != 0, coding == .bitSerial {
        converters.child("dac-asymmetry").fault(
          "belongs to amplitudes and pulses, not to bit-serial inputs")
      }
      nonlinearity = converters.number("adc-nonlinearity", in: 0...100, default: 0)
      nonlinearitySpread = converters.number("adc-nonlinearity-spread", in: 0...10, default: 0)
      if nonlinearity > 0, !hasOutputs {
        converters.child("adc-nonlinearity").fault("is relative to the range of 'adc-bits'")
      }
    }
  }

  /// Reads `bound-management`, and `largest-weight` where that needs it.
  static func boundManagement(_ array: StrictNode) -> CrossbarDesign.BoundManagement {
    switch array.choice(
      "bound-management", of: ["none", "iterative", "worst-case"], default: "none")
    {
    case "iterative": .iterative()
    case "worst-case":
      .worstCase(
        largestWeight: Float(array.number("largest-weight", in: 1e-3...1, default: 0.6)))
    default: .none
    }
  }
}
