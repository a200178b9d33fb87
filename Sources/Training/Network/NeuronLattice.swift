import Foundation
import Randomness
import StrictYAML

/// Neurons on the places of a lattice that are linked with the probability C·exp(−(D/λ)²) at the distance D, in lattice
/// constants, without links to themselves (Maass, Natschläger and Markram, Neural Computation 14, 2531, 2002, with the
/// exponent of Ivanov and Michmizos, NeurIPS 2021, arXiv 2111.01760).
///
/// C depends on the kinds of both neurons, excitatory or inhibitory. Which neuron has which place is drawn.
struct NeuronLattice: Sendable, Hashable {
  /// Places along each axis.
  let size: [Int]
  /// λ in lattice constants.
  let range: Double
  /// C from excitatory to excitatory neurons, from excitatory to inhibitory ones, from inhibitory to excitatory ones, and
  /// between inhibitory ones.
  let probabilities: [Double]

  /// Reads `size`, `range` and `probabilities`; `nil` with faults where the lattice has not as many places as the matrix has
  /// rows and columns.
  init?(_ node: StrictNode, units: Int, _ outputs: Int) {
    size = node.quantities("size", unit: "", in: 1...1e4, default: [10, 10, 10]).map { Int($0) }
    range = node.number("range", in: 1e-3...1e4, default: 3)
    probabilities = node.quantities(
      "probabilities", unit: "", in: 0...1, default: [0.2, 0.1, 0.3, 0.05])
    let places = size.reduce(1, *)
    guard probabilities.count == 4 else {
      node.child("probabilities").fault(
        "4 numbers are expected: from excitatory to excitatory neurons, from excitatory to inhibitory ones, from "
          + "inhibitory to excitatory ones, and between inhibitory ones")
      return nil
    }
    guard units == outputs, places == units else {
      node.child("size").fault(
        "the lattice has \(places) places, and the matrix joins \(units) to \(outputs) units: the three numbers must be equal"
      )
      return nil
    }
  }

  /// The distance of the places `a` and `b`, squared.
  func squaredDistance(_ a: Int, _ b: Int) -> Double {
    var (a, b, sum) = (a, b, 0.0)
    for length in size {
      let d = Double(a % length - b % length)
      sum += d * d
      (a, b) = (a / length, b / length)
    }
    return sum
  }

  /// Removes the links that are not there from a matrix of units × units whose first `excitatory` units are excitatory.
  func remove(_ values: inout [Double], excitatory: Int, _ key: StreamKey) {
    let count = size.reduce(1, *)
    var stream = RandomStream(key.child("places"))
    let places = stream.permutation(count)
    let draws = Noise.uniform(count * count, key)
    for i in 0..<count {
      for j in 0..<count {
        let kind = (i < excitatory ? 0 : 2) + (j < excitatory ? 0 : 1)
        let square = squaredDistance(places[i], places[j])
        let p = i == j ? 0 : probabilities[kind] * exp(-square / (range * range))
        if Double(draws[i * count + j]) >= p { values[i * count + j] = 0 }
      }
    }
  }
}
