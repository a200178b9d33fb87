public import Circuits
public import DeviceModels
public import InputOutput
public import Networks
public import PhysicalUnits
public import Randomness

/// The ramp converters that take over the gate functions of recurrent layers, on mapped chips and in training.
public struct GateRamps: Sendable {
  /// Bits of a code.
  public let bits: Int
  /// What the ramps are written into; `nil` writes them exactly.
  public let device: DeviceModel?
  /// How they are written.
  public let writing: RampWriting
  private let ramps: [Activation: ActivationRamp]

  /// Ramps for sigmoid and tanh.
  /// - Throws: `InputError` where they do not fit the device's window.
  public init(bits: Int, device: DeviceModel?, writing: RampWriting) throws(InputError) {
    self.bits = bits
    self.device = device
    self.writing = writing
    var ramps: [Activation: ActivationRamp] = [:]
    for function in [Activation.sigmoid, .tanh] {
      ramps[function] = try ActivationRamp(
        function.name, bits: bits, conversion: RampConversion(), window: device?.window)
    }
    self.ramps = ramps
  }

  /// The written ramps of one weight matrix: one shared by all its columns for each function of the
  /// gates, and one of their own for the cell states.
  public struct Written: Sendable {
    let gates: [Activation: ColumnConverters]
    let states: [Activation: ColumnConverters]

    /// Applies a function by its ramp; one that no ramp computes is applied exactly.
    public func activate(_ function: Activation, isState: Bool, _ values: StridedRows) {
      let ramp = (isState ? states : gates)[function]
      values.forEach { row in
        guard let ramp else { return function.apply(row) }
        if let base = row.baseAddress { ramp.apply(base, count: row.count) }
      }
    }
  }

  /// Writes the ramps of one matrix.
  ///
  /// - Parameters:
  ///   - time: how long after writing they are read; `nil` is as `writing` says.
  ///   - isExact: whether they are written without errors.
  public func write(key: StreamKey, time: Seconds? = nil, isExact: Bool = false) -> Written {
    func written(_ place: String) -> [Activation: ColumnConverters] {
      var result: [Activation: ColumnConverters] = [:]
      for (function, ramp) in ramps {
        result[function] = ramp.write(
          device: isExact ? nil : device, time: time, writing: writing,
          key: key.child(place).child(function.name))
      }
      return result
    }
    return Written(gates: written("gates"), states: written("states"))
  }
}
