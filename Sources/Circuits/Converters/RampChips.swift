import DeviceModels
import LinearAlgebra
import Randomness

/// Whole converters written into devices: chips of `RampConverter`.
public struct RampChips: Sendable {
  /// What was to be made.
  public let converter: RampConverter
  /// The written ramps, one set of columns a ramp of the converter.
  public let columns: [RampColumns]
  /// All thresholds, a chip a row, in the order of `RampConverter.thresholds`. Where a function has
  /// extrema they are held within their stretch: the comparison with the extremum comes first.
  public let thresholds: Matrix<Float>

  /// Writes `count` chips; chip i depends on the key and on i alone.
  public init(
    _ converter: RampConverter, device: DeviceModel, count: Int, key: StreamKey,
    writing: RampWriting = RampWriting()
  ) {
    self.converter = converter
    columns = converter.ramps.enumerated().map { k, design in
      RampColumns(design, device: device, count: count, key: key.child(k), writing: writing)
    }
    guard columns.count > 1 else {
      thresholds = columns[0].thresholds
      return
    }
    var all = Matrix<Float>(rowCount: count, columnCount: converter.thresholds.count)
    var first = 0
    for (part, stretch) in zip(columns, converter.stretches) {
      let (low, high) = (Float(stretch.inputs.lowerBound), Float(stretch.inputs.upperBound))
      for chip in 0..<count {
        for q in 0..<part.thresholds.columnCount {
          all[chip, first + q] = min(max(part.thresholds[chip, q], low), high)
        }
      }
      first += part.thresholds.columnCount
    }
    thresholds = all
  }

  /// The thresholds of one chip.
  public func row(_ chip: Int) -> ArraySlice<Float> {
    let width = thresholds.columnCount
    return thresholds.elements[chip * width..<(chip + 1) * width]
  }

  /// The errors of chip `chip`, ramp after ramp.
  public func linearity(
    _ chip: Int, at side: RampLinearity.Side = .output,
    from reference: RampLinearity.Reference = .ideal
  ) -> [RampLinearity] {
    var first = thresholds.columnCount * chip
    return zip(converter.ramps, converter.stretches).map { ramp, stretch in
      let count = ramp.thresholds.inputs.count
      defer { first += count }
      return RampLinearity(
        thresholds.elements[first..<first + count], of: ramp.thresholds, stretch.function,
        at: side, from: reference)
    }
  }
}
