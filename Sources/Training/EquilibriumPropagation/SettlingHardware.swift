import Circuits
import DeviceModels
import Foundation
import LinearAlgebra
import Networks
import PhysicalUnits
import Randomness

/// The circuit of a resistive network that settles, and the instruments that read it.
package struct SettlingHardware: Sendable {
  /// Siemens of a weight of 1.
  package var conductanceUnit = 1e-3
  /// Volts of a state of 1: the target of the class.
  package var voltageUnit = 1.0
  /// Of a line between two cells, and between the first or last cell and the unit.
  package var segment = Ohms(0)
  /// The diodes of hidden units; `nil` is ideal ones.
  package var diode: ExponentialDiode?
  /// By how many volts the rails of diodes are biased, so that they conduct earlier.
  package var diodeBias = 0.0
  /// How the currents of cells follow their voltages.
  package var law = ConductionLaw.ohmic
  /// Whether every cell changes by the voltage that falls on it; else by that between the ends of its lines.
  package var readsAtCells = true
  /// The standard deviation of a reading of a unit's voltage, in states.
  package var readNoise: Float = 0
  /// What time does to conductances from the first nudged phase to the second.
  package var drift: PhaseDrift?

  /// What time does between two phases: G(t) of the law, t after the cells were written.
  package struct PhaseDrift: Sendable {
    package var law: ConductanceDrift
    package var delay: Seconds

    package init(law: ConductanceDrift, delay: Seconds) { (self.law, self.delay) = (law, delay) }
  }

  package init() {}

  /// Whether steady states are those of a circuit with wires, real diodes or cells with a law, found exactly.
  package var isCircuit: Bool { segment.value > 0 || diode != nil || law != .ohmic }

  /// The circuit in siemens, volts and amperes.
  func circuit(of network: SettlingNetwork) -> LayeredNetwork {
    let wires =
      segment.value > 0
      ? UniformWires(wordSegment: segment, bitSegment: segment, source: segment, sense: segment)
      : nil
    return LayeredNetwork(
      layers: network.matrices.enumerated().map { k, matrix in
        let (middle, lower, upper) = network.bounds(k + 1)
        return LayeredNetwork.Layer(
          conductances: Matrix(
            rowCount: matrix.rowCount, columnCount: matrix.columnCount,
            elements: matrix.weights.map { Double($0) * conductanceUnit }),
          bounds: (0..<matrix.columnCount).map { j in
            let range = j < middle ? lower : upper
            return Double(range.lowerBound) + diodeBias...Double(range.upperBound) - diodeBias
          }, wires: wires, law: CellLaw(law), diode: diode,
          biases: network.biases[k].map { Double($0) * conductanceUnit * voltageUnit })
      })
  }

  /// The network as it is in the second phase; `nil` where nothing drifts.
  ///
  /// The exponents of a cell are its own, the same in every step.
  func drifted(_ network: SettlingNetwork, key: StreamKey) -> SettlingNetwork? {
    guard let drift else { return nil }
    var result = network
    let unit = Float(conductanceUnit)
    for (k, matrix) in network.matrices.enumerated() {
      let siemens = matrix.weights.map { $0 * unit }
      var exponents = siemens
      var later = siemens
      siemens.withUnsafeBufferPointer { g in
        exponents.withUnsafeMutableBufferPointer {
          drift.law.exponents(of: g, key: key.child("drift").child(k), into: $0)
        }
        exponents.withUnsafeBufferPointer { exponents in
          later.withUnsafeMutableBufferPointer {
            drift.law.conductances(
              programmed: g, exponents: exponents, time: drift.delay, into: $0)
          }
        }
      }
      result.matrices[k].set(later.map { $0 / unit })
    }
    return result
  }
}

extension EquilibriumPropagation {
  /// The errors of readings of layer `layer` (1 …) in phase `phase` (0 or 1) of step `step`: samples × units in states;
  /// empty where readings are exact.
  func readErrors(_ layer: Int, phase: Int, step: Int, samples: Range<Int>) -> [Float] {
    guard let noise = hardware?.readNoise, noise > 0 else { return [] }
    let (size, place) = (network.sizes[layer], key.child("reading").child(step))
    return Noise.normal(
      samples.count * size, place.child(phase).child(layer), from: samples.lowerBound * size
    ).map { noise * $0 }
  }

  /// Adds the errors of readings to the states that are compared; an adjoint, which is computed, has none.
  func addReadNoise(to phases: inout [SettledPhases], step: Int) {
    guard let hardware, hardware.readNoise > 0 else { return }
    var first = 0
    for g in phases.indices {
      let samples = first..<first + phases[g].free.samples
      first = samples.upperBound
      for layer in 1...network.layerCount {
        let errors = readErrors(layer, phase: 0, step: step, samples: samples)
        for i in errors.indices { phases[g].first.layers[layer][i] += errors[i] }
        guard gradient == .equilibriumPropagation else { continue }
        let others = readErrors(layer, phase: 1, step: step, samples: samples)
        for i in others.indices { phases[g].second.layers[layer][i] += others[i] }
      }
    }
  }
}
