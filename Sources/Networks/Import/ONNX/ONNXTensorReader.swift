import ArrayFiles
import Foundation
import InputOutput

/// Turns the tensors of an ONNX file into numbers, with every size checked before memory is taken.
struct ONNXTensorReader {
  let source: String
  /// The folder that external data may lie in; `nil`: nowhere.
  let folder: String?
  private var externalFiles: [String: Data] = [:]

  init(source: String, folder: String?) {
    self.source = source
    self.folder = folder
  }

  /// The element types, as ONNX numbers them.
  private enum Kind: Int32 {
    case float = 1
    case uint8 = 2
    case int8 = 3
    case uint16 = 4
    case int16 = 5
    case int32 = 6
    case int64 = 7
    case bool = 9
    case half = 10
    case double = 11
    case uint32 = 12
    case uint64 = 13
    case bfloat16 = 16

    var size: Int {
      switch self {
      case .uint8, .int8, .bool: 1
      case .uint16, .int16, .half, .bfloat16: 2
      case .float, .int32, .uint32: 4
      case .int64, .double, .uint64: 8
      }
    }

    var isFloating: Bool {
      switch self {
      case .float, .half, .double, .bfloat16: true
      default: false
      }
    }
  }

  /// Whether an element type, as ONNX numbers it, is a floating-point one that can be read.
  static func isFloating(_ type: Int32) -> Bool { Kind(rawValue: type)?.isFloating ?? false }
  /// Whether an element type is an integer or truth value that can be read.
  static func isInteger(_ type: Int32) -> Bool {
    Kind(rawValue: type).map { !$0.isFloating } ?? false
  }

  /// Whether an element type is the truth value.
  static func isTruth(_ type: Int32) -> Bool { Kind(rawValue: type) == .bool }
  /// Whether an element type has 32 bits or more.
  static func isWide(_ type: Int32) -> Bool { (Kind(rawValue: type)?.size ?? 0) >= 4 }

  /// An integer as the low bits of another integer type hold it.
  static func wrapped(_ value: Int, to type: Int32) -> Int {
    switch Kind(rawValue: type) {
    case .bool: value == 0 ? 0 : 1
    case .uint8: Int(UInt8(truncatingIfNeeded: value))
    case .int8: Int(Int8(truncatingIfNeeded: value))
    case .uint16: Int(UInt16(truncatingIfNeeded: value))
    case .int16: Int(Int16(truncatingIfNeeded: value))
    case .int32: Int(Int32(truncatingIfNeeded: value))
    case .uint32: Int(UInt32(truncatingIfNeeded: value))
    default: value
    }
  }

  /// A number in the precision of a floating-point type.
  static func rounded(_ value: Float, to type: Int32) -> Float {
    switch Kind(rawValue: type) {
    case .half: HalfPrecision.float(binary16: HalfPrecision.binary16(value))
    case .bfloat16: HalfPrecision.float(bfloat16: HalfPrecision.bfloat16(value))
    default: value
    }
  }

  /// The numbers of one tensor.
  /// - Throws: `InputError` where type, shape and data do not fit, data lie outside the file, or a
  ///   number is not a number.
  mutating func value(
    of tensor: ONNXTensorData, named name: String, budget: InputBudget
  ) throws(InputError) -> ONNXValue {
    func fault(_ problem: String) -> InputError {
      InputError(source, at: "tensor '\(name)'", problem)
    }
    guard let kind = Kind(rawValue: tensor.dataType) else {
      throw fault(
        "has the element type \(tensor.dataType), known are floating-point and integer types")
    }
    let shape = tensor.dims.map { Int(clamping: $0) }
    guard shape.count <= 16, let count = elementCount(of: shape) else {
      throw fault("the shape \(shape) is negative or too large")
    }
    // Integers are lengths of 16 bytes; numbers pass through another array.
    try budget.spend(
      count, times: kind.isFloating ? 4 : 16, at: "tensor '\(name)'", "\(count) numbers")
    try budget.check(count, times: 16, at: "tensor '\(name)'", "\(count) numbers")
    let raw: Data
    if tensor.isExternal {
      raw = try externalData(of: tensor, named: name)
    } else {
      raw = tensor.rawData
    }
    if raw.isEmpty {
      let numbers = typed(tensor, kind)
      guard numbers.count == count else {
        throw fault("has the shape \(shape), that is \(count) numbers, and holds \(numbers.count)")
      }
      return try made(shape, numbers, isFloating: kind.isFloating, fault)
    }
    guard raw.count == count * kind.size else {
      throw fault(
        "has the shape \(shape), that is \(count * kind.size) bytes, and holds \(raw.count)")
    }
    if kind == .float {
      var elements = [Float](repeating: 0, count: count)
      _ = elements.withUnsafeMutableBytes { raw.copyBytes(to: $0) }
      #if _endian(big)
        for i in elements.indices {
          elements[i] = Float(bitPattern: elements[i].bitPattern.byteSwapped)
        }
      #endif
      return try finished(shape, elements, fault)
    }
    return try made(shape, unpacked(raw, kind, count: count), isFloating: kind.isFloating, fault)
  }

