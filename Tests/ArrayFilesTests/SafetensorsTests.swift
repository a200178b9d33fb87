import ArrayFiles
import Foundation
import InputOutput
import Testing

@Suite struct SafetensorsTests {
  @Test("a file of another program is read")
  func fixtureFile() throws {
    let file = try Safetensors.read(path: fixture("small.safetensors"))
    #expect(file.names == ["w", "half", "labels"])
    #expect(try file.floats("w", shape: [2, 3]) == [0, 1, 2, 3, 4, 5])
    #expect(try file.array("half").floats == [0.5, -2])
    #expect(try file.array("labels").integers == [1, -1])
  }

  @Test("every type is read back as it was written, under any name")
  func roundTrip() throws {
    let entries = ElementType.allCases.map { type in
      (
        name: "a \"\\\n\u{1}é \(type.rawValue)",
        array: NumericArray(
          shape: [3, 1], bytes: (0..<3 * type.byteCount).map { UInt8($0) }, elementType: type)
      )
    }
    let bytes = Safetensors.bytes(entries)
    #expect(bytes == Safetensors.bytes(entries))
    let back = try Safetensors.read(Data(bytes), source: "memory")
    #expect(back.names == entries.map(\.name))
    for (name, array) in entries { #expect(back[name] == array) }
  }

  @Test(
    "a header that lies about places is refused with what is wrong",
    arguments: [
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,16]}}"#, "lies at"),
      (#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, "do not fit"),
      (#"{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,8]}}"#, "do not fit"),
      (#"{"a":{"dtype":"U8","shape":[8],"data_offsets":[8,0]}}"#, "lies at"),
      (#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#, "belong to no array"),
      (
        #"{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}"#,
        "overlaps"
      ),
      (#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}"#, "gap"),
      (#"{"a":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}}"#, "BF16"),
      (#"{"a":[[[[[[[[]]]]]]]]}"#, "expected"),
    ])
  func lies(header: String, problem: String) {
    var length = UInt64(header.utf8.count).littleEndian
    let data =
      Data(bytes: &length, count: 8) + Data(header.utf8) + Data(repeating: 0, count: 8)
    #expect {
      try Safetensors.read(data, source: "lie")
    } throws: {
      "\($0)".contains(problem)
    }
  }
}
