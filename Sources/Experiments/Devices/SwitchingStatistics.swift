import DeviceModels
import InputOutput
import Randomness

/// Switching probability against pulse height and width: what `ohmweave device switch` runs.
public struct SwitchingStatistics: Sendable {
  /// The law of the rate.
  public var law: ExponentialSwitching
  /// The pulse heights, in volts.
  public var heights: [Double]
  /// The pulse widths, in seconds.
  public var widths: [Double]
  /// How many devices each pulse is tried on.
  public var population: Int
  /// The seed of their doses.
  public var seed: UInt64

  /// Pulses of `heights` and `widths` on `population` devices each.
  public init(
    law: ExponentialSwitching, heights: [Double], widths: [Double], population: Int = 1000,
    seed: UInt64 = 1
  ) {
    self.law = law
    self.heights = heights
    self.widths = widths
    self.population = population
    self.seed = seed
  }

  /// Height, width, probability by the law, the part of the drawn devices that switched, and the
  /// median of their switching times (NaN where fewer than half did).
  /// - Throws: `InputErrors` where a height is not finite or a width not positive.
  public func table() throws(InputErrors) -> Table {
    guard population > 0, heights.allSatisfy(\.isFinite),
      widths.allSatisfy({ $0 > 0 && $0.isFinite })
    else {
      throw InputErrors([
        InputError("device switch", "finite heights, positive widths and a device are needed")
      ])
    }
    var table = Table(columns: [
      "height (V)", "width (s)", "probability", "switched", "median time (s)",
    ])
    let key = StreamKey(seed: seed).child("switching")
    for (i, height) in heights.enumerated() {
      for (j, width) in widths.enumerated() {
        let pulse = Waveform.piecewiseLinear([(0, height), (width, height)])
        let times = law.firstPassages(population, under: pulse, key.child(i).child(j))
        let switched = times.filter(\.isFinite).sorted()
        let median = 2 * switched.count > population ? switched[population / 2] : .nan
        table.append([
          .number(height), .number(width), .number(law.probability(height: height, width: width)),
          .number(Double(switched.count) / Double(population)), .number(median),
        ])
      }
    }
    return table
  }
}
