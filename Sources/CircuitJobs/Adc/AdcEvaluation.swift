import Circuits
import NumericalMethods
import PhysicalUnits
import Randomness

/// Works out what written converters come to.
struct AdcEvaluation {
  let options: AdcOptions
  let chips: RampChips

  private var converter: RampConverter { options.converter }

  /// The result, measured codes left out.
  func result() -> AdcResult {
    let count = options.chips
    let errors = (0..<count).map { chips.linearity($0) }
    let thresholdCount = converter.thresholds.count
    let integrals = errors.map { $0.flatMap(\.integral) }
    let integral = (0..<thresholdCount).map { q in AdcResult.Band(integrals.map { $0[q] }) }
    let differentials = errors.map { $0.flatMap(\.differential) }
    let differential = differentials[0].indices.map { q in
      AdcResult.Band(differentials.map { $0[q] })
    }
    return AdcResult(
      function: converter.curve.name, bits: converter.bits,
      convention: options.convention.rawValue, device: options.deviceName, chips: count,
      calibration: options.writing.calibration.rawValue,
      cells: converter.ramps.reduce(0) { $0 + $1.cellCount },
      startCells: chips.columns.reduce(0) { $0 + $1.start.cells },
      scaleRatios: converter.ramps.map(\.scaleRatio),
      rampCapacitances: converter.ramps.map(\.rampCapacitance.value), steps: steps(),
      merits: merits(errors), integral: integral, differential: differential,
      conditions: conditions())
  }

  private func steps() -> [AdcResult.Step] {
    var steps: [AdcResult.Step] = []
    for (r, ramp) in converter.ramps.enumerated() {
      let columns = chips.columns[r]
      var cell = columns.start.cells
      let voltages = ramp.voltages
      for (q, threshold) in ramp.thresholds.inputs.enumerated() {
        let n = q == 0 ? 0 : ramp.cellCounts[q - 1]
        let written = (0..<n).reduce(0.0) { $0 + Double(columns.conductances[0, cell + $1]) }
        cell += n
        let place = steps.count
        let spread = SampleStatistics(
          (0..<options.chips).map { Double(chips.thresholds[$0, place]) })
        steps.append(
          AdcResult.Step(
            ramp: r, output: ramp.thresholds.values[q], threshold: threshold,
            voltage: voltages[q].value, conductance: q == 0 ? 0 : ramp.stepConductances[q - 1],
            cells: n, written: written, realized: Double(chips.thresholds[0, place]),
            mean: spread.mean, deviation: spread.deviation))
      }
    }
    return steps
  }

  /// The figures of merit alone.
  func merits() -> [AdcResult.Merit] {
    merits((0..<options.chips).map { chips.linearity($0) })
  }

  private func merits(_ errors: [[RampLinearity]]) -> [AdcResult.Merit] {
    var merits: [AdcResult.Merit] = []
    func add(_ name: String, _ values: [Double], worst: ([Double]) -> Double?, _ unit: String) {
      merits.append(
        AdcResult.Merit(
          name: name, mean: values.reduce(0, +) / Double(values.count),
          worst: worst(values) ?? .nan, unit: unit))
    }
    func largest(_ parts: [RampLinearity], _ figure: (RampLinearity) -> Double) -> Double {
      parts.reduce(0) { max($0, figure($1)) }
    }
    add(
      "mean |INL| at the output",
      errors.map { parts in
        let all = parts.flatMap(\.integral)
        return all.reduce(0) { $0 + abs($1) } / Double(all.count)
      }, worst: { $0.max() }, "LSB")
    for side in RampLinearity.Side.allCases {
      for reference in RampLinearity.Reference.allCases {
        let these =
          side == .output && reference == .ideal
          ? errors : (0..<options.chips).map { chips.linearity($0, at: side, from: reference) }
        let name = "at the \(side.rawValue), from \(reference.rawValue)"
        add(
          "largest |INL| \(name)", these.map { largest($0, \.largestIntegral) },
          worst: { $0.max() }, "LSB")
        add(
          "largest |DNL| \(name)", these.map { largest($0, \.largestDifferential) },
          worst: { $0.max() }, "LSB")
      }
    }
    add("missing codes", (0..<options.chips).map { Double(missing($0)) }, worst: { $0.max() }, "")
    add(
      "effective number of bits",
      (0..<options.chips).map { RampAccuracy.effectiveBits(chips.row($0), of: converter) },
      worst: { $0.min() }, "bit")
    return merits
  }

  private func missing(_ chip: Int) -> Int {
    var first = 0
    let row = Array(chips.row(chip))
    return converter.ramps.reduce(0) { sum, ramp in
      let count = ramp.thresholds.inputs.count
      defer { first += count }
      return sum
        + RampAccuracy.missingCodes(row[first..<first + count], of: ramp.thresholds.inputs)
    }
  }

  /// Code changes over the inputs of the thresholds and a sixth of their span on both sides, at
  /// 75 % to 125 % of the read voltage, and where coefficients are given from −40 K to 60 K.
  func conditions() -> [AdcResult.Condition] {
    let (first, last) = (converter.thresholds[0], converter.thresholds.last!)
    let margin = max((last - first) / 6, 0.1)
    let span = options.inputs ?? first - margin...last + margin
    let count = 8000
    let x = (0..<count).map {
      span.lowerBound
        + (span.upperBound - span.lowerBound) * (Double($0) + 0.5) / Double(count)
    }
    let nominal = converter.ramps[0].circuit.readVoltage.value
    let largest = options.device.window.maximum.value
    func places(_ supply: RampSupply, _ reference: RampSupply.Reference) -> [Int] {
      supply.places(of: x, in: converter, reference, largest: largest, weight: largest / 2)
    }
    let normal = RampSupply(readVoltage: Volts(nominal))
    let expected = RampSupply.Reference.allCases.map { places(normal, $0) }
    var supplies = [0.75, 0.875, 1, 1.125, 1.25].map {
      RampSupply(readVoltage: Volts(nominal * $0))
    }
    let coefficients = options.temperatureCoefficients
    if coefficients != (0, 0) {
      supplies += [-40.0, -20, 20, 40, 60].map {
        RampSupply(
          readVoltage: Volts(nominal), temperatureRise: $0, coefficients: coefficients)
      }
    }
    return supplies.map { supply in
      let changes = RampSupply.Reference.allCases.enumerated().map { k, reference in
        zip(places(supply, reference), expected[k]).map { abs($0 - $1) }
      }
      return AdcResult.Condition(
        readVoltage: supply.readVoltage.value, temperatureRise: supply.temperatureRise,
        inMemoryMean: Double(changes[0].reduce(0, +)) / Double(count),
        inMemoryLargest: changes[0].max() ?? 0,
        fixedMean: Double(changes[1].reduce(0, +)) / Double(count),
        fixedLargest: changes[1].max() ?? 0)
    }
  }
}
