import Foundation
import Synchronization

/// Carries out a network's products digitally, and each of them by a second engine on the same inputs:
/// how far each layer alone is off, with no error of the layers before it.
public final class OutputComparison<Engine: ProductEngine>: ProductEngine {
  /// What one call added.
  private struct Part {
    var call: Int
    var signal: Double
    var error: Double
  }

  private let digital: DigitalEngine
  private let analog: Engine
  private let parts: Mutex<[[Part]]>

  /// A comparison of `analog` with the digital products of `network`.
  ///
  /// - Precondition: `analog` leaves the activations to the network.
  public init(_ network: Network, analog: Engine) {
    precondition(
      network.sites.indices.allSatisfy { !analog.appliesActivation(site: $0) },
      "a converter's activation is compared after it, not here")
    digital = DigitalEngine(network)
    self.analog = analog
    parts = Mutex(Array(repeating: [], count: network.sites.count))
  }

  public func multiply(
    site: Int, _ x: UnsafeBufferPointer<Float>, vectors: Int,
    into y: UnsafeMutableBufferPointer<Float>, call: Int
  ) {
    let other = UnsafeMutableBufferPointer<Float>.allocate(capacity: y.count)
    defer { other.deallocate() }
    analog.multiply(site: site, x, vectors: vectors, into: other, call: call)
    digital.multiply(site: site, x, vectors: vectors, into: y, call: call)
    var signal = 0.0
    var error = 0.0
    for i in y.indices {
      let difference = Double(other[i]) - Double(y[i])
      signal += Double(y[i]) * Double(y[i])
      error += difference * difference
    }
    let part = Part(call: call, signal: signal, error: error)
    parts.withLock { $0[site].append(part) }
  }

  /// Power of the digital outputs of `site` over the power of the error of the analog ones, in
  /// decibels: 10·log₁₀(Σ y² / Σ (ŷ - y)²). Infinite where there is no error.
  public func signalToNoise(site: Int) -> Double {
    // Summed in the order of the samples, so that threads do not change the bits.
    let sums = parts.withLock { $0[site] }.sorted { $0.call < $1.call }
    let signal = sums.reduce(0) { $0 + $1.signal }
    let error = sums.reduce(0) { $0 + $1.error }
    return 10 * log10(signal / error)
  }
}
