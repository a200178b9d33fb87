public import DeviceModels
public import InputOutput
public import PhysicalUnits
public import Randomness

/// Ramps that compute the activation of a layer while they digitize its sums.
///
/// Rectifiers have 2ⁿ levels from 0 to the end of a range, so that nothing is lost at 0; sigmoid and tanh
/// have 2ⁿ bins of equal height, as the gates of recurrent layers have.
public struct ActivationRamp: Sendable {
  /// The functions that ramps of layers compute.
  public static let names = ["relu", "sigmoid", "tanh"]

  /// The function: one of `names`.
  public let name: String
  /// Bits of a code.
  public let bits: Int
  /// Who has a ramp of his own, and how it is shifted back.
  public let conversion: RampConversion
  private let converter: RampConverter

  /// Whether sums are taken relative to the end of a range; else the function says where it ends.
  public var hasRange: Bool { name == "relu" }

  /// A ramp of cells within `window`.
  ///
  /// - Throws: `InputError` where there is no such ramp, or its steps do not fit the window.
  public init(
    _ name: String, bits: Int, conversion: RampConversion, window: ConductanceWindow?
  ) throws(InputError) {
    guard Self.names.contains(name) else {
      throw InputError("--function", unknownName("activation", name, known: Self.names))
    }
    let function = try ActivationFunction.named(name)
    self.name = name
    self.bits = bits
    self.conversion = conversion
    converter = try RampConverter(
      ActivationCurve(function), bits: bits, convention: name == "relu" ? .midTread : .floor,
      range: name == "relu" ? 0...1 : nil,
      window: window ?? ConductanceWindow(minimum: .init(0), maximum: .init(150e-6)),
      cellsAvailable: 65536)
  }

  /// How many cells the ramp of one tile has, calibration cells included.
  public func cellCount(_ writing: RampWriting, window: ConductanceWindow) -> Int {
    converter.ramps.reduce(0) { sum, design in
      let (low, high) = (window.minimum.value, window.maximum.value)
      let start = RampStart(design, cells: writing.startCells, window: low...high)
      return sum + start.cells + design.cellCount
    }
  }

  /// The ramps of one chip.
  ///
  /// - Parameters:
  ///   - device: what they are written into; `nil` writes them exactly.
  ///   - tiles: the columns of each tile.
  ///   - time: how long after writing they are read.
  ///   - writing: how they are written; `nil` is with the conversion's calibration alone. Its read noise is drawn for every
  ///     conversion, in `WrittenRamps.apply`.
  ///   - strength: how much of their errors counts, 0 … 1.
  public func write(
    device: DeviceModel?, tiles: [Range<Int>] = [0..<1], time: Seconds? = nil,
    writing: RampWriting? = nil, strength: Float = 1, key: StreamKey
  ) -> WrittenRamps {
    let ideal = converter.thresholds.map(Float.init)
    let outputs = converter.outputs.map(Float.init)
    guard let device else {
      return WrittenRamps([ideal], outputs: outputs, tiles: tiles)
    }
    let columns =
      conversion.sharing == .tile ? tiles : (0..<tiles.last!.upperBound).map { $0..<$0 + 1 }
    var writing = writing ?? conversion.writing
    if let time { writing.time = time }
    var quiet = writing
    quiet.readNoise = false
    let chips = RampChips(converter, device: device, count: columns.count, key: key, writing: quiet)
    let thresholds = columns.indices.map { ramp in
      strength == 1
        ? Array(chips.row(ramp)) : zip(ideal, chips.row(ramp)).map { $0 + strength * ($1 - $0) }
    }
    return WrittenRamps(
      thresholds, outputs: outputs, tiles: columns, cells: chips.columns[0],
      noise: RampNoise(chips.columns[0], thresholds: thresholds, device: device, writing: writing))
  }
}
