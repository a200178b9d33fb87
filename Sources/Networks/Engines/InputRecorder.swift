public import LinearAlgebra
import Synchronization

/// Carries out a network's products digitally and keeps what each weight matrix was given to read:
/// the data that converters are calibrated on.
public final class InputRecorder: ProductEngine {
  private struct Vector {
    var call: Int
    var values: [Float]
  }

  private let digital: DigitalEngine
  private let inputs: [Int]
  private let strides: [Int]
  private let recorded: Mutex<[[Vector]]>

  /// A recorder for `samples` samples of `network`.
  ///
  /// - Parameter vectorLimit: about how many vectors to keep for each matrix; where a matrix reads
  ///   more of them, every so-manieth is kept.
  public init(_ network: Network, samples: Int, vectorLimit: Int = 2048) {
    digital = DigitalEngine(network)
    inputs = network.sites.map(\.inputs)
    strides = network.sites.map {
      max(1, samples * $0.vectorsPerInference / max(1, vectorLimit))
    }
    recorded = Mutex(Array(repeating: [], count: network.sites.count))
  }

  public func multiply(
    site: Int, _ x: UnsafeBufferPointer<Float>, vectors: Int,
    into y: UnsafeMutableBufferPointer<Float>, call: Int
  ) {
    digital.multiply(site: site, x, vectors: vectors, into: y, call: call)
    let width = inputs[site]
    let kept = (0..<vectors).filter { (call + $0) % strides[site] == 0 }.map { v in
      Vector(call: call + v, values: Array(x[v * width..<(v + 1) * width]))
    }
    recorded.withLock { $0[site] += kept }
  }

  /// What matrix `site` was given: vectors × inputs, in the order of the samples.
  public func vectors(site: Int) -> Matrix<Float> {
    let kept = recorded.withLock { $0[site] }.sorted { $0.call < $1.call }
    return Matrix(
      rowCount: kept.count, columnCount: inputs[site], elements: kept.flatMap(\.values))
  }
}
