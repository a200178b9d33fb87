import DeviceModels
import LinearAlgebra

extension LayeredNetwork {
  /// Targets of the outputs in volts, and how strongly the outputs are nudged toward them, β in siemens; β may be negative.
  package struct Nudge: Hashable, Sendable {
    package var targets: [Double]
    package var strength: Double

    package init(targets: [Double], strength: Double) {
      (self.targets, self.strength) = (targets, strength)
    }
  }
}

extension LayeredSystem {
  /// What leaves the units at some voltages.
  struct Currents {
    /// Amperes, one a unit.
    var leaving: [Double]
    /// The derivatives of the currents of each unit's diodes by its voltage, in siemens.
    var slopes: [Double]
    /// Those of cells with a law of their own, units × units; empty where there are none.
    var cellSlopes: [Double]
    /// The sums of the sizes of the currents at each unit, in amperes.
    var sizes: [Double]
    /// The largest of them.
    var size: Double { sizes.reduce(0, max) }

    mutating func add(_ j: Int, _ current: Double) {
      leaving[j] += current
      sizes[j] += abs(current)
    }
  }

  /// Amperes that inputs behind ohmic cells, biases and the nudging's sources feed into the units.
  func fed(_ inputs: [Double], _ nudge: LayeredNetwork.Nudge?) -> [Double] {
    precondition(inputs.count == layered.inputCount, "a voltage per input")
    var fed = [Double](repeating: 0, count: count)
    if let fromInputs {
      let width = fromInputs.columnCount
      fromInputs.elements.withUnsafeBufferPointer { siemens in
        fed.withUnsafeMutableBufferPointer { fed in
          for (i, v) in inputs.enumerated() where v != 0 {
            let row = siemens.baseAddress! + i * width
            for j in 0..<width { fed[j] += row[j] * v }
          }
        }
      }
    }
    for (l, layer) in layered.layers.enumerated() where !layer.biases.isEmpty {
      for (j, bias) in zip(units[l], layer.biases) { fed[j] += bias }
    }
    if let nudge {
      for (j, target) in zip(units[units.count - 1], nudge.targets) {
        fed[j] += nudge.strength * target
      }
    }
    return fed
  }

  func currents(
    _ state: UnitState, _ inputs: [Double], _ fed: [Double], _ strength: Double
  ) -> Currents {
    let (n, v) = (count, state.voltages)
    var result = Currents(
      leaving: fed.map { -$0 }, slopes: Array(repeating: 0, count: n),
      cellSlopes: hasCellLaws ? Array(repeating: 0, count: n * n) : [], sizes: fed.map { abs($0) })
    siemens.withUnsafeBufferPointer { a in
      result.leaving.withUnsafeMutableBufferPointer { leaving in
        result.sizes.withUnsafeMutableBufferPointer { sizes in
          // The matrix is symmetric: its rows are its columns.
          for k in 0..<n {
            let (column, volts) = (a.baseAddress! + k * n, v[k])
            for j in 0..<n {
              let part = column[j] * volts
              leaving[j] += part
              sizes[j] += abs(part)
            }
          }
        }
      }
    }
    for j in units[units.count - 1] where strength != 0 { result.leaving[j] += strength * v[j] }
    for (l, layer) in layered.layers.enumerated() {
      if layer.law != .ohmic { addCells(l, state, inputs, &result) }
      guard let diode = layer.diode else { continue }
      for j in units[l] {
        // Diodes conduct into the unit below its lower bound and out of it above its upper bound.
        if bounds[j].lowerBound > -.infinity {
          let point = diode.point(bounds[j].lowerBound - v[j])
          result.add(j, -point.current)
          result.slopes[j] += point.slope
        }
        if bounds[j].upperBound < .infinity {
          let point = diode.point(v[j] - bounds[j].upperBound)
          result.add(j, point.current)
          result.slopes[j] += point.slope
        }
      }
    }
    return result
  }

  /// Adds the cells of layer `l`, which have a law of their own.
  private func addCells(
    _ l: Int, _ state: UnitState, _ inputs: [Double], _ result: inout Currents
  ) {
    let (n, layer) = (count, layered.layers[l])
    let below = voltages(l - 1, inputs, state)
    for (i, w) in below.enumerated() {
      for (k, j) in units[l].enumerated() {
        let point = layer.law.point(
          conductance: layer.conductances[i, k], voltage: w - state.voltages[j])
        result.add(j, -point.current)
        result.cellSlopes[j * n + j] += point.slope
        guard l > 0 else { continue }
        let word = units[l - 1].lowerBound + i
        result.add(word, point.current)
        result.cellSlopes[word * n + word] += point.slope
        result.cellSlopes[word * n + j] -= point.slope
        result.cellSlopes[j * n + word] -= point.slope
      }
    }
  }
}
