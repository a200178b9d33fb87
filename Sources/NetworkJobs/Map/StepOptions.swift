import Circuits
import Crossbar
import Reporting

/// The keys of the cost of a time step: `cost-bits`, `cost-operations`, `cost-processors`, `cost-cycles`.
struct StepOptions: Sendable {
  /// Bits of all inputs and converters, one chip each.
  let bits: [Int]
  /// Whether only the matrices of gates count as operations, or all of the layers.
  let countsGatesOnly: Bool
  /// Digital processors of the conventional chip.
  let processors: Int
  /// Clock periods that an activation takes there, one chip each.
  let cycles: [Int]

  /// `nil` where `cost-bits` is `none`.
  init?(_ reader: SettingsReader, input: InputConverter?) {
    let text = reader.text("cost-bits", default: "none")
    countsGatesOnly =
      reader.choice("cost-operations", of: ["all", "gates"], default: "all") == "gates"
    processors = reader.integer("cost-processors", in: 1...1_000_000, default: 32)
    cycles = Self.numbers(reader, "cost-cycles", in: 1...10_000, default: "2,4")
    guard text != "none" else {
      bits = []
      return nil
    }
    bits = Self.numbers(reader, "cost-bits", in: 2...10, default: "none")
    if input?.coding != .pulseWidth {
      reader.fault(
        "cost-bits", "counts clock periods of input pulses: it needs --input-coding pulse-width")
    } else if input?.bits == nil {
      reader.fault("cost-bits", "needs inputs with a number of bits: --dac-bits is none")
    }
  }

  /// "3,4,5" in a range.
  private static func numbers(
    _ reader: SettingsReader, _ key: String, in range: ClosedRange<Int>, default fallback: String
  ) -> [Int] {
    let parts = reader.text(key, default: fallback).split(
      separator: ",", omittingEmptySubsequences: false)
    return parts.compactMap { part in
      let name = part.filter { $0 != " " }
      guard let number = Int(name), range.contains(number) else {
        reader.fault(
          key,
          "'\(name)' is not a whole number from \(range.lowerBound) to \(range.upperBound); several are separated by commas"
        )
        return nil
      }
      return number
    }
  }

  /// The costs of a step: for each number of bits with ramps, then with linear converters and digital activations.
  func steps(of mapped: MappedNetwork, chip: AnalogEngine, _ options: MapOptions)
    -> [MapResult.Step]
  {
    let sites = mapped.network.recurrentWork
    let counted = mapped.network.sites.filter { site in
      sites[site.index] != nil && (!countsGatesOnly || site.kind == .recurrent)
    }
    let operations = counted.reduce(0.0) { $0 + 2 * Double($1.weightCount) }
    func cost(
      _ model: CostModel, _ converters: MappedNetwork.CountedConverters, bits: Int,
      processors: Int? = nil
    ) -> StepCost {
      let counts = mapped.readCounts(
        chip: chip, readTime: options.readTime(bits: bits), converters: converters)
      return StepCost(
        model, of: sites.keys.sorted().map { counts[$0] }, operations: operations,
        processors: processors)
    }
    return bits.flatMap { bits in
      [
        MapResult.Step(
          bits: bits, cycles: nil, processors: nil,
          cost: cost(options.cost, .ramps(bits: bits), bits: bits))
      ]
        + cycles.map { cycles in
          var model = options.cost
          model.activationTime = Double(cycles) * (model.clock?.period ?? 0)
          return MapResult.Step(
            bits: bits, cycles: cycles, processors: processors,
            cost: cost(model, .linear(bits: bits), bits: bits, processors: processors))
        }
    }
  }
}
