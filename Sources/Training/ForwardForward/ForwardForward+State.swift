import ArrayFiles
import InputOutput
import LinearAlgebra
import Networks

extension ForwardForward {
  /// Everything that the next step depends on.
  public func state() -> [(name: String, array: NumericArray)] {
    var entries: [(name: String, array: NumericArray)] = [
      ("step", NumericArray(shape: [], integers: [Int64(step)]))
    ]
    var copy = self
    copy.forEachArray { name, values in
      entries.append((name, NumericArray(shape: [values.count], floats: values)))
    }
    for k in layers.indices {
      copy.layers[k].hardware?.forEachMemory { name, _, values in
        if values.isEmpty { return }
        entries.append(
          ("layer.\(k).\(name)", NumericArray(shape: [values.count], floats: values)))
      }
    }
    var visitor = InSituState()
    copy.visitCells(&visitor)
    return entries + visitor.entries
  }

  /// The arrays of `state()` that the layers keep for some time only, with their shapes.
  public var optionalState: [String: [Int]] {
    var copy = self
    var shapes: [String: [Int]] = [:]
    for k in copy.layers.indices {
      copy.layers[k].hardware?.forEachMemory { name, count, _ in
        shapes["layer.\(k).\(name)"] = [count]
      }
    }
    return shapes
  }

  /// Goes back to a state that `state()` gave.
  /// - Throws: `InputError` where an array is missing or has another size.
  public mutating func restore(_ state: NamedArrays) throws(InputError) {
    var fault: InputError?
    forEachArray { name, values in
      do throws(InputError) {
        if fault == nil { values = try state.floats(name, shape: [values.count]) }
      } catch { fault = error }
    }
    if let fault { throw fault }
    for k in layers.indices {
      layers[k].hardware?.forEachMemory { name, count, values in
        state.take("layer.\(k).\(name)", count: count, into: &values, unless: &fault)
      }
    }
    if let fault { throw fault }
    var visitor = InSituState(restoring: state)
    visitCells(&visitor)
    if let fault = visitor.fault { throw fault }
    step = Int(try state.array("step").integers?.first ?? 0)
  }

  /// The network with the softmax head as one graph: where the layers learn from labels, a neutral label
  /// over the first inputs; the layers with length normalisation between; the head on all but the first.
  public func exported() -> NetworkDescription {
    var all = ExportedLayer(layers: [])
    if rule.negatives == .labels {
      all.layers.append(
        .overlay(count: classCount, value: rule.labelStrength / Float(classCount)))
    }
    all.layers.append(.lengthNormalization)
    var normalised: [Int] = []
    for (k, layer) in layers.enumerated() {
      all.append(
        DenseLayer(
          weights: Matrix(
            rowCount: layer.inputCount, columnCount: layer.unitCount,
            elements: layer.cells?.weights ?? layer.weights),
          bias: layer.bias, activation: .relu
        ).exported(name: "layer\(k + 1)"))
      all.layers.append(.lengthNormalization)
      if k > 0 { normalised.append(all.layers.count) }
    }
    if normalised.count > 1 { all.layers.append(.concatenate(normalised)) }
    all.append(
      DenseLayer(
        weights: Matrix(
          rowCount: head.inputCount, columnCount: classCount, elements: head.weights),
        bias: head.bias, activation: .identity
      ).exported(name: "softmax"))
    return NetworkDescription(
      title: "trained by forward-forward", inputShape: [layers[0].inputCount],
      layers: all.layers, arrays: NamedArrays(source: "forward-forward", all.arrays))
  }

  private mutating func visitCells(_ visitor: inout InSituState) {
    for k in layers.indices where layers[k].cells != nil {
      visitor.scope = "layer.\(k).cells."
      layers[k].cells!.visit(&visitor)
    }
  }

  private mutating func forEachArray(_ body: (String, inout [Float]) -> Void) {
    for k in layers.indices {
      body("layer.\(k).weight", &layers[k].weights)
      body("layer.\(k).bias", &layers[k].bias)
      body("layer.\(k).weight.delta", &layers[k].weightDelta)
      body("layer.\(k).bias.delta", &layers[k].biasDelta)
      body("layer.\(k).mean", &layers[k].meanActivity)
      guard layers[k].hardware != nil else { continue }
      body("layer.\(k).input-range", &layers[k].hardware!.inputRange.values)
      body("layer.\(k).output-ranges", &layers[k].hardware!.outputRanges.values)
    }
    body("softmax.weight", &head.weights)
    body("softmax.bias", &head.bias)
    body("softmax.weight.delta", &head.weightDelta)
    body("softmax.bias.delta", &head.biasDelta)
  }
}
