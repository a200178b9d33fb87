import StrictYAML

extension ExponentialDiode {
  /// A diode from `saturation-current`, `emission-voltage` and `series-resistance` (0 Ω).
  package init(reading node: StrictNode) {
    self.init(
      saturationCurrent: node.quantity("saturation-current", unit: "A", in: 1e-24...1),
      emissionVoltage: node.quantity("emission-voltage", unit: "V", in: 1e-3...10),
      seriesResistance: node.quantity("series-resistance", unit: "Ohm", in: 0...1e12, default: 0))
  }
}
