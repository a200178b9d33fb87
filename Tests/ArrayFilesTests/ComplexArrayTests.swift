import ArrayFiles
import Foundation
import InputOutput
import Testing

@Suite struct ComplexArrayTests {
  /// 1 + 2i, 3 − 4i, 5i / −6, 7 + 8i, 0.
  private static let parts: [Double] = [1, 2, 3, -4, 0, 5, -6, 0, 7, 8, 0, 0]

  /// An NPY file as NumPy writes one.
  private static func file(_ type: String, fortran: Bool, _ payload: [UInt8]) -> Data {
    var text =
      "{'descr': '\(type)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': (2, 3), }"
    while (10 + text.utf8.count + 1) % 64 != 0 { text += " " }
    text += "\n"
    let count = text.utf8.count
    return Data(
      [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(count & 255), UInt8(count >> 8)]
        + Array(text.utf8) + payload)
  }

  private static func bytes<T>(_ values: [T]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

  @Test("both complex types, byte orders and memory orders of NumPy")
  func types() throws {
    let column = [0, 3, 1, 4, 2, 5].flatMap { [Self.parts[2 * $0], Self.parts[2 * $0 + 1]] }
    let files = [
      Self.file("<c16", fortran: false, Self.bytes(Self.parts)),
      Self.file("<c8", fortran: false, Self.bytes(Self.parts.map { Float($0) })),
      Self.file(
        ">c8", fortran: false, Self.bytes(Self.parts.map { Float($0).bitPattern.bigEndian })),
      Self.file("<c16", fortran: true, Self.bytes(column)),
    ]
    for file in files {
      let array = try NPY.read(file, source: "test.npy", allowsComplex: true)
      #expect(array.isComplex && array.shape == [2, 3, 2] && array.doubles == Self.parts)
      let error = #expect(throws: InputError.self) { try NPY.read(file, source: "test.npy") }
      #expect(error?.description.contains("complex") == true)
      #expect(
        try NPY.read(Data(NPY.bytes(array)), source: "again", allowsComplex: true) == array)
    }
  }

  @Test("the block matrix maps real and imaginary parts as the complex matrix maps numbers")
  func blocks() throws {
    let matrix = NumericArray(
      shape: [2, 3, 2], bytes: Self.bytes(Self.parts), elementType: .float64, isComplex: true)
    let block = try #require(matrix.realMatrix)
    #expect(block.shape == [4, 6])
    // x = (1 + i, 2, −i): A·x = (1+2i)(1+i) + (3−4i)·2 + 5i·(−i) = −1+3i + 6−8i + 5 = 10 − 5i, and
    // −6(1+i) + (7+8i)·2 = 8 + 10i.
    let x: [Double] = [1, 2, 0, 1, 0, -1]
    let a = block.doubles
    let y = (0..<4).map { i in (0..<6).reduce(0.0) { $0 + a[6 * i + $1] * x[$1] } }
    #expect(y == [10, 8, -5, 10])
    let samples = NumericArray(
      shape: [1, 3, 2], bytes: Self.bytes([1.0, 1, 2, 0, 0, -1]), elementType: .float64,
      isComplex: true)
    #expect(samples.realSamples?.doubles == x && samples.realSamples?.shape == [1, 6])
  }

  @Test("who expects real numbers is told that they are complex")
  func refused() throws {
    let array = NumericArray(
      shape: [1, 2], bytes: Self.bytes([1.0, 2]), elementType: .float64, isComplex: true)
    let file = NamedArrays(source: "test.npz", [("G", array)])
    let error = #expect(throws: InputError.self) { try file.array("G") }
    #expect(error?.description.contains("complex") == true)
    #expect(try file.withRealMatrices().array("G").doubles == [1, 2])
  }
}
