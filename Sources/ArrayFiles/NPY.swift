import Foundation
import InputOutput

/// Reads and writes one array in NumPy's `.npy` format.
///
/// Versions 1 to 3, row or column major, either byte order, the types f2 f4 f8, i1…i8, u1…u8 and b1.
public enum NPY {
  /// The array in the file at `path`.
  ///
  /// - Parameter allowsComplex: whether its numbers may be complex (types c8 and c16).
  /// - Throws: `InputError` where the file is not in the format or its size contradicts its header.
  public static func read(
    path: String, allowsComplex: Bool = false
  ) throws(InputError) -> NumericArray {
    try read(try InputFile.bytes(of: path), source: path, allowsComplex: allowsComplex)
  }

  /// The array in `data`; errors carry `source`.
  public static func read(
    _ data: Data, source: String, allowsComplex: Bool = false
  ) throws(InputError) -> NumericArray {
    if let fault = FileKind.mismatch(
      data, source: source, expected: "an NPY array", allowed: [.npy])
    {
      throw fault
    }
    var cursor = ByteCursor(data, source: source)
    let (header, _) = try NPYHeader.read(source: source, place: "") {
      (count, what) throws(InputError) in [UInt8](try cursor.bytes(count, what))
    }
    guard !header.isText else { throw InputError(source, "holds text, numbers are expected") }
    guard allowsComplex || !header.isComplex else {
      throw InputError(source, "holds complex numbers, real ones are expected")
    }
    guard let size = header.payloadByteCount, size == cursor.remaining else {
      throw sizeFault(header, source: source, place: "", actual: cursor.remaining)
    }
    return header.array(payload: [UInt8](try cursor.bytes(size, "the elements")))
  }

  /// The bytes of `array` in version 1, row major, little-endian.
  /// - Precondition: the type is not bfloat16, which NumPy lacks.
  public static func bytes(_ array: NumericArray) -> [UInt8] {
    NPYHeader.encoded(array) + array.bytes
  }

  /// Writes `array` to `path`, whole or not at all.
  public static func write(_ array: NumericArray, to path: String) throws(RunError) {
    try AtomicFile.write(bytes(array), to: path)
  }

  static func sizeFault(
    _ header: NPYHeader, source: String, place: String, actual: Int
  ) -> InputError {
    let needed = header.payloadByteCount.map { "\($0) bytes" } ?? "more bytes than can be counted"
    let sizes = header.shape.map(String.init).joined(separator: "×")
    return InputError(
      source, at: place,
      "the header promises \(needed) (shape \(sizes), \(header.elementType)), the file holds \(max(0, actual))"
    )
  }
}
