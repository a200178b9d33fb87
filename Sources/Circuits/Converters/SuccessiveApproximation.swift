import Foundation
import Randomness

/// A successive-approximation converter over 0…1 with binary capacitors that do not match.
///
/// Capacitor b is 2^b units in parallel, so that its relative deviation is that of one unit over √2^b. Codes
/// are found bit by bit from the largest; with mismatch they may skip or stand still.
public struct SuccessiveApproximation: Sendable, Hashable {
  /// The share of the range that each bit switches, the lowest first.
  public let weights: [Double]

  /// A converter of `bits` whose unit capacitors have the relative deviation `mismatch`.
  /// - Precondition: 1 to 16 bits.
  public init(bits: Int, mismatch: Double, key: StreamKey) {
    precondition((1...16).contains(bits), "1 to 16 bits")
    let draws = Noise.normal(bits + 1, key)
    var capacitors = (0..<bits).map { b in
      let units = exp2(Double(b))
      return max(0, units + mismatch * units.squareRoot() * Double(draws[b]))
    }
    // The terminating unit belongs to the total and to no bit.
    let total = capacitors.reduce(0, +) + max(0, 1 + mismatch * Double(draws[bits]))
    for b in capacitors.indices { capacitors[b] /= total }
    weights = capacitors
  }

  /// The code of a voltage, in parts of the range.
  public func code(_ voltage: Double) -> Int {
    var (code, level) = (0, 0.0)
    for b in weights.indices.reversed() where voltage >= level + weights[b] {
      level += weights[b]
      code |= 1 << b
    }
    return code
  }
}

extension SuccessiveApproximation: ConverterLaw {
  public static let name = "successive-approximation"

  /// One to sample, one per bit.
  public static func cycles(bits: Int) -> Int { bits + 1 }

  /// Bit by bit from the largest, the code is at least c from the lowest level of all codes from c on; codes stand for
  /// the middles of equal bins.
  public static func levels(
    bits: Int, lowest: Double, mismatch: Double, key: StreamKey
  ) -> ConverterLevels {
    let count = 1 << bits
    let outputs = (0..<count).map { lowest + (1 - lowest) * (Double($0) + 0.5) / Double(count) }
    guard mismatch > 0 else {
      return ConverterLevels(
        thresholds: (1..<count).map { lowest + (1 - lowest) * Double($0) / Double(count) },
        outputs: outputs)
    }
    let weights = SuccessiveApproximation(bits: bits, mismatch: mismatch, key: key).weights
    var levels = (0..<count).map { code in
      weights.indices.reduce(0.0) { $0 + (code >> $1 & 1 == 1 ? weights[$1] : 0) }
    }
    for code in (0..<count - 1).reversed() { levels[code] = min(levels[code], levels[code + 1]) }
    return ConverterLevels(
      thresholds: levels.dropFirst().map { lowest + (1 - lowest) * $0 }, outputs: outputs)
  }
}
