public import LinearAlgebra

/// A digital engine whose accuracy `ohmweave map --baseline` reports beside that of the chips.
///
/// A new one is one file and one line in `BaselineEngines.all`.
public protocol BaselineEngine: ProductEngine {
  /// What run files call it; those with bits as in "NAME:8".
  static var name: String { get }
  /// How many bits its numbers may have; `nil` where they have a format of their own.
  static var bits: ClosedRange<Int>? { get }
  /// The engine of a network.
  ///
  /// - Parameters:
  ///   - bits: of its numbers, in the range of `bits`; of no meaning where that is `nil`.
  ///   - inputs: what each weight matrix reads on calibration data, vectors × inputs, to set ranges.
  init(_ network: Network, bits: Int, inputs: [Matrix<Float>])
}

/// The digital engines that run files can name.
public enum BaselineEngines {
  /// One line an engine.
  public static let all: [any BaselineEngine.Type] = [
    HalfPrecisionEngine.self,
    IntegerEngine.self,
  ]

  /// An engine by the name that run files give it, with its bits.
  public struct Choice: Sendable {
    /// As it was written.
    public let text: String
    private let type: any BaselineEngine.Type
    private let bits: Int

    /// The choice of "NAME" or "NAME:BITS"; `nil` where there is no such engine.
    public init?(_ text: String) {
      let parts = text.split(separator: ":", omittingEmptySubsequences: false)
      guard let type = all.first(where: { $0.name == parts[0] }) else { return nil }
      self.type = type
      self.text = text
      guard let range = type.bits else {
        bits = 0
        if parts.count > 1 { return nil }
        return
      }
      guard parts.count == 2, let bits = Int(parts[1]), range.contains(bits) else { return nil }
      self.bits = bits
    }

    /// The engine of a network; see `BaselineEngine`.
    public func engine(_ network: Network, inputs: [Matrix<Float>]) -> any BaselineEngine {
      type.init(network, bits: bits, inputs: inputs)
    }
  }

  /// What can be chosen, for messages: "half-precision, integer:2…8".
  public static var known: String {
    all.map { type in
      type.name + (type.bits.map { ":\($0.lowerBound)…\($0.upperBound)" } ?? "")
    }.joined(separator: ", ")
  }
}

/// Products of weights and inputs rounded to 16-bit floating point (IEEE 754 binary16), summed in single precision, as
/// graphics processors compute them. Values beyond ±65,504 become infinite.
public struct HalfPrecisionEngine: BaselineEngine {
  public static let name = "half-precision"
  public static let bits: ClosedRange<Int>? = nil
  private let digital: DigitalEngine

  public init(_ network: Network, bits: Int, inputs: [Matrix<Float>]) {
    digital = DigitalEngine(
      sites: network.sites.map { site in
        var weights = site.weights
        for k in weights.elements.indices {
          weights.elements[k] = Self.rounded(weights.elements[k])
        }
        return site.replacing(weights: weights, bias: site.bias)
      })
  }

  private static func rounded(_ value: Float) -> Float { Float(Float16(value)) }

  public func multiply(
    site: Int, _ x: UnsafeBufferPointer<Float>, vectors: Int,
    into y: UnsafeMutableBufferPointer<Float>, call: Int
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, x.count)) { inputs in
      for k in x.indices { inputs[k] = Self.rounded(x[k]) }
      digital.multiply(
        site: site, UnsafeBufferPointer(rebasing: inputs[..<x.count]), vectors: vectors, into: y,
        call: call)
    }
  }
}
