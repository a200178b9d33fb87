// A weight matrix on a crossbar of one device: mapping, programming and reading.
import Foundation
import Ohmweave

// A physical device without programming statistics: they are extracted from its dynamics when it is
// loaded. The name of a device with statistics, such as "hfo2-1t1r", is used as it is.
let name = CommandLine.arguments.count > 1 ? CommandLine.arguments[1] : "hfo2-1t1r"
do {
  let device = try DeviceLibrary.load(name)
  print("device   \(device.name): \(device.window.minimum) to \(device.window.maximum)")

  // Four inputs, three outputs; the weights have no unit.
  let weights = Matrix<Float>(
    rowCount: 4, columnCount: 3,
    elements: [
      0.8, -0.2, 0.5,
      -0.6, 0.9, 0.1,
      0.3, 0.4, -0.7,
      0.0, -0.5, 0.6,
    ])
  let design = CrossbarDesign(
    device: device, mapping: .differentialPair(.oneSided), tile: TileShape(rows: 64, columns: 64),
    input: InputConverter(bits: 8))
  let mapped = MappedMatrix(weights: weights, bias: nil, design: design)

  // Every chip is written with its own errors, and every read has its own noise. Streams of random
  // numbers have names: the same name gives the same numbers.
  let seed = StreamKey(seed: 1)
  var chip = CrossbarArray(mapped, key: seed.child("chip"))
  chip.setTime(Seconds(3600))

  let input: [Float] = [1, 0.5, -0.25, 0.75]
  var read = [Float](repeating: 0, count: 3)
  input.withUnsafeBufferPointer { x in
    read.withUnsafeMutableBufferPointer { y in
      _ = chip.multiply(x, vectors: 1, into: y, key: seed.child("read"))
    }
  }
  for column in 0..<3 {
    let exact = (0..<4).reduce(Float(0)) { $0 + input[$1] * weights[$1, column] }
    print(
      "output \(column) \(String(format: "%8.4f exact, %8.4f read after an hour", exact, read[column]))"
    )
  }
} catch {
  FileHandle.standardError.write(Data("\(error)\n".utf8))
  exit(1)
}
