import Circuits
import DeviceModels
import Foundation
import NumericalMethods
import Testing

/// Single elements: diodes and co-contents.
@Suite struct ElementTests {
  @Test(
    "a diode's implicit current solves Shockley's law with its resistance",
    arguments: [0.0, 1e-3, 1, 100, 1e5])
  func diode(ohms: Double) {
    let diode = ExponentialDiode(
      saturationCurrent: 1e-9, emissionVoltage: 0.035, seriesResistance: ohms)
    for volts in [-5, -0.3, -1e-6, 0, 1e-9, 0.1, 0.4, 0.7, 1.2] {
      let (current, slope) = diode.point(volts)
      let junction = volts - current * ohms
      let law = 1e-9 * expm1(junction / 0.035)
      // The junction's voltage has an error of its last digit.
      let digits = abs(law + 1e-9) * (abs(volts) + abs(current) * ohms) * 1e-15 / 0.035
      #expect(abs(current - law) <= 1e-12 * abs(law) + digits)
      let step = 1e-5
      let difference =
        (diode.point(volts + step).current - diode.point(volts - step).current) / (2 * step)
      #expect(abs(slope - difference) < 1e-5 * abs(slope) + 1e-18)
      let content = (diode.coContent(volts + step) - diode.coContent(volts - step)) / (2 * step)
      #expect(abs(content - current) < 1e-5 * abs(current) + 1e-16)
    }
    // Far above its threshold the resistance alone limits the current.
    if ohms > 0 {
      #expect(abs(diode.point(1000).slope * ohms - 1) < 1e-3)
    }
  }

  static let laws: [(name: String, law: CellLaw)] = NonlinearArrayTests.laws

  @Test(
    "a cell's co-content is the integral of its current, and falls with its conductance as stated")
  func coContent() {
    let rule = GaussLegendre(40)
    for (name, law) in Self.laws {
      for volts in [-1.3, -0.2, 0.01, 0.6, 1.7] {
        let g = 3e-5
        let found = law.coContent(conductance: g, voltage: volts)
        var sum = 0.0
        for k in 0..<400 {
          sum += rule.integral(from: volts * Double(k) / 400, to: volts * Double(k + 1) / 400) {
            law.point(conductance: g, voltage: $0).current
          }
        }
        #expect(abs(found.value - sum) < 1e-6 * abs(sum), "\(name) at \(volts) V")
        let up = law.coContent(conductance: g * 1.0001, voltage: volts).value
        let down = law.coContent(conductance: g * 0.9999, voltage: volts).value
        let slope = (up - down) / (2e-4 * g)
        #expect(abs(found.perConductance - slope) < 1e-5 * abs(slope), "\(name) at \(volts) V")
      }
    }
  }
}
