import DeviceModels
import Foundation
import LinearAlgebra
import Networks
import Randomness
import StrictYAML

/// A random matrix that stays as it is drawn, what an array of cells that nobody programs one by one holds, or from
/// which learning begins.
///
/// Weights follow one law times one gain per array. `breakdown` is in units of the median conductance of a broken cell: a
/// cell conducts with probability Φ((V − µ)/σ), log-normally, and else not at all (`DielectricBreakdown`); a pair of
/// cells gives a difference. Links may be missing at random, and with Dale's law all weights of a source have one sign.
struct RandomMatrix: Sendable {
  /// How single weights are drawn.
  enum Law: Sendable, Hashable {
    case gaussian(mean: Double, deviation: Double)
    case uniform(ClosedRange<Double>)
    case breakdown(DielectricBreakdown, volts: Double, isDifferential: Bool)
  }

  /// Which links there are; weights of the others are 0.
  enum Links: Sendable, Hashable {
    case all
    /// Each with this probability.
    case probability(Double)
    /// So many into every unit.
    case inputs(Int)
    /// By the distance of neurons on a lattice.
    case lattice(NeuronLattice)
  }

  /// Dale's law: the first `share` of the sources have weights ≥ 0, the others weights ≤ 0, which are larger by
  /// gain·share/(1 − share): with a gain of 1 both cancel in the mean.
  struct Dale: Sendable, Hashable {
    var share: Double
    var inhibitoryGain: Double

    /// How many of `count` sources are excitatory.
    func excitatory(of count: Int) -> Int { Int((share * Double(count)).rounded()) }
  }

  var law = Law.gaussian(mean: 0, deviation: 1)
  var links = Links.all
  var dale: Dale?
  /// The share of the units that have links at all.
  var reached = 1.0
  /// What every weight is multiplied by.
  var gain = 1.0
  /// The largest absolute value of an eigenvalue that the matrix is scaled to, before the gain; `nil` for none.
  var spectralRadius: Double?
  /// How weights are read; `nil` where they learn, and links that are not there stay away.
  var fixed: FixedWeights? = FixedWeights()

  /// The most units whose eigenvalues are found: the time grows with the third power of their number.
  private static let largestSpectrum = 8192

  /// The matrix, inputs × outputs.
  /// - Precondition: a spectral radius is set for square matrices only.
  func drawn(_ inputs: Int, _ outputs: Int, _ key: StreamKey) -> Matrix<Float> {
    var values = weights(inputs * outputs, key)
    if let dale {
      let first = dale.excitatory(of: inputs)
      let factor = dale.inhibitoryGain * dale.share / (1 - dale.share)
      for i in 0..<inputs {
        for j in 0..<outputs {
          let size = abs(values[i * outputs + j])
          values[i * outputs + j] = i < first ? size : -factor * size
        }
      }
    }
    remove(&values, inputs, outputs, key.child("links"))
    var scale = gain
    if let spectralRadius {
      precondition(inputs == outputs, "a square matrix has eigenvalues")
      let radius = BLAS.spectralRadius(
        Matrix(rowCount: inputs, columnCount: outputs, elements: values))
      if radius > 0 { scale *= spectralRadius / radius }
    }
    return Matrix(
      rowCount: inputs, columnCount: outputs, elements: values.map { Float(scale * $0) })
  }

  private func weights(_ count: Int, _ key: StreamKey) -> [Double] {
    switch law {
    case .gaussian(let mean, let deviation):
      return Noise.normal(count, key.child("weights")).map { mean + deviation * Double($0) }
    case .uniform(let range):
      let width = range.upperBound - range.lowerBound
      return Noise.uniform(count, key.child("weights")).map {
        range.lowerBound + width * Double($0)
      }
    case .breakdown(let cells, let volts, let isDifferential):
      let unit = 1 / cells.medianConductance
      let plus = cells.conductances(count, sweptTo: volts, key.child("plus"))
      guard isDifferential else { return plus.map { unit * $0 } }
      let minus = cells.conductances(count, sweptTo: volts, key.child("minus"))
      return zip(plus, minus).map { unit * ($0 - $1) }
    }
  }

