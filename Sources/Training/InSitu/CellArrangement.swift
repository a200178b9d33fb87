import Crossbar
import Foundation

/// Which devices make up a weight, in units of state.
public enum CellArrangement: Sendable, Hashable {
  /// One device against a fixed reference: w = s − r.
  case single
  /// Two devices: w = s⁺ − s⁻, updated as told.
  case pair(PairUpdate)
  /// Several devices: w = Σ fₖ·sₖ, updated as told.
  case multiple(factors: [Float], CellSelection)

  /// How the two devices of a pair take an update.
  public enum PairUpdate: Sendable, Hashable {
    /// One goes up and the other down.
    case bothCells
    /// An increase raises the plus device and a decrease the minus device; none is ever lowered.
    /// When a device has passed `refreshAbove` of its range, both are reset to their lower bounds and
    /// the larger one is programmed back to the difference; 1 or more never refreshes.
    case oneSided(refreshAbove: Float)
  }

  /// Which of several devices take an update.
  public enum CellSelection: String, Sendable, Hashable, CaseIterable {
    /// All of them.
    case all
    /// One after the other, a batch each.
    case sequential
    /// One drawn at random for every batch.
    case random
  }

  /// The factor of every device's state in the weight.
  public var factors: [Float] {
    switch self {
    case .single: return [1]
    case .pair: return [1, -1]
    case .multiple(let factors, _): return factors
    }
  }

  /// The change of the weight by one requested pulse, in steps of a device.
  var stepsPerPulse: Float {
    switch self {
    case .single, .pair(.oneSided): return 1
    case .pair(.bothCells): return 2
    case .multiple(let factors, .all): return factors.reduce(0) { $0 + abs($1) }
    case .multiple(let factors, _):
      return factors.reduce(0) { $0 + abs($1) } / Float(factors.count)
    }
  }
}

extension CellArrangement {
  /// The devices of a weight that the map job lays out by `scheme`.
  ///
  /// Weights of pulsed devices are analog: slices are devices whose states count by powers of 2^(bits of a cell),
  /// the most significant 1, and all of them take every update. A digital pedestal and a reference column are the
  /// same fixed reference.
  /// - Parameter refreshAbove: when a device of a one-sided pair has passed this part of its range, the pair is
  ///   renewed.
  public init(_ scheme: WeightMapping, refreshAbove: Float = 0.9) {
    switch scheme {
    case .differentialPair(.oneSided): self = .pair(.oneSided(refreshAbove: refreshAbove))
    case .differentialPair(.twoSided): self = .pair(.bothCells)
    case .offset: self = .single
    case .bitSliced(_, let bitsPerCell, let pairing):
      let factors = (0..<scheme.sliceCount).map { exp2(-Float($0 * bitsPerCell)) }
      self = .multiple(
        factors: pairing == .differential ? factors.flatMap { [$0, -$0] } : factors, .all)
    }
  }
}
