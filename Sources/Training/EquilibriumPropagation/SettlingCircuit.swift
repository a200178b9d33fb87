import Circuits
import LinearAlgebra
import Networks
import NumericalMethods
import PhysicalUnits

/// What a resistive network that settles is made of, for the time and the energy that a sample takes.
package struct SettlingCircuit: Sendable, Hashable {
  /// Siemens of a weight of 1.
  package var conductanceUnit: Double
  /// Volts of a state of 1.
  package var voltageUnit: Double
  /// Farads to ground of every unit, and of a line per cell on it.
  package var nodeCapacitance: Double
  package var lineCapacitance: Double
  /// Bits of the readout of every layer, whose range is the largest voltage of the layer.
  package var bits: Int
  /// How many test samples are measured.
  package var samples: Int

  /// See the members.
  package init(
    conductanceUnit: Double, voltageUnit: Double = 1, nodeCapacitance: Double,
    lineCapacitance: Double, bits: Int, samples: Int
  ) {
    self.conductanceUnit = conductanceUnit
    self.voltageUnit = voltageUnit
    self.nodeCapacitance = nodeCapacitance
    self.lineCapacitance = lineCapacitance
    self.bits = bits
    self.samples = samples
  }

  /// How long one sample takes to settle without nudging from 0 V, and from there with `nudging`, and what sources deliver.
  ///
  /// The circuit is that of `SettlingNetwork` with kind `resistive`: crossbars with ideal lines between its layers, ideal
  /// diodes, a current for every bias, and a conductance of β to the target at every output. Inputs are held, so that all
  /// cells of a unit of the first layer act as their sum G = ΣGᵢ in series with u = ΣGᵢVᵢ/G; what flows among the inputs
  /// alone, ΣGᵢVᵢ² − G·u², is added to the power. All elements are linear but for diodes without threshold, so that times do
  /// not depend on the unit of voltage and energies grow with its square.
  ///
  /// - Parameters:
  ///   - lines: of the input lines, as multiples of `voltageUnit`.
  ///   - target: of the outputs, likewise.
  ///   - nudging: β, as a multiple of `conductanceUnit`.
  /// - Throws: `NumericalFailure` as `ResistiveNetwork.settling`.
  package func settling(
    _ network: SettlingNetwork, lines: [Float], target: [Float], nudging: Float
  ) throws(NumericalFailure) -> NetworkSettling {
    typealias Branch = ResistiveNetwork.Branch
    let starts = network.sizes.dropFirst().reduce(into: [1]) { $0.append($0.last! + $1) }
    let layers = (0..<network.layerCount).map { Array(starts[$0]..<starts[$0 + 1]) }
    var branches: [Branch] = []
    var capacitances = [Double](repeating: 0, count: starts.last!)
    var among = 0.0
    for (k, matrix) in network.matrices.enumerated() {
      let weights = matrix.weights
      let columns = matrix.columnCount
      let cells = matrix.rowCount + (k + 1 < layers.count ? network.sizes[k + 2] : 0)
      for (j, node) in layers[k].enumerated() {
        capacitances[node] = nodeCapacitance + lineCapacitance * Double(cells)
        let column = (0..<matrix.rowCount).map {
          conductanceUnit * Double(weights[$0 * columns + j])
        }
        if k == 0 {
          let (sum, first, second) = zip(column, lines).reduce((0.0, 0.0, 0.0)) {
            let volts = Double($1.1)
            return ($0.0 + $1.0, $0.1 + $1.0 * volts, $0.2 + $1.0 * volts * volts)
          }
          if sum > 0 {
            branches.append(
              Branch(from: node, to: 0, element: .conductor(sum, volts: first / sum)))
            among += second - first * first / sum
          }
        } else {
          for (below, conductance) in zip(layers[k - 1], column) where conductance > 0 {
            branches.append(Branch(from: below, to: node, element: .resistor(1 / conductance)))
          }
        }
        let bias = conductanceUnit * Double(network.biases[k][j])
        if bias != 0 { branches.append(Branch(from: 0, to: node, element: .current(bias))) }
        guard k + 1 < layers.count else { continue }
        let isPositive = j < network.sizes[k + 1] / 2
        branches.append(
          Branch(
            from: isPositive ? 0 : node, to: isPositive ? node : 0, element: .idealDiode(0)))
      }
    }
    let circuit = ResistiveNetwork(nodeCount: starts.last!, branches: branches, held: [0: 0])
    let cost = NetworkCost(
      zip(layers[layers.count - 1], target).map { NetworkTarget(node: $0, volts: Double($1)) })
    var found = try circuit.settling(
      to: circuit.steadyState(), capacitances: capacitances, bits: bits, ranges: layers,
      nudge: (cost, conductanceUnit * Double(nudging)))
    func complete(_ phase: NetworkSettling.Phase) -> NetworkSettling.Phase {
      var phase = phase
      let square = voltageUnit * voltageUnit
      phase.energy = square * (phase.energy + among * phase.time)
      phase.dissipated = square * (phase.dissipated + among * phase.time)
      phase.stored *= square
      return phase
    }
    found.free = complete(found.free)
    found.nudged = found.nudged.map(complete)
    return found
  }
}

extension EquilibriumPropagation {
  /// What each sample takes in `circuit`, a list per quantity.
  /// - Throws: `NumericalFailure` of the first sample that does not settle.
  package func measure(
    _ circuit: SettlingCircuit, _ x: Matrix<Float>, labels: [Int32]
  ) throws(NumericalFailure) -> [SampleFigures] {
    let found = Self.mapped((0..<x.rowCount).map { $0..<$0 + 1 }) { row in
      Result { () throws(NumericalFailure) in
        let lines = x.elements.withUnsafeBufferPointer {
          network.inputs($0.baseAddress! + row.lowerBound * x.columnCount, samples: 1)
        }
        let label = Int(labels[row.lowerBound])
        return try circuit.settling(
          network, lines: lines, target: (0..<network.outputCount).map { $0 == label ? 1 : 0 },
          nudging: nudging
        ).figures
      }
    }
    var samples: [[(name: String, value: Double, unit: String)]] = []
    for result in found { samples.append(try result.get()) }
    guard let first = samples.first else { return [] }
    return first.indices.map { k in
      SampleFigures(first[k].name, samples.map { $0[k].value }, first[k].unit)
    }
  }
}
