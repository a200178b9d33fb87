import Foundation

/// The cost of one time step of the recurrent layers of a network, by a schedule: every analog operation (a product,
/// a function of cell states) is pulses of its inputs, a conversion and control, one after the other.
public struct StepCost: Sendable, Hashable {
  /// What a step consists of, in seconds or joules.
  public struct Parts: Sendable, Hashable {
    /// Input pulses: time of the reads, energy of cells and row drivers.
    public var array: Double
    /// Conversions, whether ramps compute functions or not, and functions that are computed digitally.
    public var nonlinear: Double
    /// Control, additions, element-wise operations; what the chip takes all of the time.
    public var rest: Double
    /// The whole.
    public var total: Double { array + nonlinear + rest }
  }

  /// In seconds.
  public var time: Parts
  /// In joules.
  public var energy: Parts
  /// Of all arrays of the layers, in m².
  public var area: Double
  /// Multiplications and additions of matrices.
  public var operations: Double

  /// What the counts of recurrent layers come to per step.
  ///
  /// - Parameters:
  ///   - counts: those of recurrent layers, whose vectors are their steps.
  ///   - operations: multiplications and additions of a step that count.
  ///   - processors: units that compute activations for all layers; `nil`: as the cost file says.
  public init(
    _ model: CostModel, of counts: [ReadCounts], operations: Double, processors: Int? = nil
  ) {
    let report = model.cost(of: counts, processors: processors)
    func sum(_ value: (CostReport.Site) -> Double) -> Double {
      report.sites.reduce(0) { $0 + value($1) / max(1, $1.vectors) }
    }
    time = Parts(
      array: sum { $0.latency.array + $0.latency.dac },
      nonlinear: sum { $0.latency.adc + $0.activationLatency },
      rest: sum { $0.latency.digital - $0.activationLatency })
    energy = Parts(
      array: sum { $0.energy.array + $0.energy.dac },
      nonlinear: sum { $0.energy.adc + $0.activationEnergy },
      rest: sum { $0.energy.digital - $0.activationEnergy })
    area = report.area.total
    self.operations = operations
  }

  /// Operations per second.
  public var operationsPerSecond: Double { operations / time.total }
  /// Operations per joule.
  public var operationsPerJoule: Double { operations / energy.total }
  /// Operations per second and m².
  public var operationsPerSecondAndArea: Double { operationsPerSecond / area }
  /// In watts.
  public var power: Double { energy.total / time.total }
}
