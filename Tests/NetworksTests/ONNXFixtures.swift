import Foundation
import Networks

/// The small networks that Examples/export/export_test_networks.py wrote.
enum ONNXFixtures {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Fixtures/onnx")

  static let names: [String] = {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return files.filter { $0.hasSuffix(".onnx") }.map { String($0.dropLast(5)) }.sorted()
  }()

  static func path(_ name: String) -> String { folder.appending(path: name + ".onnx").path }

  static func bytes(_ name: String) throws -> Data {
    try Data(contentsOf: URL(filePath: path(name)))
  }

  /// Little-endian 32-bit floats.
  static func floats(_ name: String, _ kind: String) throws -> [Float] {
    let data = try Data(contentsOf: folder.appending(path: "\(name).\(kind).bin"))
    return data.withUnsafeBytes { bytes in
      (0..<data.count / 4).map {
        Float(
          bitPattern: UInt32(
            littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self)))
      }
    }
  }
}
