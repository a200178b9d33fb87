import Foundation

/// The factor f(x) by which a drift slows down towards the ends x = 0 and x = 1 of its range.
///
/// Strukov's, Joglekar's and Prodromakis's windows vanish at both ends in both directions: the exact
/// state comes arbitrarily near an end and returns when the current turns, but never reaches it.
public struct WindowFunction: Sendable, Hashable {
  /// The form.
  public enum Form: String, Sendable, CaseIterable {
    /// f = 1: the ends are hard.
    case none
    /// f = x(1 − x): Strukov et al., Nature 453, 80 (2008), doi 10.1038/nature06932.
    case strukov
    /// f = 1 − (2x − 1)^2p: Joglekar and Wolf, Eur. J. Phys. 30, 661 (2009),
    /// doi 10.1088/0143-0807/30/4/001.
    case joglekar
    /// f = 1 − (x − stp(−i))^2p: Biolek, Biolek and Biolková, Radioengineering 18, 210 (2009).
    case biolek
    /// f = j(1 − ((x − 1/2)² + 3/4)^p): Prodromakis et al., IEEE Trans. Electron Devices 58, 3099
    /// (2011), doi 10.1109/TED.2011.2158004.
    case prodromakis
  }

  /// The form.
  public var form: Form
  /// The exponent p; positive.
  public var exponent: Double
  /// Prodromakis's factor j.
  public var height: Double
  // A whole exponent is raised by products, which is several times faster than pow.
  private let power: Int?

  /// - Precondition: `exponent > 0`, `height > 0`.
  public init(_ form: Form, exponent: Double = 1, height: Double = 1) {
    precondition(exponent > 0 && height > 0, "a window has a positive exponent and height")
    self.form = form
    self.exponent = exponent
    self.height = height
    power = exponent == exponent.rounded() && exponent <= 32 ? Int(exponent) : nil
  }

  /// f at `x` in 0…1 for a drift in the direction of `direction`'s sign.
  @inline(__always)
  public func value(_ x: Double, direction: Double) -> Double {
    switch form {
    case .none: return 1
    case .strukov: return x * (1 - x)
    case .joglekar:
      let y = 2 * x - 1
      return 1 - raised(y * y)
    case .biolek:
      let y = direction >= 0 ? x : x - 1
      return 1 - raised(y * y)
    case .prodromakis:
      let y = x - 0.5
      return height * (1 - raised(y * y + 0.75))
    }
  }

  /// Whether f vanishes at both ends in either direction. A state that rounding puts on an end would
  /// then stay there for ever; see `LogitDrift`.
  public var isZeroAtBothEnds: Bool {
    switch form {
    case .none, .biolek: return false
    case .strukov, .joglekar, .prodromakis: return true
    }
  }

  /// f/(x·(1 − x)) by the product s = x·(1 − x), without cancellation next to the ends: f of these
  /// windows is a function of s alone.
  /// - Precondition: `isZeroAtBothEnds`.
  @inline(__always)
  func perProduct(_ s: Double) -> Double {
    switch form {
    case .strukov: return 1
    case .joglekar: return complement(4 * s) * 4
    case .prodromakis: return height * complement(s)
    case .none, .biolek: preconditionFailure("the window does not vanish at both ends")
    }
  }

  /// (1 − (1 − t)^p)/t for t in 0…1.
  @inline(__always)
  private func complement(_ t: Double) -> Double {
    guard let power else {
      return t > 0 ? -expm1(exponent * log1p(-min(t, 1))) / t : exponent
    }
    var (sum, term) = (0.0, 1.0)
    for _ in 0..<power {
      sum += term
      term *= 1 - t
    }
    return sum
  }

  @inline(__always)
  private func raised(_ base: Double) -> Double {
    guard let power else { return pow(base, exponent) }
    return wholePower(base, power)
  }
}

/// base^power for a power ≥ 0, by squaring.
@inline(__always)
func wholePower(_ base: Double, _ power: Int) -> Double {
  var result = 1.0
  var square = base
  var left = power
  while left > 0 {
    if left & 1 == 1 { result *= square }
    square *= square
    left >>= 1
  }
  return result
}

/// An exponent that is usually a whole number.
package struct PowerLaw: Sendable, Hashable {
  package let value: Double
  private let power: Int?

  init(_ exponent: Double) {
    value = exponent
    power = exponent == exponent.rounded() && (0...32).contains(exponent) ? Int(exponent) : nil
  }

  @inline(__always)
  func of(_ base: Double) -> Double {
    guard let power else { return pow(base, value) }
    return wholePower(base, power)
  }
}
