import Foundation
import NumericalMethods
import Randomness

/// Pristine cells that break down at a normally distributed voltage, and the conductance they then
/// have: how random, sparse arrays are made.
///
/// P(broken | V) = Φ((V − µ)/σ); the conductance of a broken cell is log-normal; an unbroken cell
/// conducts next to nothing. Measured for 40 nm TaN/TaOₓ/Ta/TiN cells swept upwards in steps of 50 mV:
/// µ = 3.433 V, σ = 0.114 V, σ of ln G = 0.149.
///
/// Source: Wang et al., Nature Mach. Intell. 5, 104 (2023), doi 10.1038/s42256-023-00609-5, extended
/// data figure 1 and its source data. Valid between 3.1 and 3.7 V.
public struct DielectricBreakdown: Sendable, Hashable {
  /// µ, in volts.
  public var meanVoltage: Double
  /// σ, in volts.
  public var deviation: Double
  /// The median conductance of a broken cell, in siemens.
  public var medianConductance: Double
  /// σ of ln G.
  public var logDeviation: Double

  /// - Precondition: deviations are positive.
  public init(
    meanVoltage: Double = 3.433, deviation: Double = 0.114, medianConductance: Double = 61e-6,
    logDeviation: Double = 0.149
  ) {
    precondition(deviation > 0 && logDeviation >= 0 && medianConductance > 0, "a spread")
    self.meanVoltage = meanVoltage
    self.deviation = deviation
    self.medianConductance = medianConductance
    self.logDeviation = logDeviation
  }

  /// The part of all cells that is broken after a sweep up to `voltage` volts.
  public func probability(_ voltage: Double) -> Double {
    Distribution.normal((voltage - meanVoltage) / deviation)
  }

  /// The voltage that leaves a part `sparsity` of the cells unbroken.
  /// - Precondition: 0 < sparsity < 1.
  public func voltage(sparsity: Double) -> Double {
    precondition(sparsity > 0 && sparsity < 1, "a part of the cells")
    return meanVoltage + deviation * Distribution.normalQuantile(1 - sparsity)
  }

  /// The breakdown voltage of cell `index`.
  public func breakdownVoltage(_ index: Int, _ key: StreamKey) -> Double {
    meanVoltage
      + deviation * GSLGenerator(key.child("breakdown").child(index)).normal()
  }

  /// The conductances in siemens of `count` cells after a sweep up to `voltage`: zero where a cell is
  /// unbroken. A cell that breaks at one voltage is broken, with the same conductance, at every
  /// higher one.
  public func conductances(_ count: Int, sweptTo voltage: Double, _ key: StreamKey) -> [Double] {
    (0..<count).map { i in
      guard breakdownVoltage(i, key) <= voltage else { return 0 }
      return GSLGenerator(key.child("conductance").child(i))
        .logNormal(zeta: log(medianConductance), sigma: logDeviation)
    }
  }
}
