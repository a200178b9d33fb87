extension PulseModel {
  /// All devices are the nominal one. Noise stays.
  public mutating func removeSpread() {
    bounds.minimumSpread = 0
    bounds.maximumSpread = 0
    step.spread = 0
    step.asymmetrySpread = 0
    stuck.fraction = 0
    for key in parameters.numbers.keys
    where key.hasSuffix("-spread") || key.hasSuffix("-deviation") {
      parameters.numbers[key] = 0
    }
  }

  /// Pulses and readings are exact. The spread between devices stays.
  public mutating func removeNoise() {
    noise.cycle = 0
    noise.floor = 0
    noise.slope = 0
    noise.write = 0
    nodes.upDeviation = nodes.upDeviation.map { _ in 0 }
    nodes.downDeviation = nodes.downDeviation.map { _ in 0 }
  }
}
