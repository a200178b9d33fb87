import DeviceModels
import Foundation
import Testing

/// Currents that are roots of an equation follow the branch that is continuous from 0 V.
@Suite struct ImplicitCurrentCases {
  /// Currents of JART VCM v1b along the branch from 0 V, traced by predictor and corrector in steps of
  /// 0.1 mV by an independent program, at `traced` volts.
  private static let traced = [0.03, 0.09, 0.097, 0.12, 0.139, 0.3, 0.7, 1.2]
  private static let branches: [(vacancies: Double, currents: [Double])] = [
    (
      8e23,
      [
        4.555993737e-07, 1.368697510e-06, 1.475410680e-06, 1.826335537e-06, 2.116584946e-06,
        4.590337621e-06, 1.085180097e-05, 1.883983873e-05,
      ]
    ),
    (
      1e25,
      [
        4.559684178e-06, 1.368485943e-05, 1.475036511e-05, 1.825312813e-05, 2.114908178e-05,
        4.579981959e-05, 1.077806559e-04, 1.855700894e-04,
      ]
    ),
    (
      2e27,
      [
        1.842735915e-05, 5.541312792e-05, 5.973813551e-05, 7.396136936e-05, 8.572391633e-05,
        1.856193433e-04, 4.304919796e-04, 7.170826442e-04,
      ]
    ),
  ]

  private func jart() throws -> any DynamicDevice {
    try DeviceFile.dynamics("hfo2-jart-vcm-v1b").device()
  }

  @Test("JART has the currents of the branch from 0 V where three currents solve its equations")
  func traced() throws {
    let device = try jart()
    for branch in Self.branches {
      for (voltage, wanted) in zip(Self.traced, branch.currents) {
        let current = device.current(state: [branch.vacancies], voltage: voltage)
        #expect(abs(current / wanted - 1) < 1e-8, "\(branch.vacancies) at \(voltage) V")
      }
    }
  }

  @Test(
    "a quasi-static ramp at a constant state has no jump and does not fall, in every law",
    arguments: DeviceFile.dynamic)
  func ramp(name: String) throws {
    let device = try DeviceFile.dynamics(name).device()
    // Beyond these voltages the shipped laws leave their stated range.
    let top = name == "tio2-simmons" ? 0.9 : 1.5
    let states = [0.0, 1e-3, 0.02, 0.3, 0.7, 1].map { part in
      device.states.map {
        $0.range.lowerBound + part * ($0.range.upperBound - $0.range.lowerBound)
      }
    }
    for state in states {
      for sign in [-1.0, 1] {
        // A jump keeps its height as the steps become finer; a steep rise does not.
        var largest: [Double] = []
        for count in [500, 4_000] {
          let currents = (0...count).map {
            sign * device.current(state: state, voltage: sign * top * Double($0) / Double(count))
          }
          let steps = zip(currents, currents.dropFirst()).map { $1 - $0 }
          #expect(
            steps.allSatisfy { $0 >= -1e-9 * currents.last! }, "\(name) at \(state), sign \(sign)")
          largest.append(steps.max()!)
        }
        #expect(largest[1] <= 0.4 * largest[0], "\(name) at \(state), sign \(sign): \(largest)")
      }
    }
  }

  @Test("behind a series element the current rises with the source without a jump")
  func series() throws {
    let device = try jart()
    let transistor = SeriesTransistor(
      gateVoltage: 1.5, threshold: 0.4, transconductance: 2e-3, channelModulation: 0.05)
    for circuit in [
      DriveCircuit.resistor(1e3), .transistor(transistor), .selector(scale: 1e-6, voltage: 0.05),
    ] {
      for (vacancies, _) in Self.branches {
        var largest: [Double] = []
        for count in [300, 2_400] {
          let currents = try (0...count).map { k in
            try [vacancies].withUnsafeBufferPointer {
              try device.operatingPoint(
                $0.baseAddress!, source: 1.2 * Double(k) / Double(count), in: circuit
              ).current
            }
          }
          let steps = zip(currents, currents.dropFirst()).map { $1 - $0 }
          #expect(steps.allSatisfy { $0 >= -1e-9 * currents.last! }, "\(circuit)")
          largest.append(steps.max()!)
        }
        #expect(largest[1] <= 0.4 * largest[0], "\(circuit) at \(vacancies): \(largest)")
      }
    }
  }
}
