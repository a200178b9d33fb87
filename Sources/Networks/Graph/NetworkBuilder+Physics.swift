public import InputOutput
public import LinearAlgebra

extension NetworkBuilder {
  /// A fixed crossbar with nonlinear cells along the last axis: drives of the cells, the product with the
  /// differences of conductances, and a converter for one sign.
  ///
  /// - Parameters:
  ///   - weights: inputs × outputs, relative to the full range of the converter.
  ///   - curvature: the largest drive over the voltage scale of the cells' sinh law; 0 for linear cells.
  ///   - bits: of the converter; `nil` for a continuum.
  /// - Throws: `InputError` where the weights do not fit.
  public mutating func fixedCrossbar(
    _ x: Value, weights: Matrix<Float>, curvature: Float, bits: Int?, name: String
  ) throws(InputError) -> Value {
    let drive = try add(
      CellDrive(curvature: curvature, outputShape: shape(of: x)), [x], name: "\(name) drive")
    let sums = try dense(drive, weights: weights, name: name)
    return try add(
      RectifyingConverter(bits: bits, outputShape: shape(of: sums)), [sums],
      name: "\(name) converter")
  }

  /// The mean over the places of the first axis of time × units that are not all zeros.
  /// - Throws: `InputError` where the value is no sequence.
  public mutating func meanOfFrames(_ x: Value, name: String) throws(InputError) -> Value {
    let shape = shape(of: x)
    guard shape.count == 2 else {
      throw fault(
        name, "the mean of frames takes time × units, the value has \(describe(shape: shape))")
    }
    return try add(FrameMean(shape: shape), [x], name: name)
  }
}
