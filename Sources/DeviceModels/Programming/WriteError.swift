import PhysicalUnits
import StrictYAML

/// What a write leaves between the target and the conductance.
///
/// The error is mean + deviation(G)·ξ, where deviation(G) = Σ cₖ·(G/reference)ᵏ in siemens, not below
/// 0, and ξ has mean 0 and variance 1.
public struct WriteError: Sendable, Hashable {
  /// How ξ is distributed.
  public enum Distribution: String, Sendable, CaseIterable {
    /// Standard normal.
    case gaussian
    /// Uniform between −√3 and √3: what write-verify leaves that stops inside a band.
    case uniform
    /// The conductance itself is log-normal: G·exp(s·ξ) with s = deviation(G)/G, ξ normal.
    case logNormal = "log-normal"
  }

  /// How ξ is distributed.
  public var distribution: Distribution
  /// The mean error, in siemens.
  public var mean: Double
  /// c₀, c₁, …, in siemens; empty means no error.
  public var deviation: [Double]
  /// The conductance that the polynomial counts in, in siemens.
  public var reference: Double

  /// No error at all.
  public static let none = WriteError(
    distribution: .gaussian, mean: 0, deviation: [], reference: 1)

  /// An error of the given law.
  public init(
    distribution: Distribution, mean: Double = 0, deviation: [Double], reference: Double = 1
  ) {
    precondition(reference > 0, "conductances are counted in something")
    self.distribution = distribution
    self.mean = mean
    self.deviation = deviation
    self.reference = reference
  }

  /// The standard deviation at target `g`, in siemens.
  public func deviation(at g: Double) -> Double {
    let x = g / reference
    return max(0, deviation.reversed().reduce(0) { $0 * x + $1 })
  }

  init(reading node: StrictNode) {
    guard node.exists else {
      self = .none
      return
    }
    let distribution = node.choice("distribution", of: Distribution.self, default: .gaussian)
    let mean = node.quantity("mean", unit: "S", default: 0)
    let forms = ["deviation", "half-width", "relative-deviation", "polynomial"].filter(node.has)
    if forms.count != 1 {
      node.fault(
        "one of 'deviation', 'half-width', 'relative-deviation' and 'polynomial' is wanted, "
          + "\(forms.count) are there")
    }
    var coefficients: [Double] = []
    var reference = 1.0
    switch forms.first {
    case "deviation": coefficients = [node.quantity("deviation", unit: "S", in: 0...1)]
    case "half-width":
      if distribution != .uniform {
        node.fault("'half-width' goes with the uniform distribution")
      }
      coefficients = [node.quantity("half-width", unit: "S", in: 0...1) / 3.0.squareRoot()]
    case "relative-deviation":
      coefficients = [0, node.number("relative-deviation", in: 0...10)]
    case "polynomial":
      coefficients = node.quantities("polynomial", unit: "S")
      reference = node.quantity("reference", unit: "S", in: 1e-12...1)
    default: break
    }
    self.init(
      distribution: distribution, mean: mean, deviation: coefficients, reference: reference)
  }
}
