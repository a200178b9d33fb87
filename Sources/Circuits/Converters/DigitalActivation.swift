import Foundation

/// How a digital processor computes an activation behind a linear converter.
public enum DigitalActivation: Sendable, Hashable {
  /// A table with an entry a code: exact to the output's bits, two cycles.
  case lookUpTable
  /// Straight pieces between equally spaced knots: find, multiply, add.
  case piecewiseLinear(segments: Int)
  /// Hyperbolic rotations (J. S. Walther, AFIPS 1971) for e^x, a division by linear rotations where the
  /// function has one; one cycle an iteration. Only sigmoid, tanh and exponential.
  case cordic(iterations: Int)

  /// The name, as tables print it.
  public var name: String {
    switch self {
    case .lookUpTable: "look-up table"
    case .piecewiseLinear(let segments): "\(segments) linear pieces"
    case .cordic(let iterations): "CORDIC, \(iterations) iterations"
    }
  }

  /// Clock cycles of one activation.
  public var cycles: Int {
    switch self {
    case .lookUpTable: 2
    case .piecewiseLinear: 3
    case .cordic(let iterations): 2 * iterations
    }
  }

  /// The approximation of `function` over `inputs`, or `nil` where this way does not serve it.
  public func approximation(
    of function: ActivationFunction, over inputs: ClosedRange<Double>
  ) -> (@Sendable (Double) -> Double)? {
    switch self {
    case .lookUpTable: return function.value
    case .piecewiseLinear(let segments):
      let (low, width) = (inputs.lowerBound, inputs.upperBound - inputs.lowerBound)
      let knots = (0...segments).map { function.value(low + width * Double($0) / Double(segments)) }
      guard knots.allSatisfy(\.isFinite) else { return nil }
      return { x in
        let place = min(max((x - low) / width * Double(segments), 0), Double(segments))
        let k = min(segments - 1, Int(place))
        return knots[k] + (knots[k + 1] - knots[k]) * (place - Double(k))
      }
    case .cordic(let n):
      switch function.name {
      case "exponential": return { Self.exponential($0, iterations: n) }
      case "sigmoid": return { Self.quotient(1, 1 + Self.exponential(-$0, iterations: n), n) }
      case "tanh":
        return { 2 * Self.quotient(1, 1 + Self.exponential(-2 * $0, iterations: n), n) - 1 }
      default: return nil
      }
    }
  }

  /// e^x by hyperbolic rotations: x = k·ln 2 + r, e^r = cosh r + sinh r; iterations 4, 13, … twice.
  static func exponential(_ x: Double, iterations: Int) -> Double {
    let k = (x / M_LN2).rounded()
    var z = x - k * M_LN2
    var (c, s, gain) = (1.0, 0.0, 1.0)
    var (index, repeats) = (1, 4)
    for _ in 0..<iterations {
      let step = exp2(-Double(index))
      let turn: Double = z >= 0 ? 1 : -1
      (c, s) = (c + turn * s * step, s + turn * c * step)
      z -= turn * atanh(step)
      gain *= (1 - step * step).squareRoot()
      if index == repeats {
        repeats = 3 * repeats + 1
      } else {
        index += 1
      }
    }
    return (c + s) / gain * exp2(k)
  }

  /// a/b for b ≥ a > 0 by linear rotations, one bit an iteration.
  static func quotient(_ a: Double, _ b: Double, _ iterations: Int) -> Double {
    var (rest, result) = (a, 0.0)
    for i in 0..<iterations {
      let step = exp2(-Double(i))
      let sign: Double = rest >= 0 ? 1 : -1
      rest -= sign * b * step
      result += sign * step
    }
    return result
  }
}
