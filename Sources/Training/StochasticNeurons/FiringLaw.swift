import DeviceModels
import Foundation
import NumericalMethods
import PhysicalUnits

/// With which probability a neuron fires at the pre-activation a.
///
/// A device that switches at random under a pulse is the neuron: p(a) = P(V₅₀ + u·a), with V₅₀ the
/// height at which half of all pulses switch and u the volts a unit that give p the slope 1/4 there, as
/// the logistic function has it. The device is reset after every read.
public struct FiringLaw: Sendable {
  /// V₅₀, in volts; 0 for the logistic function.
  public let middle: Double
  /// u, volts a unit of pre-activation: negative where negative pulses switch.
  public let unit: Double
  /// p and its slope at places of equal distance; empty for the logistic function.
  private let table: [SIMD2<Float>]

  private static let reach: Float = 16
  private static let places = 8192

  /// p = 1/(1 + e^(−a)).
  public static let logistic = FiringLaw()

  private init() {
    middle = 0
    unit = 1
    table = []
  }

  /// The law of a device under pulses of `width`.
  ///
  /// - Throws: `NumericalFailure` where no pulse of up to 100 V switches with a probability of 1/2, or
  ///   the device breaks down for good.
  /// - Complexity: p is tabulated at 8193 places from a = −16 to 16; between them it is linear, which is
  ///   exact to 1e-6.
  public init(_ device: SwitchingSection, width: Seconds) throws(NumericalFailure) {
    if case .breakdown = device.law {
      throw NumericalFailure("the device breaks down once, and a neuron fires again and again")
    }
    func probability(_ height: Double) -> Double {
      device.probability(height: height, width: width.value)
    }
    let middle = try Self.middle(probability)
    let step = 1e-6 * abs(middle)
    let slope = (probability(middle + step) - probability(middle - step)) / (2 * step)
    guard slope != 0, slope.isFinite else {
      throw NumericalFailure("the device switches from never to always at \(middle) V")
    }
    let unit = 0.25 / slope
    /// A drive never changes its sign: pulses of the other one would be another experiment.
    func at(_ a: Double) -> Double {
      let height = middle + unit * a
      return probability(height * middle > 0 ? height : 0)
    }
    self.middle = middle
    self.unit = unit
    table = (0...Self.places).map { k in
      let a = Double(Self.reach) * (2 * Double(k) / Double(Self.places) - 1)
      return SIMD2(Float(at(a)), Float((at(a + 1e-4) - at(a - 1e-4)) / 2e-4))
    }
  }

  private static func middle(_ probability: (Double) -> Double) throws(NumericalFailure) -> Double {
    for sign in [1.0, -1] {
      var low = 0.0
      var high = 1e-3
      while high < 100 {
        if probability(sign * high) >= 0.5 {
          return sign * (try bracketedRoot(from: low, to: high) { probability(sign * $0) - 0.5 })
        }
        low = high
        high *= 1.1
      }
    }
    throw NumericalFailure(
      "no pulse of this width, up to 100 V, switches with a probability of 1/2")
  }

  /// p(a).
  public func probability(_ a: Float) -> Float {
    table.isEmpty ? 1 / (1 + expf(-a)) : interpolated(a).x
  }

  /// dp/da.
  public func slope(_ a: Float) -> Float {
    guard table.isEmpty else { return interpolated(a).y }
    let p = probability(a)
    return p * (1 - p)
  }

  private func interpolated(_ a: Float) -> SIMD2<Float> {
    let place = (max(-Self.reach, min(Self.reach, a)) / Self.reach + 1) * Float(Self.places / 2)
    let k = min(Self.places - 1, Int(place))
    let share = place - Float(k)
    return table[k] + share * (table[k + 1] - table[k])
  }
}
