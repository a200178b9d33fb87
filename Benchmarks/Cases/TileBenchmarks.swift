import ArgumentParser
import Circuits
import Crossbar
import DeviceModels
import LinearAlgebra
import PhysicalUnits
import Randomness

/// A square tile with the converters that aihwkit has by default: 7-bit inputs scaled by the largest
/// of a vector, 9-bit outputs up to 12 full cells, output noise of 0.06 full cells.
private func chip(
  _ size: Int, device name: String = "ideal", readNoise: Bool = false,
  ramp: RampConversion? = nil, wires: UniformWires? = nil
) throws -> CrossbarArray {
  let device = try DeviceLibrary.load(name)
  let cell = (device.window.maximum.value - device.window.minimum.value) * device.readVoltage.value
  let weights = Noise.uniform(size * size, StreamKey(seed: 1)).map {
    (2 * $0 - 1) / Float(size).squareRoot()
  }
  let design = CrossbarDesign(
    device: device, tile: TileShape(rows: size, columns: 2 * size), input: InputConverter(bits: 7),
    output: OutputConverter(bits: 9, range: .fixed(Amperes(12 * cell)), ramp: ramp),
    wires: wires, outputNoise: Amperes(0.06 * cell), readNoise: readNoise)
  return CrossbarArray(
    MappedMatrix(
      weights: Matrix(rowCount: size, columnCount: size, elements: weights), bias: nil,
      design: design), key: StreamKey(seed: 2))
}

private func inputs(_ vectors: Int, _ size: Int) -> [Float] {
  Noise.uniform(vectors * size, StreamKey(seed: 3)).map { 2 * $0 - 1 }
}

private func read(_ chip: CrossbarArray, _ x: [Float], _ y: inout [Float], vectors: Int) {
  x.withUnsafeBufferPointer { x in
    y.withUnsafeMutableBufferPointer {
      _ = chip.multiply(x, vectors: vectors, into: $0, key: StreamKey(seed: 4))
    }
  }
}

/// Reads of one tile beside the bare product of the same shape, and the writing of cells.
struct TileBenchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tile",
    abstract: "Reads of a tile beside bare BLAS, programming, and random numbers.",
    discussion: """
      With the path of a Python that has aihwkit in OHMWEAVE_PEER_PYTHON, the same shapes run in
      aihwkit too (Benchmarks/peers/tiles_aihwkit.py), and its figures stand beside ours.
      """)

  func run() throws {
    printFigureHead()
    let peer = Peer("aihwkit", script: "tiles_aihwkit.py", runs: [["1"], ["2"]])
    for (device, noisy) in [("ideal", false), ("pcm", true)] {
      for size in [512, 1024] { try batches(device, noisy: noisy, size: size, peer) }
    }
    for sharing in OutputConverter.Sharing.allCases { try ramps(sharing) }
    try oneVector()
    for name in ["pcm", "hfo2-1t1r"] { try programming(name, peer) }
    noise()
  }

  private func batches(_ device: String, noisy: Bool, size: Int, _ peer: Peer) throws {
    // The IR drop that aihwkit fits is that of segments of 0.35 Ohm.
    let segment = Ohms(0.35)
    let chip = try chip(
      size, device: device, readNoise: noisy,
      wires: noisy
        ? UniformWires(
          wordSegment: segment, bitSegment: segment, source: segment, sense: segment) : nil)
    let weights = chip.effectiveWeights().elements
    for vectors in [64, 512] {
      let x = inputs(vectors, size)
      var y = [Float](repeating: 0, count: vectors * size)
      for threads in [1, 2] {
        Parallel.threadCount = threads
        let ours = shortest { read(chip, x, &y, vectors: vectors) }
        BLAS.setLibraryThreads(threads)
        let bare = shortest {
          BLAS.gemm(
            x, leading: size, weights, leading: size, into: &y, leading: size, m: vectors,
            n: size, k: size)
        }
        BLAS.setLibraryThreads(1)
        let name =
          "\(noisy ? "PCM read noise and wires" : "default converters") \(size)x\(size) batch \(vectors) "
          + "threads \(threads)"
        printFigure("tile", "read \(name)", ours * 1e3, "ms", baseline: ("cblas_sgemm", bare * 1e3))
        printFigure(
          "tile", "samples \(name)", Double(vectors) / ours, "1/s",
          baseline: peer.baseline("samples \(name)"))
      }
    }
  }

  /// A ramp of 512 programmed steps in the place of every uniform converter.
  private func ramps(_ sharing: OutputConverter.Sharing) throws {
    let size = 512
    let uniform = try chip(size, device: "hfo2-1t1r")
    let ramp = try chip(size, device: "hfo2-1t1r", ramp: RampConversion(sharing: sharing))
    Parallel.threadCount = 1
    for vectors in [64, 512] {
      let x = inputs(vectors, size)
      var y = [Float](repeating: 0, count: vectors * size)
      let ours = shortest { read(ramp, x, &y, vectors: vectors) }
      let plain = shortest { read(uniform, x, &y, vectors: vectors) }
      printFigure(
        "tile", "read ramp a \(sharing.rawValue) 512x512 batch \(vectors) threads 1", ours * 1e3,
        "ms", baseline: ("uniform converters", plain * 1e3))
    }
  }

  private func oneVector() throws {
    let size = 512
    let chip = try chip(size)
    let weights = chip.effectiveWeights().elements
    let x = inputs(1, size)
    var y = [Float](repeating: 0, count: size)
    Parallel.threadCount = 1
    let ours = shortest { read(chip, x, &y, vectors: 1) }
    let bare = shortest { BLAS.gemv(weights, m: size, n: size, leading: size, x, into: &y) }
    printFigure(
      "tile", "read one vector 512x512", ours * 1e6, "us", baseline: ("cblas_sgemv", bare * 1e6))
  }

  /// Writing cells with every law of the device on.
  private func programming(_ name: String, _ peer: Peer) throws {
    var device = try DeviceLibrary.load(name)
    device.window.spread = 0.05
    let count = 512 * 512
    let targets = Noise.uniform(count, StreamKey(seed: 1)).map {
      $0 * Float(device.window.maximum.value)
    }
    var cells = targets
    let time = shortest {
      targets.withUnsafeBufferPointer { targets in
        cells.withUnsafeMutableBufferPointer {
          device.program(targets: targets, into: $0, key: StreamKey(seed: 2))
        }
      }
    }
    let quantity = "cells programmed \(name) threads 1"
    printFigure("tile", quantity, Double(count) / time, "1/s", baseline: peer.baseline(quantity))
  }

  private func noise() {
    let count = 1 << 20
    var buffer = [Float](repeating: 0, count: count)
    let normal = shortest {
      buffer.withUnsafeMutableBufferPointer { Noise.fillNormal($0, StreamKey(seed: 1)) }
    }
    printFigure("tile", "normal numbers", normal / Double(count) * 1e9, "ns")
  }
}
