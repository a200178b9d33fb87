import DeviceModels
import InputOutput

/// A whole converter for one function: a ramp for every monotone stretch of it.
public struct RampConverter: Sendable {
  /// The function.
  public let curve: ActivationCurve
  /// The ramps of the stretches that pass at least one threshold, in the order of their inputs.
  public let ramps: [RampDesign]
  /// The stretch of each ramp.
  public let stretches: [ActivationCurve.Stretch]
  /// All thresholds, rising, in units of x.
  public let thresholds: [Double]
  /// What the converter gives between the thresholds, one more than those.
  public let outputs: [Double]
  /// The outputs that the codes cover.
  public let outputRange: ClosedRange<Double>

  /// Bits of a code.
  public let bits: Int
  /// One bit of the output.
  public var leastBit: Double { ramps[0].thresholds.leastBit }

  /// Fits the ramps of `curve` into a device's window.
  ///
  /// - Parameters: see `RampThresholds` and `RampDesign`; `cellsAvailable` counts for each ramp.
  /// - Throws: `InputError` where bits, range or window do not do.
  public init(
    _ curve: ActivationCurve, bits: Int, convention: RampThresholds.Convention = .floor,
    range: ClosedRange<Double>? = nil, circuit: RampCircuit = RampCircuit(),
    window: ConductanceWindow, cellsAvailable: Int? = nil
  ) throws(InputError) {
    guard (1...10).contains(bits) else {
      throw InputError("--bits", "\(bits) bits are asked for, 1 to 10 are allowed")
    }
    var ramps: [RampDesign] = []
    var stretches: [ActivationCurve.Stretch] = []
    for stretch in curve.stretches {
      let thresholds: RampThresholds
      if curve.stretches.count == 1 {
        thresholds = try RampThresholds(
          stretch.function, bits: bits, convention: convention, range: range)
      } else {
        thresholds = RampThresholds(
          stretch.function, bits: bits, convention: convention,
          passedOf: range ?? curve.outputRange)
      }
      guard !thresholds.inputs.isEmpty else { continue }
      ramps.append(
        try RampDesign(
          thresholds, circuit: circuit, window: window, cellsAvailable: cellsAvailable))
      stretches.append(stretch)
    }
    guard !ramps.isEmpty else {
      throw InputError("--range", "the function passes no threshold in this range")
    }
    self.curve = curve
    self.bits = bits
    self.ramps = ramps
    self.stretches = stretches
    outputRange = range ?? curve.outputRange
    thresholds = ramps.flatMap(\.thresholds.inputs)
    // The last output of a stretch is the first of the next: the extremum lies in that bin.
    outputs =
      ramps[0].thresholds.outputs + ramps.dropFirst().flatMap { $0.thresholds.outputs.dropFirst() }
  }

  /// The stretches of the function that pass no threshold: all of their outputs have one code, such as the
  /// negative lobe of GELU at few bits.
  public var silentStretches: [ActivationCurve.Stretch] {
    curve.stretches.filter { one in !stretches.contains { $0.inputs == one.inputs } }
  }

  /// The place of `x` among `thresholds`: how many of them it is not below.
  public static func place(_ x: Double, among thresholds: some RandomAccessCollection<Double>)
    -> Int
  {
    var low = thresholds.startIndex
    var high = thresholds.endIndex
    while low < high {
      let middle = thresholds.index(low, offsetBy: thresholds.distance(from: low, to: high) / 2)
      if x >= thresholds[middle] { low = thresholds.index(after: middle) } else { high = middle }
    }
    return thresholds.distance(from: thresholds.startIndex, to: low)
  }

  /// What the ideal converter gives for `x`.
  public func output(_ x: Double) -> Double { outputs[Self.place(x, among: thresholds)] }
}