  /// Removes the links that are not there.
  private func remove(_ values: inout [Double], _ inputs: Int, _ outputs: Int, _ key: StreamKey) {
    switch links {
    case .all: break
    case .lattice(let lattice):
      lattice.remove(&values, excitatory: dale?.excitatory(of: inputs) ?? inputs, key)
    case .probability(let share):
      let draws = Noise.uniform(inputs * outputs, key)
      for k in values.indices where Double(draws[k]) >= share { values[k] = 0 }
    case .inputs(let count):
      let first = dale?.excitatory(of: inputs) ?? inputs
      let groups = [0..<first, first..<inputs]
      let shares = [Int((Double(count) * Double(first) / Double(inputs)).rounded())]
      for j in 0..<outputs {
        var stream = RandomStream(key.child(j))
        for (sources, kept) in zip(groups, shares + [count - shares[0]]) {
          for place in stream.permutation(sources.count).dropFirst(kept) {
            values[(sources.lowerBound + place) * outputs + j] = 0
          }
        }
      }
    }
    guard reached < 1 else { return }
    var stream = RandomStream(key.child("reached"))
    let kept = Int((reached * Double(outputs)).rounded())
    for j in stream.permutation(outputs).dropFirst(kept) {
      for i in 0..<inputs { values[i * outputs + j] = 0 }
    }
  }
}

extension RandomMatrix {
  /// The matrix under `random` of a layer with so many inputs and outputs; `nil` where there is none. Faults are recorded.
  init?(_ layer: StrictNode, inputs: Int, outputs: Int) {
    guard layer.has("random") else { return nil }
    let node = layer.mapping("random")
    law = Self.law(node)
    if node.has("lattice") {
      links =
        NeuronLattice(node.mapping("lattice"), units: inputs, outputs).map { .lattice($0) } ?? .all
    } else if node.has("connection-probability") {
      links = .probability(node.number("connection-probability", in: 0...1))
      if node.has("inputs-per-unit") {
        node.child("inputs-per-unit").fault("either it or 'connection-probability' is given")
      }
    } else if node.has("inputs-per-unit") {
      links = .inputs(node.integer("inputs-per-unit", in: 1...max(1, inputs)))
    }
    if node.has("excitatory") {
      dale = Dale(
        share: node.number("excitatory", in: 0.01...0.99),
        inhibitoryGain: node.number("inhibitory-gain", in: 0...1e6, default: 1))
    }
    reached = node.number("reached", in: 0...1, default: 1)
    gain = node.number("gain", in: -1e9...1e9, default: 1)
    if node.has("spectral-radius") {
      spectralRadius = node.number("spectral-radius", in: 0...1e6)
      if inputs != outputs {
        node.child("spectral-radius").fault(
          "the matrix has \(inputs) inputs and \(outputs) outputs, and only square ones have eigenvalues"
        )
        spectralRadius = nil
      } else if inputs > Self.largestSpectrum {
        node.child("spectral-radius").fault(
          "eigenvalues of \(inputs) units would take hours, at most \(Self.largestSpectrum) are allowed"
        )
        spectralRadius = nil
      }
    }
    if node.flag("learns", default: false) {
      fixed = nil
    } else {
      fixed = FixedWeights(readNoise: Float(node.number("read-noise", in: 0...10, default: 0)))
    }
  }

  private static func law(_ node: StrictNode) -> Law {
    switch node.choice("law", of: ["gaussian", "uniform", "breakdown"], default: "gaussian") {
    case "uniform":
      let low = node.number("minimum", in: -1e9...1e9, default: -1)
      let high = node.number("maximum", in: -1e9...1e9, default: 1)
      if low > high { node.child("minimum").fault("it is above 'maximum', \(high)") }
      return .uniform(min(low, high)...max(low, high))
    case "breakdown":
      let device = node.text("device", default: "taox-breakdown")
      let volts = node.quantity("voltage", unit: "V", in: 0...1000)
      let isDifferential = node.flag("differential", default: true)
      do {
        if case .breakdown(let cells) = try DeviceFile(named: device).switching?.law {
          return .breakdown(cells, volts: volts, isDifferential: isDifferential)
        }
        node.child("device").fault("'\(device)' has no switching by breakdown")
      } catch { node.child("device").fault("\(error)") }
      return .breakdown(DielectricBreakdown(), volts: volts, isDifferential: isDifferential)
    default:
      return .gaussian(
        mean: node.number("mean", in: -1e9...1e9, default: 0),
        deviation: node.number("deviation", in: 0...1e9, default: 1))
    }
  }
}
