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
  /// Of the 2⁶⁴ values of a mixed vector number, how many are kept; the largest number keeps all.
  private let shares: [UInt64]
  private let recorded: Mutex<[[Vector]]>

  /// A recorder for `samples` samples of `network`.
  ///
  /// - Parameter vectorLimit: about how many vectors to keep for each matrix. Where a matrix reads more of
  ///   them, a vector is kept or not by a hash of its number: vectors at even distances would come from the
  ///   same positions of every image.
  public init(_ network: Network, samples: Int, vectorLimit: Int = 2048) {
    digital = DigitalEngine(network)
    inputs = network.sites.map(\.inputs)
    shares = network.sites.map {
      let total = samples * $0.vectorsPerInference
      guard total > vectorLimit else { return .max }
      return UInt64(Double(vectorLimit) / Double(total) * 0x1p64)
    }
    recorded = Mutex(Array(repeating: [], count: network.sites.count))
  }

  public func multiply(
    site: Int, _ x: UnsafeBufferPointer<Float>, vectors: Int,
    into y: UnsafeMutableBufferPointer<Float>, call: Int
  ) {
    digital.multiply(site: site, x, vectors: vectors, into: y, call: call)
    let width = inputs[site]
    let share = shares[site]
    let kept = (0..<vectors).filter { Self.mixed(call + $0) <= share }.map { v in
      Vector(call: call + v, values: Array(x[v * width..<(v + 1) * width]))
    }
    recorded.withLock { $0[site] += kept }
  }

  /// The finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): every bit of the result depends on
  /// every bit of `number`.
  private static func mixed(_ number: Int) -> UInt64 {
    var z = UInt64(bitPattern: Int64(number)) &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// What matrix `site` was given: vectors × inputs, in the order of the samples.
  public func vectors(site: Int) -> Matrix<Float> {
    let kept = recorded.withLock { $0[site] }.sorted { $0.call < $1.call }
    return Matrix(
      rowCount: kept.count, columnCount: inputs[site], elements: kept.flatMap(\.values))
  }
}
