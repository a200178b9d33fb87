import InputOutput
import PhysicalUnits

extension PulseFit {
  /// The fit as a device file that every command takes.
  ///
  /// The noise of steps becomes the noise of pulses and the error of a write that ends with one; the
  /// noise of readings becomes that of reads.
  ///
  /// - Parameters:
  ///   - zero: the conductance at state 0.
  ///   - unit: the conductance of one unit of state.
  ///   - source: where the measurement comes from.
  public func modelFile(title: String, source: String, zero: Siemens, unit: Siemens) -> String {
    // A state at 0 S may come out below it by rounding.
    func conductance(_ w: Double) -> String { "\(max(0, zero.value + unit.value * w)) S" }
    // What the noise of the last pulse leaves between target and conductance, and what a read adds.
    let (writing, reading) = (unit.value * cycleDeviation, unit.value * readDeviation)
    let up = self["step-up"].map(abs)
    let down = self["step-down"].map(abs)
    var lines = [
      "title: \(YAMLText.quoted(title))", "source: \(YAMLText.quoted(source))",
      "validity: 'pulses and states as measured; one fitted device, no spread between devices'",
      "conductance-window:",
      "  minimum: \(conductance(max(response.low, -zero.value / unit.value)))",
      "  maximum: \(conductance(response.high))",
      "write-error: {deviation: \(writing) S}",
      "read-noise: {law: constant, deviation: \(reading) S}",
      "check-points:",
      "  - {target: \(conductance((response.low + response.high) / 2)), deviation: \(writing) S, tolerance: 20 %}",
      "pulses:", "  law: \(law)",
      "  conductance: {zero: \(zero.value) S, unit: \(unit.value) S}",
      "  bounds: {minimum: \(self["minimum"] ?? 0), maximum: \(self["maximum"] ?? 1)}",
    ]
    let type = PulseLaws.named(law)
    if type?.takesStepSize == true, let up, let down {
      let asymmetry = up < down ? up / down - 1 : 1 - down / up
      lines.append("  step: {size: \(max(up, down)), asymmetry: \(asymmetry)}")
    }
    let keys = type?.parameters.map { ($0, self[$0.key] ?? 1) } ?? []
    if !keys.isEmpty { lines.append("  parameters:") }
    for (p, value) in keys {
      lines.append("    \(p.key): \(min(max(value, p.range.lowerBound), p.range.upperBound))")
    }
    lines.append("  noise: {floor: \(cycleDeviation), write: \(readDeviation)}")
    // The mean of bounds that are opposite to each other is 0 but for rounding.
    let mean = (response.low + response.high) / 2
    let middle = abs(mean) < 1e-12 * (response.high - response.low) ? 0 : mean
    lines.append("  check-points:")
    lines.append(
      "    - {state: \(middle), up: \(response.up.step(from: middle)), "
        + "down: \(response.down.step(from: middle))}")
    return lines.joined(separator: "\n") + "\n"
  }
}
