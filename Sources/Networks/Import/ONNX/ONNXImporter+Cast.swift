import ArrayFiles
import InputOutput

extension ONNXImporter {
  /// Constants are converted as the specification says: to integers toward zero, to narrower integers by
  /// their low bits, to truth values by whether they are 0, to 16-bit numbers to the nearest. What the
  /// network computes stays in single precision.
  func cast(_ call: ONNXCall) throws(InputError) -> [ONNXValue] {
    let value = try call.input(0)
    let type = Int32(clamping: call.integer("to", 0))
    guard ONNXTensorReader.isFloating(type) || ONNXTensorReader.isInteger(type) else {
      throw call.fault("casts to the element type \(type), which cannot be read")
    }
    if case .constant(let tensor, _) = value { try spend(2 * tensor.elements.count, call) }
    switch value {
    case .computed, .joined:
      guard ONNXTensorReader.isFloating(type) else {
        throw call.fault("makes integers from what the network computes")
      }
      return [value]
    case .integers(let shape, let lengths):
      if ONNXTensorReader.isFloating(type) {
        return [rounded(try floating(value, call), to: type)]
      }
      return [
        .integers(
          shape: shape,
          try lengths.map { (l) throws(InputError) in
            if let known = l.known {
              return SymbolicLength(ONNXTensorReader.wrapped(known, to: type))
            }
            // Sizes of batches fit wide integers only.
            guard ONNXTensorReader.isWide(type) else {
              throw call.fault("casts the size of the batch to the element type \(type)")
            }
            return l
          })
      ]
    case .constant(let tensor, let axis):
      if ONNXTensorReader.isFloating(type) { return [rounded(value, to: type)] }
      guard axis == nil else {
        throw call.fault("makes integers from a value with one place for each sample")
      }
      return [
        .integers(
          shape: tensor.shape,
          try tensor.elements.map { (x) throws(InputError) in
            if ONNXTensorReader.isTruth(type) { return SymbolicLength(x == 0 ? 0 : 1) }
            guard let whole = Int(exactly: x.rounded(.towardZero)) else {
              throw call.fault("\(x) is not an integer")
            }
            return SymbolicLength(ONNXTensorReader.wrapped(whole, to: type))
          })
      ]
    }
  }

  /// Constants in the precision of a floating-point type.
  private func rounded(_ value: ONNXValue, to type: Int32) -> ONNXValue {
    guard case .constant(let tensor, let axis) = value else { return value }
    return .constant(
      Tensor(
        shape: tensor.shape,
        elements: tensor.elements.map { ONNXTensorReader.rounded($0, to: type) }),
      batchAxis: axis)
  }
}
