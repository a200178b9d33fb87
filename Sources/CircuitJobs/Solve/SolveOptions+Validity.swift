import Circuits
import DeviceModels

extension SolveOptions {
  /// A sentence where a cell of `solutions` has a voltage for which the numbers of the device do not hold. In cells with an
  /// access element that is the voltage of the memristor.
  func voltageNotices(of solutions: [CircuitSolution]) -> [String] {
    guard let device, let range = device.voltages else { return [] }
    var extremes: [Double] = []
    for solution in solutions {
      let voltages = solution.cellVoltages.elements.enumerated().map { k, voltage in
        if case .none = circuit.law.access { return voltage }
        return circuit.law.with(overdrive: circuit.overdrives?.elements[k]).memristorVoltage(
          circuit.conductances.elements[k], voltage)
      }
      extremes += [voltages.min(), voltages.max()].compactMap { $0 }
    }
    return range.notices(of: device.name, at: extremes)
  }
}
