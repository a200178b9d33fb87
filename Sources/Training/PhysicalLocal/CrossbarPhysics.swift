import Foundation
import Randomness

/// What a fixed random crossbar with nonlinear cells is drawn from.
///
/// An output is the difference of two columns, I = Σ (G⁺ − G⁻)·V₀·sinh(V/V₀), through a converter: see
/// `NetworkBuilder.fixedCrossbar`. A cell is formed with probability `formed`, then ln G is normal; else it carries nothing.
public struct RandomCrossbar: Sendable, Hashable {
  /// The share of formed cells.
  public var formed: Double
  /// The median conductance of formed cells, in siemens.
  public var median: Double
  /// Deviation of ln G of formed cells.
  public var logDeviation: Double
  /// The largest drive over V₀; 0 is a linear cell.
  public var curvature: Float
  /// Deviation of an output from read to read, relative to the outputs' root mean square.
  public var readNoise: Float
  /// Bits of the output converter, 2 to 16; `nil` is a continuum.
  public var outputBits: Int?

  /// By default the statistics of a 40 nm array programmed to half of its cells (Lin et al.,
  /// arXiv 2307.00771: 49.3 % formed, 12.3 uS, deviation of ln G 0.149), sinh cells driven to 4·V₀, and
  /// an 8-bit converter.
  public init(
    formed: Double = 0.493, median: Double = 12.2e-6, logDeviation: Double = 0.149,
    curvature: Float = 4, readNoise: Float = 0, outputBits: Int? = 8
  ) {
    precondition((0...1).contains(formed) && median > 0 && logDeviation >= 0, "a share and a level")
    precondition(curvature >= 0 && readNoise >= 0, "neither is negative")
    precondition(outputBits.map { (2...16).contains($0) } ?? true, "2 to 16 bits")
    self.formed = formed
    self.median = median
    self.logDeviation = logDeviation
    self.curvature = curvature
    self.readNoise = readNoise
    self.outputBits = outputBits
  }
}

/// A change that physics undergoes while a network trains on it.
public enum PhysicalPerturbation: Sendable, Hashable {
  /// This share of the cells is drawn anew.
  case replacement(Double)
  /// All conductances are multiplied by this.
  case scaling(Double)
  /// Every conductance ages by its own power of time: G·t^−ν, ν normal about `mean`, in units of the
  /// time at which the array was programmed.
  case aging(time: Double, mean: Double, deviation: Double)
}

/// The cells of a fixed random crossbar.
public struct CrossbarPhysics: Sendable {
  /// What it was drawn from.
  public let design: RandomCrossbar
  /// G⁺ − G⁻, inputs × outputs, in siemens.
  public private(set) var conductances: [Float]
  private var plus: [Float]
  private var minus: [Float]

  /// A crossbar drawn from `design`.
  public init(_ design: RandomCrossbar, inputs: Int, outputs: Int, key: StreamKey) {
    precondition(inputs > 0 && outputs > 0, "inputs and outputs")
    self.design = design
    plus = Self.cells(design, inputs * outputs, key.child("plus"))
    minus = Self.cells(design, inputs * outputs, key.child("minus"))
    conductances = zip(plus, minus).map { $0 - $1 }
  }

  private static func cells(_ design: RandomCrossbar, _ count: Int, _ key: StreamKey) -> [Float] {
    let choice = Noise.uniform(count, key.child("formed"))
    let scores = Noise.normal(count, key.child("level"))
    return zip(choice, scores).map {
      Double($0) < design.formed
        ? Float(design.median * exp(design.logDeviation * Double($1))) : 0
    }
  }

  /// Changes the conductances.
  public mutating func perturb(_ perturbation: PhysicalPerturbation, key: StreamKey) {
    switch perturbation {
    case .replacement(let share):
      for (k, name) in ["plus", "minus"].enumerated() {
        let fresh = Self.cells(design, plus.count, key.child(name))
        let chosen = Noise.uniform(plus.count, key.child("chosen").child(k))
        for i in fresh.indices where Double(chosen[i]) < share {
          if k == 0 { plus[i] = fresh[i] } else { minus[i] = fresh[i] }
        }
      }
    case .scaling(let factor):
      for i in plus.indices {
        plus[i] *= Float(factor)
        minus[i] *= Float(factor)
      }
    case .aging(let time, let mean, let deviation):
      let scores = Noise.normal(2 * plus.count, key)
      for i in plus.indices {
        plus[i] *= Float(pow(time, -max(0, mean + deviation * Double(scores[i]))))
        minus[i] *= Float(pow(time, -max(0, mean + deviation * Double(scores[plus.count + i]))))
      }
    }
    conductances = zip(plus, minus).map { $0 - $1 }
  }
}
