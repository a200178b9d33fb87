import DeviceModels
import LinearAlgebra
import NumericalMethods

/// A layered network in the voltages of its units alone.
///
/// Arrays of ohmic cells are reduced to their terminals once (`ReducedArray`), whatever their wires are; cells with a law
/// of their own need ideal wires and are evaluated one by one. What is left for every sample is Kirchhoff's law of the units,
/// A·u + Σ I_cell(u) + Σ I_diode(u) = f: Newton's method with a line search on the convex co-content, and principal pivoting
/// for ideal diodes. Exact up to rounding, as `ResistiveNetwork.steadyState` is for the whole circuit.
package struct LayeredSystem: Sendable {
  /// What is solved.
  package let layered: LayeredNetwork
  /// Which units belong to each layer.
  package let units: [Range<Int>]
  /// Siemens between units of ohmic arrays, units × units, without nudging.
  let siemens: [Double]
  /// Siemens from inputs to units of the first layer, inputs × units; `nil` where the first array's cells have a law.
  let fromInputs: Matrix<Double>?
  /// What the diodes of each unit allow, in volts.
  let bounds: [ClosedRange<Double>]
  /// The units that ideal diodes may hold.
  let ideal: [Int]
  /// Whether currents at each unit that is not held are linear in the voltages.
  let isLinear: [Bool]
  /// All units, those with linear currents first.
  let order: [Int]
  /// Whether cells have a law of their own.
  let hasCellLaws: Bool
  let arrays: ReducedArrays

  /// How many units there are.
  package var count: Int { units[units.count - 1].upperBound }

  /// Eliminates the wires.
  /// - Throws: `InputError` where conductances or wires are not those of an array; `NumericalFailure` where wires cannot be
  ///   eliminated.
  /// - Precondition: no amplifiers and no pairs of outputs; arrays with wires have ohmic cells.
  package init(_ layered: LayeredNetwork) throws {
    precondition(
      !layered.hasOutputPairs && layered.layers.allSatisfy { $0.gain == 1 },
      "single outputs without amplifiers")
    precondition(
      layered.layers.allSatisfy { $0.law == .ohmic || $0.wires == nil }, "wires join ohmic cells")
    self.layered = layered
    var units: [Range<Int>] = []
    for layer in layered.layers {
      let first = units.last?.upperBound ?? 0
      units.append(first..<first + layer.count)
    }
    self.units = units
    let layers = layered.layers
    bounds = layers.flatMap(\.bounds)
    let bounded = bounds.map { $0.lowerBound > -.infinity || $0.upperBound < .infinity }
    ideal = units.indices.flatMap { l in
      units[l].filter { layers[l].diode == nil && bounded[$0] }
    }
    let isLinear = units.indices.flatMap { l in
      let isOhmic =
        layers[l].law == .ohmic && (l + 1 == layers.count || layers[l + 1].law == .ohmic)
      return units[l].map { isOhmic && (layers[l].diode == nil || !bounded[$0]) }
    }
    self.isLinear = isLinear
    order = isLinear.indices.filter { isLinear[$0] } + isLinear.indices.filter { !isLinear[$0] }
    hasCellLaws = layers.contains { $0.law != .ohmic }
    let n = units[units.count - 1].upperBound
    var siemens = [Double](repeating: 0, count: n * n)
    var fromInputs: Matrix<Double>?
    var arrays: [ReducedArray?] = []
    for (l, layer) in layered.layers.enumerated() {
      guard layer.law == .ohmic else {
        arrays.append(nil)
        continue
      }
      let array = try ReducedArray(layer, floatsWords: l > 0)
      arrays.append(array)
      let y = array.admittance
      if l == 0 {
        // By reciprocity: what a bit line at 1 V draws from each input.
        var coupling = Matrix<Double>(
          rowCount: array.rowCount, columnCount: layer.count, repeating: 0)
        for j in 0..<layer.count {
          for i in 0..<array.rowCount { coupling[i, j] = -y[i, j] }
          for k in 0..<layer.count { siemens[k * n + j] += y[array.rowCount + k, j] }
        }
        fromInputs = coupling
      } else {
        let first = units[l - 1].lowerBound
        for a in 0..<y.rowCount {
          for b in 0..<y.columnCount { siemens[(first + a) * n + first + b] += y[a, b] }
        }
      }
    }
    self.siemens = siemens
    self.fromInputs = fromInputs
    self.arrays = ReducedArrays(arrays)
  }

  /// The voltages of layer `layer`'s units, or of the inputs for −1.
  func voltages(_ layer: Int, _ inputs: [Double], _ state: UnitState) -> ArraySlice<Double> {
    layer < 0 ? inputs[...] : state.voltages[units[layer]]
  }
}

/// The reduced arrays of a system, which one thread at a time uses.
///
/// - Note: `@unchecked`: the arrays are read-only but for CHOLMOD's workspace; `LayeredSystem.cellVoltages`, which needs it, is
///   called by one thread.
struct ReducedArrays: @unchecked Sendable {
  let list: [ReducedArray?]
  init(_ list: [ReducedArray?]) { self.list = list }
}

/// The voltages of all units of a layered network, layer after layer.
package struct UnitState: Sendable {
  /// Volts.
  package var voltages: [Double]
  /// At which bound an ideal diode holds each unit.
  package var sides: [Side]

  /// Where an ideal diode holds a unit.
  package enum Side: Sendable { case free, lower, upper }

  /// `count` units at 0 V, not held.
  init(count: Int) {
    self.init(
      voltages: Array(repeating: 0, count: count), sides: Array(repeating: .free, count: count))
  }

  package init(voltages: [Double], sides: [Side]) {
    (self.voltages, self.sides) = (voltages, sides)
  }
}