  /// Numbers of any type on the way to their value.
  private enum Numbers {
    case floats([Float])
    case integers([Int])
    var count: Int {
      switch self {
      case .floats(let values): values.count
      case .integers(let values): values.count
      }
    }
  }

  /// The data of the fields that hold one type each.
  private func typed(_ tensor: ONNXTensorData, _ kind: Kind) -> Numbers {
    switch kind {
    case .float: .floats(tensor.floatData)
    case .double: .floats(tensor.doubleData.map { Float($0) })
    case .half:
      .floats(
        tensor.int32Data.map { HalfPrecision.float(binary16: UInt16(truncatingIfNeeded: $0)) })
    case .bfloat16:
      .floats(
        tensor.int32Data.map { HalfPrecision.float(bfloat16: UInt16(truncatingIfNeeded: $0)) })
    case .int64: .integers(tensor.int64Data.map { Int(clamping: $0) })
    case .uint32, .uint64: .integers(tensor.uint64Data.map { Int(clamping: $0) })
    case .uint8, .int8, .uint16, .int16, .int32, .bool: .integers(tensor.int32Data.map { Int($0) })
    }
  }

  /// The little-endian numbers of `raw`, whose size has been checked.
  private func unpacked(_ raw: Data, _ kind: Kind, count: Int) -> Numbers {
    raw.withUnsafeBytes { bytes in
      func integers<T: FixedWidthInteger>(_: T.Type) -> Numbers {
        .integers(
          (0..<count).map {
            Int(
              clamping: T(
                littleEndian: bytes.loadUnaligned(
                  fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self)))
          })
      }
      func bits<T: FixedWidthInteger>(_ i: Int, _: T.Type) -> T {
        T(
          littleEndian: bytes.loadUnaligned(
            fromByteOffset: i * MemoryLayout<T>.size, as: T.self))
      }
      switch kind {
      case .float: return .floats((0..<count).map { Float(bitPattern: bits($0, UInt32.self)) })
      case .double:
        return .floats((0..<count).map { Float(Double(bitPattern: bits($0, UInt64.self))) })
      case .half:
        return .floats((0..<count).map { HalfPrecision.float(binary16: bits($0, UInt16.self)) })
      case .bfloat16:
        return .floats(
          (0..<count).map { HalfPrecision.float(bfloat16: bits($0, UInt16.self)) })
      case .uint8, .bool: return integers(UInt8.self)
      case .int8: return integers(Int8.self)
      case .uint16: return integers(UInt16.self)
      case .int16: return integers(Int16.self)
      case .int32: return integers(Int32.self)
      case .int64: return integers(Int64.self)
      case .uint32: return integers(UInt32.self)
      case .uint64: return integers(UInt64.self)
      }
    }
  }

  private func made(
    _ shape: [Int], _ numbers: Numbers, isFloating: Bool, _ fault: (String) -> InputError
  ) throws(InputError) -> ONNXValue {
    switch numbers {
    case .integers(let values):
      return .integers(shape: shape, values.map { SymbolicLength($0) })
    case .floats(let values): return try finished(shape, values, fault)
    }
  }

  private func finished(
    _ shape: [Int], _ elements: [Float], _ fault: (String) -> InputError
  ) throws(InputError) -> ONNXValue {
    if let bad = elements.firstIndex(where: \.isNaN) {
      throw fault("element \(bad) is not a number")
    }
    return .constant(Tensor(shape: shape, elements: elements), batchAxis: nil)
  }

  /// The bytes of a tensor that lies in a file beside the model.
  private mutating func externalData(
    of tensor: ONNXTensorData, named name: String
  ) throws(InputError) -> Data {
    func fault(_ problem: String) -> InputError {
      InputError(source, at: "tensor '\(name)'", problem)
    }
    func entry(_ key: String) -> String? {
      tensor.externalData[key]
    }
    guard let folder, let location = entry("location"), !location.isEmpty else {
      throw fault("lies in an external file that is not named or not allowed here")
    }
    let root = URL(fileURLWithPath: folder).resolvingSymlinksInPath().standardizedFileURL.path
    let path = URL(fileURLWithPath: folder).appendingPathComponent(location)
      .resolvingSymlinksInPath().standardizedFileURL.path
    guard !location.hasPrefix("/"), !location.split(separator: "/").contains(".."),
      path.hasPrefix(root.hasSuffix("/") ? root : root + "/")
    else {
      throw fault("the external file '\(location)' is outside the model's folder")
    }
    if externalFiles[path] == nil { externalFiles[path] = try InputFile.bytes(of: path) }
    let data = externalFiles[path] ?? Data()
    guard let offset = Int(entry("offset") ?? "0"), offset >= 0, offset <= data.count,
      let length = Int(entry("length") ?? String(data.count - offset)), length >= 0,
      length <= data.count - offset
    else {
      throw fault(
        "offset \(entry("offset") ?? "0") and length \(entry("length") ?? "to the end") do not lie "
          + "within the \(data.count) bytes of '\(location)'")
    }
    let start = data.startIndex + offset
    return data[start..<start + length]
  }
}
