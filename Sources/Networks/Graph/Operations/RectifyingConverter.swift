internal import CConversionKernels

/// A converter for one sign: numbers relative to its full range are limited to 0 … 1 and rounded to 2ⁿ − 1 steps; the
/// result is in quarters of the full range, 0 … 4. The conversion is that of all converters, `ow_convert_input`.
///
/// The adjoint passes rounding straight through and stops where the converter clips.
struct RectifyingConverter: LayerOperation {
  /// Bits of the converter; `nil` for a continuum.
  let bits: Int?
  let outputShape: [Int]
  let storage = LayerStorage.overInput

  /// The result at the end of the full range: four deviations of typical currents.
  private static let end: Float = 4

  func apply(_ inputs: LayerInputs, into output: LayerOutput, _ context: LayerContext) {
    let levels = bits.map { Float(1 << $0 - 1) }
    _ = ow_convert_input(
      inputs[0], output, context.samples * outputShape.reduce(1, *), 1, 0,
      levels.map { 1 / $0 } ?? 0,
      0, 0, levels ?? 1, Self.end)
  }

  let adjointReads = AdjointReads.output

  func adjoint(_ values: AdjointValues, _ context: TrainingContext, _ tape: OperationTape) {
    guard let dx = values.inputGradients[0] else { return }
    let (y, dy) = (values.output, values.outputGradient)
    for i in 0..<context.samples * outputShape.reduce(1, *) {
      dx[i] = y[i] > 0 && y[i] < Self.end ? Self.end * dy[i] : 0
    }
  }
}
