import Foundation

/// Just enough of protobuf to write small ONNX files for tests, field by field.
package enum ONNXBytes {
  package static func varint(_ value: UInt64) -> [UInt8] {
    var (rest, bytes) = (value, [UInt8]())
    while rest >= 128 {
      bytes.append(UInt8(rest & 127) | 128)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  /// A field of bytes: text or a message.
  package static func field(_ number: UInt64, _ bytes: [UInt8]) -> [UInt8] {
    varint(number << 3 | 2) + varint(UInt64(bytes.count)) + bytes
  }
  package static func field(_ number: UInt64, _ text: String) -> [UInt8] {
    field(number, Array(text.utf8))
  }
  package static func field(_ number: UInt64, _ value: Int) -> [UInt8] {
    varint(number << 3) + varint(UInt64(bitPattern: Int64(value)))
  }

  /// An attribute with a whole number.
  package static func attribute(_ name: String, _ value: Int) -> [UInt8] {
    field(1, name) + field(3, value) + field(20, 2)
  }

  /// An attribute with a floating-point number.
  package static func attribute(_ name: String, _ value: Float) -> [UInt8] {
    let bits = withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init)
    return field(1, name) + [2 << 3 | 5] + bits + field(20, 1)
  }

  /// An attribute with whole numbers.
  package static func attribute(_ name: String, _ values: [Int]) -> [UInt8] {
    field(1, name) + field(20, 7) + values.flatMap { field(8, $0) }
  }

  package static func node(
    _ type: String, _ inputs: [String], _ output: String, _ attributes: [[UInt8]] = []
  ) -> [UInt8] {
    inputs.flatMap { field(1, $0) } + field(2, output) + field(3, output) + field(4, type)
      + attributes.flatMap { field(5, $0) }
  }

  package static func tensor(_ name: String, _ shape: [Int], _ values: [Float]) -> [UInt8] {
    shape.flatMap { field(1, $0) } + field(2, 1) + field(8, name)
      + field(9, values.flatMap { v in withUnsafeBytes(of: v.bitPattern.littleEndian, Array.init) })
  }

  /// A file with one input 'x' of batch × `shape` and one output 'y'; lengths of 0 are open.
  package static func model(
    _ shape: [Int], nodes: [[UInt8]], tensors: [[UInt8]], opset: Int = 17
  ) -> Data {
    let dimensions = [field(2, "N")] + shape.map { $0 == 0 ? field(2, "L") : field(1, $0) }
    let type = field(1, 1) + field(2, dimensions.flatMap { field(1, $0) })
    let input = field(1, "x") + field(2, field(1, type))
    let graph =
      nodes.flatMap { field(1, $0) } + tensors.flatMap { field(5, $0) } + field(11, input)
      + field(12, field(1, "y"))
    return Data(field(1, 8) + field(7, graph) + field(8, field(2, opset)))
  }
}
