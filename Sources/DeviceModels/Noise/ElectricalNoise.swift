import Foundation
import StrictYAML

/// Noise of the current of one read that follows from physics, as a deviation of the conductance.
///
/// The current I = G·V through a cell, measured in the bandwidth Δf, has the variance
///
///     σ_I² = 4kT·G·Δf + 2q·I·Δf + A·I²·∫ f^−γ df     (from the lowest frequency to Δf),
///
/// each term where its source is named: Johnson noise of a conductor at the temperature T (J. B. Johnson, Phys. Rev. 32,
/// 97 (1928); H. Nyquist, Phys. Rev. 32, 110 (1928)), shot noise of charges that pass a barrier one by one
/// (W. Schottky, Ann. Phys. 362, 541 (1918)), and 1/f noise S_I = A·I²/f^γ (F. N. Hooge, Phys. Lett. A 29, 139 (1969)).
/// σ_G = σ_I/V, in siemens, is the deviation of a cell at the voltage V; `CurrentNoise` says how the first two terms follow
/// the voltages of cells that are driven with less. Johnson and shot noise together are an upper bound: of one barrier, S = 2q·I·coth(qV/2kT) is 4kT·G at low and 2q·I at high voltages; a metallic filament has
/// Johnson noise alone.
public struct ElectricalNoise: Sendable, Hashable {
  /// The sources by the names that files use.
  public static let sources = ["johnson", "shot", "flicker"]

  /// Whether the thermal noise of the conductance counts.
  public var hasJohnson: Bool
  /// Whether shot noise counts.
  public var hasShot: Bool
  /// A at 1 Hz; 0 for no 1/f noise.
  public var flickerLevel: Double
  /// γ.
  public var flickerExponent: Double
  /// The lowest frequency of 1/f noise, in hertz: one over the time for which a read is compared with others.
  public var flickerLowest: Double
  /// T, in kelvins.
  public var temperature: Double
  /// Δf, in hertz; 1/(2t) for a current that is integrated for the time t.
  public var bandwidth: Double
  /// V, in volts.
  public var voltage: Double

  /// Noise of the given sources; see the members.
  /// - Precondition: bandwidth, voltage and temperature are positive, the lowest frequency is in (0, bandwidth).
  public init(
    johnson: Bool = false, shot: Bool = false, flickerLevel: Double = 0,
    flickerExponent: Double = 1, flickerLowest: Double = 1, temperature: Double = 300,
    bandwidth: Double, voltage: Double
  ) {
    precondition(bandwidth > 0 && voltage > 0 && temperature > 0, "a read in a bandwidth")
    precondition(
      flickerLevel == 0 || (flickerLowest > 0 && flickerLowest < bandwidth), "a band of 1/f noise")
    hasJohnson = johnson
    hasShot = shot
    self.flickerLevel = flickerLevel
    self.flickerExponent = flickerExponent
    self.flickerLowest = flickerLowest
    self.temperature = temperature
    self.bandwidth = bandwidth
    self.voltage = voltage
  }

  /// The variance of the current at conductance `g` (siemens), in A².
  public func currentVariance(at g: Double) -> Double {
    let g = max(0, g)
    let current = g * voltage
    var sum = 0.0
    if hasJohnson { sum += thermalPerSiemens * voltage * voltage * g }
    if hasShot { sum += shotPerSiemens * voltage * current }
    return sum + flickerLevel * current * current * flickerBand
  }

  /// 4kT·Δf/V², in siemens: the variance of the conductance per conductance by Johnson noise.
  var thermalPerSiemens: Double {
    4 * PhysicalConstants.boltzmann * temperature * bandwidth / (voltage * voltage)
  }

  /// 2q·Δf/V, in siemens: the same by shot noise.
  var shotPerSiemens: Double { 2 * PhysicalConstants.charge * bandwidth / voltage }

  /// The variance of the conductance, in S².
  public func variance(at g: Double) -> Double { currentVariance(at: g) / (voltage * voltage) }

  /// ∫ f^−γ df over the band.
  private var flickerBand: Double {
    let rest = 1 - flickerExponent
    guard abs(rest) > 1e-9 else { return log(bandwidth / flickerLowest) }
    return (pow(bandwidth, rest) - pow(flickerLowest, rest)) / rest
  }

  /// Reads `electrical` of a section `read-noise`; faults are recorded at the node.
  init(reading node: StrictNode) {
    let named = node.text("sources", default: "johnson, shot").split(separator: ",").map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    for name in named where !Self.sources.contains(name) {
      node.child("sources").fault(
        "'\(name)' is none of \(Self.sources.joined(separator: ", ")), separated by commas")
    }
    let bandwidth = node.quantity("bandwidth", unit: "Hz", in: 1e-6...1e15)
    let hasFlicker = named.contains("flicker")
    let lowest = node.quantity("flicker-lowest", unit: "Hz", in: 1e-12...1e15, default: 1)
    if hasFlicker, lowest >= bandwidth {
      node.fault("'flicker-lowest' must be below 'bandwidth'")
    }
    if hasFlicker, !node.has("flicker-level") {
      node.fault("the source 'flicker' needs 'flicker-level', S_I·f^γ/I² at 1 Hz")
    }
    let level = node.number("flicker-level", in: 0...1e6, default: 0)
    self.init(
      johnson: named.contains("johnson"), shot: named.contains("shot"),
      flickerLevel: hasFlicker && lowest < bandwidth ? level : 0,
      flickerExponent: node.number("flicker-exponent", in: 0...4, default: 1),
      flickerLowest: lowest,
      temperature: node.quantity("temperature", unit: "K", in: 1e-3...5000, default: 300),
      bandwidth: bandwidth,
      voltage: node.quantity("voltage", unit: "V", in: 1e-6...100, default: 0.2))
  }
}
