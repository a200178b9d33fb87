import Foundation
import InputOutput
import NumericalMethods

/// A function that ramps can compute, monotone or not: the stretches between its extrema, each of them
/// monotone, with a ramp of its own.
///
/// A comparison with the inputs of the extrema picks the stretch before its ramp runs.
public struct ActivationCurve: Sendable {
  /// One monotone stretch.
  public struct Stretch: Sendable {
    /// Where it lies.
    public let inputs: ClosedRange<Double>
    /// The function on it.
    public let function: ActivationFunction
  }

  /// The name: "gelu".
  public let name: String
  /// y = g(x).
  public let value: @Sendable (Double) -> Double
  /// The outputs that the codes cover unless others are asked for.
  public let outputRange: ClosedRange<Double>
  /// The stretches, rising; one where the function is monotone.
  public let stretches: [Stretch]

  /// A monotone function: one stretch over all inputs.
  public init(_ function: ActivationFunction) {
    name = function.name
    value = function.value
    outputRange = function.outputRange
    stretches = [
      Stretch(
        inputs: -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude,
        function: function)
    ]
  }

  /// A function given by its values over `domain`: its extrema are looked for, and its inverse is found
  /// by Brent's method.
  ///
  /// Extrema closer together than a 4096th of the domain may be missed.
  /// - Throws: `InputError` where the function is not finite or flat over the whole domain, jumps, has a
  ///   pole, or has more than 32 extrema.
  public init(
    name: String, domain: ClosedRange<Double>, value: @escaping @Sendable (Double) -> Double
  ) throws(InputError) {
    let count = 4096
    let (low, high) = (domain.lowerBound, domain.upperBound)
    guard low < high, (high - low).isFinite else {
      throw InputError(name, "the domain must be finite and not empty")
    }
    let step = (high - low) / Double(count)
    let x = (0...count).map { $0 == count ? high : low + Double($0) * step }
    let y = x.map(value)
    if let k = y.firstIndex(where: { !$0.isFinite }) {
      throw InputError(name, "the function is not finite at \(x[k]), choose another domain")
    }
    guard let smallest = y.min(), let largest = y.max(), smallest < largest else {
      throw InputError(name, "the function is flat from \(low) to \(high)")
    }
    if let place = Self.jump(x, y, value) {
      throw InputError(
        name,
        "the function jumps or has a pole near x = \(Float(place)), choose a domain without it, "
          + "--domain LOW..HIGH")
    }
    let splits = Self.extrema(x, y, value)
    guard splits.count <= 32 else {
      throw InputError(name, "the function has \(splits.count) extrema, at most 32 are allowed")
    }
    self.name = name
    self.value = value
    outputRange = smallest...largest
    var stretches: [Stretch] = []
    let ends = [low] + splits + [high]
    for (a, b) in zip(ends, ends.dropFirst()) {
      let (atA, atB) = (value(a), value(b))
      guard atA != atB else { continue }
      let range = min(atA, atB)...max(atA, atB)
      stretches.append(
        Stretch(
          inputs: a...b,
          function: ActivationFunction(
            name: name, outputRange: range, isIncreasing: atB > atA, value: value,
            inverse: { wanted in
              guard range.contains(wanted),
                let root = try? bracketedRoot(
                  from: a, to: b, absolute: 1e-13, relative: 1e-13, { value($0) - wanted })
              else { return .nan }
              return root
            })))
    }
    self.stretches = stretches
  }

  /// An input where the function changes by more than a thousandth of its height however near two inputs
  /// are, by halving the steps between samples; `nil` where it is continuous.
  private static func jump(_ x: [Double], _ y: [Double], _ value: (Double) -> Double) -> Double? {
    let allowed = 1e-3 * ((y.max() ?? 0) / 2 - (y.min() ?? 0) / 2) * 2
    for k in x.indices.dropFirst() {
      var (a, b, atA, atB) = (x[k - 1], x[k], y[k - 1], y[k])
      // A pole lies between two samples of different sign, a jump between two that differ.
      guard abs(atB - atA) > allowed else { continue }
      let smallest = 1e-13 * max(abs(a), abs(b), x[x.count - 1] - x[0])
      while b - a > smallest, abs(atB - atA) > allowed {
        let middle = a + (b - a) / 2
        let atMiddle = value(middle)
        guard atMiddle.isFinite else { return middle }
        if abs(atMiddle - atA) > abs(atB - atMiddle) {
          (b, atB) = (middle, atMiddle)
        } else {
          (a, atA) = (middle, atMiddle)
        }
      }
      if abs(atB - atA) > allowed { return a }
    }
    return nil
  }

  /// Where the sampled function turns, refined by golden sections.
  private static func extrema(
    _ x: [Double], _ y: [Double], _ value: (Double) -> Double
  ) -> [Double] {
    // Rounding noise on a plateau is no extremum.
    let noise = 1e-12 * (abs(y.max() ?? 0) + abs(y.min() ?? 0))
    var found: [Double] = []
    var direction = 0.0
    var turned = 0
    for k in x.indices.dropFirst() {
      let rise = y[k] - y[k - 1]
      if abs(rise) <= noise { continue }
      let sign: Double = rise > 0 ? 1 : -1
      if direction != 0, sign != direction {
        found.append(golden(x[max(0, turned - 1)], x[k], maximize: direction > 0, value))
      }
      direction = sign
      turned = k
    }
    return found
  }

  private static func golden(
    _ low: Double, _ high: Double, maximize: Bool, _ value: (Double) -> Double
  ) -> Double {
    let sign: Double = maximize ? -1 : 1
    let ratio = (5.0.squareRoot() - 1) / 2
    var (a, b) = (low, high)
    for _ in 0..<80 where b - a > 1e-9 * max(1, abs(a)) {
      let (c, d) = (b - ratio * (b - a), a + ratio * (b - a))
      if sign * value(c) < sign * value(d) { b = d } else { a = c }
    }
    return (a + b) / 2
  }
}
