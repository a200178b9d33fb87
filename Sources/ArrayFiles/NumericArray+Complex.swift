public import InputOutput

extension NumericArray {
  /// A complex array as a real one that acts alike on vectors whose real parts come before their imaginary parts; a
  /// real array as it is.
  ///
  /// A matrix A, outputs × inputs, becomes the block matrix [[Re A, −Im A], [Im A, Re A]], of twice as many outputs and
  /// inputs: it maps [Re x; Im x] to [Re A·x; Im A·x]. A vector becomes its real parts, then its imaginary parts.
  /// `nil` for other numbers of axes.
  public var realMatrix: NumericArray? {
    guard isComplex else { return self }
    switch shape.count - 1 {
    case 1: return realVectors(length: shape[0])
    case 2:
      let (rows, columns) = (shape[0], shape[1])
      let parts = doubles
      var result = [Double](repeating: 0, count: 4 * rows * columns)
      for i in 0..<rows {
        for j in 0..<columns {
          let (real, imaginary) = (parts[2 * (i * columns + j)], parts[2 * (i * columns + j) + 1])
          let (upper, lower) = (i * 2 * columns, (rows + i) * 2 * columns)
          result[upper + j] = real
          result[upper + columns + j] = -imaginary
          result[lower + j] = imaginary
          result[lower + columns + j] = real
        }
      }
      return NumericArray(shape: [2 * rows, 2 * columns], doubles: result)
    default: return nil
    }
  }

  /// Complex samples, samples × numbers, as real ones of twice as many numbers: the real parts, then the imaginary
  /// parts. A real array as it is; `nil` for other numbers of axes.
  public var realSamples: NumericArray? {
    guard isComplex else { return self }
    guard shape.count == 3 else { return nil }
    return realVectors(length: shape[1]).reshaped([shape[0], 2 * shape[1]])
  }

  private func realVectors(length: Int) -> NumericArray {
    let parts = doubles
    var result = parts
    for k in 0..<parts.count / 2 {
      let place = k / max(1, length) * 2 * length + k % max(1, length)
      result[place] = parts[2 * k]
      result[place + length] = parts[2 * k + 1]
    }
    return NumericArray(shape: [parts.count], doubles: result)
  }
}

extension NamedArrays {
  /// The arrays with complex matrices and vectors as real block matrices, see `NumericArray.realMatrix`.
  /// - Throws: `InputError` where a complex array has other axes.
  public func withRealMatrices() throws(InputError) -> NamedArrays {
    guard entries.contains(where: { $0.array.isComplex }) else { return self }
    var result: [(name: String, array: NumericArray)] = []
    for (name, array) in entries {
      guard let real = array.realMatrix else {
        throw InputError(
          source, at: "array '\(name)'",
          "has the shape \(array.shapeText), complex matrices and vectors are read")
      }
      result.append((name, real))
    }
    return NamedArrays(source: source, result)
  }
}
