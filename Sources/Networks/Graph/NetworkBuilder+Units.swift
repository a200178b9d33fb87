public import InputOutput
public import LinearAlgebra

extension NetworkBuilder {
  /// Leaky integrate-and-fire neurons along the first axis: currents of time × units in, spikes of time × units out.
  ///
  /// - Parameters:
  ///   - recurrent: from unit to unit, units × units (row: the neuron that fires); `nil` for none.
  ///   - thresholds: what each neuron's threshold has beside that of the law; empty for none.
  /// - Throws: `InputError` where shapes do not fit or a number of the law is outside of its bounds.
  public mutating func integrateAndFire(
    _ x: Value, _ law: IntegrateAndFire, recurrent: Matrix<Float>? = nil,
    fixed: FixedWeights? = nil, thresholds: [Float] = [], name: String
  ) throws(InputError) -> Value {
    let shares = [law.decay, law.synapseDecay, law.adaptationDecay]
    let numbers = [law.leak, law.threshold, law.resetValue, law.adaptation, law.inhibition]
    guard shares.allSatisfy({ (0...1).contains($0) }), numbers.allSatisfy(\.isFinite),
      !law.floor.isNaN, law.refractorySteps >= 0, law.surrogate.width > 0,
      law.surrogate.width.isFinite
    else {
      throw fault(
        name,
        "decays lie in 0 … 1, the surrogate's width is above 0, and all numbers of neurons are finite"
      )
    }
    return try units(x, .spiking(law), recurrent, fixed, name, thresholds)
  }

  /// Units with a continuous state along the first axis: currents of time × units in, rates of time × units out.
  ///
  /// - Parameter recurrent: from unit to unit, units × units; `nil` for none.
  /// - Throws: `InputError` where shapes do not fit or a number of the law is outside of its bounds.
  public mutating func rateUnits(
    _ x: Value, _ law: RateUnit, recurrent: Matrix<Float>? = nil, fixed: FixedWeights? = nil,
    name: String
  ) throws(InputError) -> Value {
    let isValid =
      switch law {
      case .tanh(let leak): leak > 0 && leak <= 1
      case .sigmoid(let decay, let gain, let threshold):
        (0...1).contains(decay) && gain > 0 && gain.isFinite && threshold.isFinite
      }
    guard isValid else {
      throw fault(
        name,
        "the leak of tanh units lies in 0 … 1 and is not 0, the decay of sigmoid units in 0 … 1")
    }
    return try units(x, .rate(law), recurrent, fixed, name)
  }

  private mutating func units(
    _ x: Value, _ law: LeakyUnits.Law, _ recurrent: Matrix<Float>?, _ fixed: FixedWeights?,
    _ name: String, _ thresholds: [Float] = []
  ) throws(InputError) -> Value {
    let shape = shape(of: x)
    guard shape.count == 2 else {
      throw fault(
        name,
        "units with a memory take time × units, the value has the shape \(describe(shape: shape))")
    }
    guard thresholds.isEmpty || thresholds.count == shape[1] else {
      throw fault(name, "\(thresholds.count) thresholds are not one for each of \(shape[1]) units")
    }
    let first = sites.count
    if let recurrent {
      guard recurrent.rowCount == shape[1], recurrent.columnCount == shape[1] else {
        throw fault(
          name,
          "the recurrent matrix has \(recurrent.rowCount)×\(recurrent.columnCount) numbers, "
            + "\(shape[1]) units need \(shape[1])×\(shape[1])")
      }
      try append(
        SiteDraft(
          name: "\(name) recurrent", kind: .dense, weights: recurrent, bias: nil, vectors: shape[0],
          fixed: fixed)
      )
    }
    return try add(
      LeakyUnits(
        law: law, steps: shape[0], units: shape[1], sites: Array(first..<sites.count),
        thresholds: thresholds),
      [x], name: name)
  }
}
