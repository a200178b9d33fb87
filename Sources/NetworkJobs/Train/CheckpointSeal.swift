import ArrayFiles
import Foundation
import InputOutput
import LinearAlgebra
import Networks
import Training

/// What a checkpoint carries beside the state, so that no other run and no damaged file is taken up: its
/// version, the seed, checksums of the settings, of the input files and of the samples, and one of all
/// arrays together.
package final class CheckpointSeal {
  /// Raised where checkpoints of earlier versions cannot be continued any more.
  private static let version: Int64 = 2
  private static let checksumName = "run.checksum"

  private let file: TrainingFile
  private let settings: String
  private let data: TrainingData
  private let inputs: [String]
  private var made: [(name: String, array: NumericArray)]?

  /// - Parameters:
  ///   - settings: the text of the run file with the value of every key.
  ///   - inputs: the files that the run reads beside its data: a device, weights to start from.
  init(file: TrainingFile, settings: String, data: TrainingData, inputs: [String]) {
    self.file = file
    self.settings = settings
    self.data = data
    self.inputs = inputs
  }

  /// The arrays of a whole checkpoint.
  ///
  /// - Throws: `InputError` where an input file cannot be read any more.
  func sealed(
    _ state: [(name: String, array: NumericArray)]
  ) throws -> [(name: String, array: NumericArray)] {
    Self.withChecksum(try identity() + state)
  }

  /// `entries` and the checksum of all of them, in the place of one that is there.
  package static func withChecksum(
    _ entries: [(name: String, array: NumericArray)]
  ) -> [(name: String, array: NumericArray)] {
    let entries = entries.filter { $0.name != checksumName }
    return entries + [(checksumName, text(checksum(entries)))]
  }

  /// Checks that `checkpoint` is whole and belongs to this run.
  ///
  /// - Throws: `InputError` that names what differs.
  func check(_ checkpoint: NamedArrays) throws {
    guard checkpoint["run.version"]?.integers == [Self.version] else {
      throw InputError(
        checkpoint.source,
        "is not a checkpoint that this version of ohmweave can continue; --overwrite begins anew")
    }
    let entries = checkpoint.entries.filter { $0.name != Self.checksumName }
    guard checkpoint[Self.checksumName] == Self.text(Self.checksum(entries)) else {
      throw InputError(checkpoint.source, "is damaged: its checksum does not fit its content")
    }
    for (name, array) in try identity() where checkpoint[name] != array {
      let what =
        switch name {
        case "run.seed": "another seed"
        case "run.settings": "other settings"
        case "run.files": "another content of \(inputs.joined(separator: ", "))"
        default: "other samples than \(data.name) holds now"
        }
      throw InputError(
        checkpoint.source, "belongs to a run with \(what): --overwrite begins anew")
    }
  }

  /// The names that `sealed` adds.
  static let names = [
    "run.version", "run.seed", "run.settings", "run.files", "run.data", checksumName,
  ]

  private func identity() throws -> [(name: String, array: NumericArray)] {
    if let made { return made }
    var files = ""
    for path in inputs {
      files += try InputFile.bytes(of: path).withUnsafeBytes { SHA256.hexadecimal($0) }
    }
    let shape = data.sampleShape.map(String.init).joined(separator: "×")
    var samples = "\(shape) \(data.classCount) "
    for part in [data.train, data.test] {
      samples += Self.checksum(part.samples.elements) + Self.checksum(part.labels)
      samples += part.targets.map { Self.checksum($0.elements) } ?? ""
    }
    for side in [data.pairs?.data, data.pairs?.partner].compactMap(\.self) {
      for part in [side.train, side.test] {
        samples += Self.checksum(part.x.elements) + Self.checksum(part.pairs)
      }
    }
    let entries: [(name: String, array: NumericArray)] = [
      ("run.version", NumericArray(shape: [1], integers: [Self.version])),
      ("run.seed", NumericArray(shape: [1], integers: [Int64(bitPattern: file.seed)])),
      ("run.settings", Self.text(Self.checksum(Array(settings.utf8)))),
      ("run.files", Self.text(Self.checksum(Array(files.utf8)))),
      ("run.data", Self.text(Self.checksum(Array(samples.utf8)))),
    ]
    made = entries
    return entries
  }

  private static func text(_ text: String) -> NumericArray {
    let bytes = Array(text.utf8)
    return NumericArray(shape: [bytes.count], uint8: bytes)
  }

  private static func checksum(_ entries: [(name: String, array: NumericArray)]) -> String {
    let parts = entries.map { name, array in
      "\(name) \(array.elementType) \(array.shape) \(checksum(array.bytes))\n"
    }
    return checksum(Array(parts.joined().utf8))
  }

  /// The checksum of the checksums of pieces, which are computed side by side.
  private static func checksum<Element: BitwiseCopyable & Sendable>(_ values: [Element]) -> String {
    let size = 1 << 22
    let byteCount = values.count * MemoryLayout<Element>.stride
    var parts = Array(repeating: "", count: max(1, (byteCount + size - 1) / size))
    values.withUnsafeBytes { bytes in
      parts.withUnsafeMutableBufferPointer { parts in
        nonisolated(unsafe) let (bytes, parts) = (bytes, parts)
        Parallel.forEach(parts.count) { k in
          let piece = bytes[min(k * size, byteCount)..<min((k + 1) * size, byteCount)]
          parts[k] = SHA256.hexadecimal(UnsafeRawBufferPointer(rebasing: piece))
        }
      }
    }
    return Array(parts.joined().utf8).withUnsafeBytes { SHA256.hexadecimal($0) }
  }
}
