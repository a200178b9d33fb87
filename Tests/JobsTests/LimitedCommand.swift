import Foundation
import InputOutput
import Testing

/// Inputs that once crashed, hung or filled memory.
enum Hostile {
  /// The file called `name` below `Tests/Hostile`.
  static func path(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Hostile/\(name)").standardizedFileURL.path
  }
}

/// The command under the limits that hold for every input: 1 GB of memory and 5 s.
enum LimitedCommand {
  /// Runs the command with its address space limited to `megabytes` more than it has at its start, for at
  /// most `seconds`.
  ///
  /// - Returns: the result; a status of 124 after the time, above 128 after a trap.
  static func run(
    _ arguments: [String], megabytes: Int = 1000, seconds: Int = 30, shell: String = ""
  ) throws -> CommandResult {
    let command = try #require(OhmweaveCommand.path)
    // Libraries and the stacks of the BLAS threads take address space without using memory.
    let kilobytes = (megabytes + 3000) * 1000
    return try OhmweaveCommand.run(
      [
        "-c", "ulimit -v \(kilobytes); exec timeout -s KILL \(seconds) \"$@\" \(shell)", "bash",
        command,
      ] + arguments, executable: "/bin/bash")
  }
}

/// ONNX files that no exporter writes, from the fields of their messages.
enum ProtobufText {
  /// A perceptron of 64 inputs and 10 outputs behind `nodes` multiplications by a number.
  static func chain(nodes: Int) -> Data {
    func name(_ place: Int) -> String { place == 0 ? "x" : "c\(place)" }
    var graph: [UInt8] = []
    for place in 0..<nodes { graph += node("Mul", [name(place), "k"], name(place + 1)) }
    graph += node("MatMul", [name(nodes), "w"], "y")
    let weights = (0..<640).flatMap { bytes(Float($0 % 7) / 8) }
    // A tensor's dimensions, type, name and numbers.
    graph += field(5, [0x08, 64, 0x08, 10, 0x10, 1] + field(8, "w") + field(9, weights))
    graph += field(5, [0x10, 1] + field(8, "k") + field(9, bytes(0.9999)))
    let shape = field(1, []) + field(1, [0x08, 64])
    graph += field(11, field(1, "x") + field(2, field(1, [0x08, 1] + field(2, shape))))
    graph += field(12, field(1, "y") + field(2, field(1, [0x08, 1])))
    return Data([0x08, 7] + field(7, graph) + field(8, [0x10, 13]))
  }

  private static func node(_ type: String, _ inputs: [String], _ output: String) -> [UInt8] {
    field(1, inputs.flatMap { field(1, $0) } + field(2, output) + field(4, type))
  }

  private static func bytes(_ value: Float) -> [UInt8] {
    withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
  }

  private static func field(_ number: UInt8, _ text: String) -> [UInt8] {
    field(number, Array(text.utf8))
  }

  /// The field `number` with its length and content.
  private static func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
    var length: [UInt8] = []
    var rest = content.count
    repeat {
      length.append(UInt8(rest & 127) | (rest > 127 ? 128 : 0))
      rest >>= 7
    } while rest > 0
    return [number << 3 | 2] + length + content
  }
}
