internal import CConversionKernels
import DeviceModels
import Randomness

/// How a rank-one request rate·x⊗d becomes pulses on an array.
public enum PulseScheme: Sendable, Hashable {
  /// Random trains on rows and columns; cells change where they coincide.
  case stochastic(StochasticTrains)
  /// The request of a batch, rounded to whole pulses, cell by cell.
  case deterministic
  /// The request of a batch as the number of pulses that it comes to, fractions too: what the device
  /// makes of the exact outer product.
  case outerProduct

  /// The field's default: trains of up to 31 slots, as long and as dense as the batch needs.
  public static let standard = PulseScheme.stochastic(StochasticTrains())
}

/// Stochastic trains and how they follow the request.
///
/// With probabilities pₓ = |x|·B and p_d = |d|·A in L slots the expected change is L·A·B·g·|x||d|, g
/// the change by one pulse, so that A·B = rate/(g·L).
public struct StochasticTrains: Sendable, Hashable {
  /// The most slots of a sample's train, 1 to 127.
  public var longest: Int
  /// Whether a sample's train is only as long as its largest request: L = ⌈rate·max|x|·max|d|/g⌉.
  public var managesLength: Bool
  /// Whether A and B are shifted so that the largest probabilities of rows and columns are equal.
  public var managesScale: Bool

  /// Trains; see the members.
  public init(longest: Int = 31, managesLength: Bool = true, managesScale: Bool = true) {
    precondition((1...127).contains(longest), "1 to 127 slots")
    self.longest = longest
    self.managesLength = managesLength
    self.managesScale = managesScale
  }

  /// The trains that ask for +rate·x⊗d with pulses of size `granularity`.
  ///
  /// A negative `rate` asks for the opposite change.
  func trains(
    x: UnsafePointer<Float>, rowCount: Int, d: UnsafePointer<Float>, columnCount: Int,
    samples: Int, rate: Float, granularity: Float, key: StreamKey
  ) -> PulseTrains {
    var lengths = [Int32](repeating: 0, count: samples)
    var rowScale = [Float](repeating: 0, count: samples)
    var columnScale = rowScale
    let strength = abs(rate) / granularity
    let sign: Float = rate < 0 ? -1 : 1
    for s in 0..<samples {
      let xMost = ow_largest(x + s * rowCount, rowCount)
      let dMost = ow_largest(d + s * columnCount, columnCount)
      guard xMost > 0, dMost > 0, strength > 0, xMost.isFinite, dMost.isFinite else { continue }
      let wanted = (strength * xMost * dMost).rounded(.up)
      let length = managesLength ? max(1, min(Float(longest), wanted)) : Float(longest)
      let root = (strength / length).squareRoot()
      let tilt = managesScale ? (dMost / xMost).squareRoot() : 1
      lengths[s] = Int32(length)
      rowScale[s] = root * tilt
      columnScale[s] = sign * root / tilt
    }
    return PulseTrains(
      x: x, rowCount: rowCount, d: d, columnCount: columnCount, lengths: lengths,
      rowScale: rowScale, columnScale: columnScale, key: key)
  }
}
