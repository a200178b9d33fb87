import ArrayFiles
import InputOutput
import Networks

extension Backpropagation {
  /// Everything that the next step depends on: weights, what the optimiser remembers, the step.
  public func state() -> [(name: String, array: NumericArray)] {
    var copy = self
    var entries: [(name: String, array: NumericArray)] = [
      ("step", NumericArray(shape: [], integers: [Int64(step)]))
    ]
    for k in copy.layers.indices {
      copy.layers[k].forEachParameter { name, parameter in
        parameter.save(as: "layer.\(k).\(name)", to: &entries)
      }
      copy.layers[k].forEachMemory { name, _, values in
        guard !values.isEmpty else { return }
        entries.append(
          ("layer.\(k).\(name)", NumericArray(shape: [values.count], floats: values)))
      }
    }
    return entries
  }

  /// The arrays of `state()` that the layers keep for some time only, with their shapes.
  public var optionalState: [String: [Int]] {
    var copy = self
    var shapes: [String: [Int]] = [:]
    for k in copy.layers.indices {
      copy.layers[k].forEachMemory { name, count, _ in shapes["layer.\(k).\(name)"] = [count] }
    }
    return shapes
  }

  /// Goes back to a state that `state()` gave.
  /// - Throws: `InputError` where an array is missing or has another size.
  public mutating func restore(_ state: NamedArrays) throws(InputError) {
    let step = try state.array("step").integers?.first ?? 0
    for k in layers.indices {
      var fault: InputError?
      layers[k].forEachParameter { name, parameter in
        do throws(InputError) {
          if fault == nil { try parameter.restore("layer.\(k).\(name)", from: state) }
        } catch { fault = error }
      }
      layers[k].forEachMemory { name, count, values in
        state.take("layer.\(k).\(name)", count: count, into: &values, unless: &fault)
      }
      if let fault { throw fault }
    }
    self.step = Int(step)
  }

  /// Takes over the weights, biases, ranges and statistics of a network with the same layers; what the
  /// optimiser remembers begins anew.
  ///
  /// - Parameter state: what `state()` of that network gave. Ranges that it has not stay as they are.
  /// - Throws: `InputError` where a layer's weights are missing or have another size.
  public mutating func start(from state: NamedArrays) throws(InputError) {
    for k in layers.indices {
      var fault: InputError?
      layers[k].forEachParameter { name, parameter in
        let full = "layer.\(k).\(name)"
        guard fault == nil, name == "weight" || state[full] != nil else { return }
        do throws(InputError) {
          parameter.values = try state.floats(full, shape: [parameter.values.count])
        } catch { fault = error }
      }
      if let fault { throw fault }
      layers[k].forEachMemory { name, count, values in
        if let found = try? state.floats("layer.\(k).\(name)", shape: [count]) { values = found }
      }
    }
  }

  /// Forgets ranges that are found by calibration, so that the next pass finds them anew.
  mutating func recalibrate() { for k in layers.indices { layers[k].recalibrate() } }

  /// The network as a file tells it.
  public func exported(title: String) -> NetworkDescription {
    var all = ExportedLayer(layers: [])
    for (k, layer) in layers.enumerated() {
      all.append(layer.exported(name: "layer\(k + 1)"))
    }
    return NetworkDescription(
      title: title, inputShape: layers[0].inputShape, layers: all.layers,
      arrays: NamedArrays(source: title, all.arrays), converters: all.converters)
  }
}

extension NamedArrays {
  /// `values` become the `count` numbers called `name`, where there are any and nothing failed before.
  func take(
    _ name: String, count: Int, into values: inout [Float], unless fault: inout InputError?
  ) {
    guard fault == nil, self[name] != nil else { return }
    do throws(InputError) {
      values = try floats(name, shape: [count])
    } catch { fault = error }
  }
}

extension Parameter {
  /// Appends the values and what the optimiser remembers of them.
  public func save(as name: String, to entries: inout [(name: String, array: NumericArray)]) {
    for (suffix, values) in [("", values), (".first", first), (".second", second)] {
      if suffix.isEmpty || !values.isEmpty {
        entries.append((name + suffix, NumericArray(shape: [values.count], floats: values)))
      }
    }
  }

  /// Takes back what `save` wrote under `name`.
  /// - Throws: `InputError` where an array is missing or has another size.
  public mutating func restore(_ name: String, from state: NamedArrays) throws(InputError) {
    values = try state.floats(name, shape: [values.count])
    first = try Self.memory(name + ".first", values.count, state)
    second = try Self.memory(name + ".second", values.count, state)
  }

  private static func memory(
    _ name: String, _ count: Int, _ state: NamedArrays
  ) throws(InputError) -> [Float] {
    state[name] == nil ? [] : try state.floats(name, shape: [count])
  }
}
