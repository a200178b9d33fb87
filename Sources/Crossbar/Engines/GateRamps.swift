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

  /// How many cells the ramp of `function` has, calibration cells included; 0 for a function that no ramp computes and for
  /// exact ramps.
  public func cellCount(_ function: Activation) -> Int {
    guard let device else { return 0 }
    return ramps[function]?.cellCount(writing, window: device.window) ?? 0
  }

  /// The written ramps of one weight matrix: one for each tile and function of the gates, and one for the cell states.
  public struct Written: Sendable {
    private let gates: [Activation: WrittenRamps]
    private let states: [Activation: WrittenRamps]
    private let key: StreamKey

    init(gates: [Activation: WrittenRamps], states: [Activation: WrittenRamps], key: StreamKey) {
      (self.gates, self.states, self.key) = (gates, states, key)
    }

    /// The same ramps for reads of another kind, with noise of their own.
    func apart(_ kind: String) -> Written {
      Written(gates: gates, states: states, key: key.child(kind))
    }

    /// The ramps of `function`; `nil` where none compute it.
    func ramps(_ function: Activation, isState: Bool) -> WrittenRamps? {
      (isState ? states : gates)[function]
    }

    /// Applies a function by its ramps; one that no ramp computes is applied exactly.
    public func activate(_ function: Activation, _ read: GateRead, _ values: StridedRows) {
      guard let ramps = ramps(function, isState: read.isState) else {
        return values.joined.forEach { function.apply($0) }
      }
      let key = key.child(read.isState ? "states" : "gates").child(function.name)
      var vector = read.vector
      (ramps.isShared ? values.joined : values).forEach { row in
        ramps.apply(row, firstColumn: read.firstColumn, vector: vector, key: key)
        vector += 1
      }
    }
  }

  /// Writes the ramps of one matrix.
  ///
  /// - Parameters:
  ///   - tiles: the columns of each tile.
  ///   - time: how long after writing they are read; `nil` is as `writing` says.
  ///   - isExact: whether they are written without errors.
  ///   - lines: what the ramps of each kind are read through; without an entry cells are read as they are.
  public func write(
    tiles: [Range<Int>], key: StreamKey, time: Seconds? = nil, isExact: Bool = false,
    lines: [RampPlace.Kind: RampLines] = [:]
  ) -> Written {
    func written(_ place: String) -> [Activation: WrittenRamps] {
      var result: [Activation: WrittenRamps] = [:]
      for (function, ramp) in ramps {
        var writing = writing
        writing.lines = lines[.gate(function, isState: place == "states")]
        result[function] = ramp.write(
          device: isExact ? nil : device, tiles: tiles, time: time, writing: writing,
          key: key.child(place).child(function.name))
      }
      return result
    }
    return Written(gates: written("gates"), states: written("states"), key: key.child("noise"))
  }
}
