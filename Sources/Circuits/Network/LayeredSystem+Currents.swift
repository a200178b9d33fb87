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
    /// Their derivatives by the voltages in siemens, units × units; what stands above the diagonal counts too.
    var slopes: [Double]
    /// The sums of the sizes of the currents at each unit, in amperes.
    var sizes: [Double]
    /// The largest of them.
    var size: Double { sizes.max() ?? 0 }

    mutating func add(_ j: Int, _ current: Double) {
      leaving[j] += current
      sizes[j] += abs(current)
    }
  }

  func layer(of unit: Int) -> Int { units.firstIndex { $0.contains(unit) }! }

  func bounds(of unit: Int) -> ClosedRange<Double> {
    let l = layer(of: unit)
    return layered.layers[l].bounds[unit - units[l].lowerBound]
  }

  func hasIdealDiode(_ unit: Int) -> Bool {
    let bounds = bounds(of: unit)
    return layered.layers[layer(of: unit)].diode == nil
      && (bounds.lowerBound > -.infinity || bounds.upperBound < .infinity)
  }

  /// Amperes that inputs behind ohmic cells, biases and the nudging's sources feed into the units.
  func fed(_ inputs: [Double], _ nudge: LayeredNetwork.Nudge?) -> [Double] {
    precondition(inputs.count == layered.inputCount, "a voltage per input")
    var fed = [Double](repeating: 0, count: count)
    if let fromInputs {
      for j in units[0] {
        var sum = 0.0
        for (i, v) in inputs.enumerated() where v != 0 { sum += fromInputs[j, i] * v }
        fed[j] = sum
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
    let n = count
    let v = state.voltages
    var result = Currents(
      leaving: fed.map { -$0 }, slopes: siemens, sizes: fed.map { abs($0) })
    siemens.withUnsafeBufferPointer { a in
      for j in 0..<n {
        let row = a.baseAddress! + j * n
        var (sum, size) = (0.0, 0.0)
        for k in 0..<n {
          let part = row[k] * v[k]
          sum += part
          size += abs(part)
        }
        result.leaving[j] += sum
        result.sizes[j] += size
      }
    }
    for j in units[units.count - 1] where strength != 0 {
      result.leaving[j] += strength * v[j]
      result.slopes[j * n + j] += strength
    }
    for (l, layer) in layered.layers.enumerated() {
      if layer.law != .ohmic { addCells(l, state, inputs, &result) }
      guard let diode = layer.diode else { continue }
      for (k, j) in units[l].enumerated() {
        let bounds = layer.bounds[k]
        // Diodes conduct into the unit below its lower bound and out of it above its upper bound.
        if bounds.lowerBound > -.infinity {
          let point = diode.point(bounds.lowerBound - v[j])
          result.add(j, -point.current)
          result.slopes[j * n + j] += point.slope
        }
        if bounds.upperBound < .infinity {
          let point = diode.point(v[j] - bounds.upperBound)
          result.add(j, point.current)
          result.slopes[j * n + j] += point.slope
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
        result.slopes[j * n + j] += point.slope
        guard l > 0 else { continue }
        let word = units[l - 1].lowerBound + i
        result.add(word, point.current)
        result.slopes[word * n + word] += point.slope
        result.slopes[word * n + j] -= point.slope
        result.slopes[j * n + word] -= point.slope
      }
    }
  }
}
