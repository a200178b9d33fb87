internal import CGSL

/// A counter-based generator in the form that GSL's distributions want, and those distributions.
///
/// It owns one `gsl_rng` whose numbers are those of a `RandomStream`.
public final class GSLGenerator {
  private let generator: UnsafeMutablePointer<gsl_rng>

  /// The generator of `key`'s stream.
  public init(_ key: StreamKey) {
    generator = gsl_rng_alloc(Self.type)
    generator.pointee.state.assumingMemoryBound(to: RandomStream.self)
      .initialize(to: RandomStream(key))
  }

  deinit { gsl_rng_free(generator) }

  // The description that GSL wants: range, size of the state, and how to draw. RandomStream is a
  // trivial type, so that GSL may free its memory without more ado.
  private nonisolated(unsafe) static let type: UnsafePointer<gsl_rng_type> = {
    gsl_set_error_handler_off()
    let type = UnsafeMutablePointer<gsl_rng_type>.allocate(capacity: 1)
    type.initialize(
      to: gsl_rng_type(
        name: name, max: UInt(UInt32.max), min: 0, size: MemoryLayout<RandomStream>.size,
        set: { _, _ in },
        get: { state in
          UInt(
            truncatingIfNeeded: state!.assumingMemoryBound(to: RandomStream.self).pointee.next()
              >> 32)
        },
        get_double: { state in
          state!.assumingMemoryBound(to: RandomStream.self).pointee.uniform()
        }))
    return UnsafePointer(type)
  }()

  private nonisolated(unsafe) static let name: UnsafePointer<CChar> = {
    let text = "ohmweave-philox".utf8CString
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: text.count)
    for (i, c) in text.enumerated() { copy[i] = c }
    return UnsafePointer(copy)
  }()

  /// Normal with mean 0, by the ziggurat of Marsaglia and Tsang.
  public func normal(deviation: Double = 1) -> Double {
    gsl_ran_gaussian_ziggurat(generator, deviation)
  }
  /// exp of a normal number with mean `zeta` and deviation `sigma`.
  public func logNormal(zeta: Double, sigma: Double) -> Double {
    gsl_ran_lognormal(generator, zeta, sigma)
  }
}
