import Randomness

/// Passes of batches through a network forward and backward: keeps values, gradients and the arrays of the
/// operations; the weights of the sites belong to a `SiteEngine`.
///
/// Memory grows with the largest batch and is used again. Used by one thread at a time; the operations lay
/// their work over threads, and results do not depend on how many.
public final class GraphPass: @unchecked Sendable {
  private let name: String
  private let inputShape: [Int]
  private let layers: [Layer]
  private let output: Int
  private let sizes: [Int]
  /// The sizes of what each layer reads.
  private let inputSizes: [[Int]]
  private let plan: TrainingPlan
  private let tapes: [OperationTape]
  private let wantsInputGradient: Bool

  // The pass that went forward last.
  private let values = ScratchMemory()
  private let gradients = ScratchMemory()
  private let workspace = ScratchMemory()
  private var input: UnsafePointer<Float>?
  private var samples = 0
  private var pass = TrainingPass(key: StreamKey(seed: 0), isTraining: false)

  /// Passes through `network`, with the parameters of its operations as they are.
  ///
  /// - Parameter wantsInputGradient: whether `backward` finds the gradient at the network's input.
  public convenience init(_ network: Network, wantsInputGradient: Bool = false) {
    self.init(
      name: network.name, inputShape: network.inputShape, layers: network.layers,
      output: network.output, wantsInputGradient,
      tapes: network.layers.map { OperationTape($0.operation) })
  }

  private init(
    name: String, inputShape: [Int], layers: [Layer], output: Int, _ wantsInputGradient: Bool,
    tapes: [OperationTape]
  ) {
    self.name = name
    self.inputShape = inputShape
    self.layers = layers
    self.output = output
    self.tapes = tapes
    self.wantsInputGradient = wantsInputGradient
    sizes = [inputShape.reduce(1, *)] + layers.map { $0.operation.outputShape.reduce(1, *) }
    inputSizes = layers.map { [sizes] in $0.inputs.map { sizes[$0] } }
    plan = TrainingPlan(
      layers: layers, sizes: sizes, output: output, wantsInputGradient: wantsInputGradient)
  }

  /// Passes with the same parameters and buffers, and memory of their own.
  public func copy() -> GraphPass {
    GraphPass(
      name: name, inputShape: inputShape, layers: layers, output: output, wantsInputGradient,
      tapes: tapes.map { OperationTape(copying: $0) })
  }

  /// Whether `backward` asks `site` for the gradient at its inputs.
  public func passesErrors(site: Int) -> Bool {
    plan.steps.contains { step in
      guard let reader = layers[step.layer].operation as? any SiteReading else { return false }
      // Recurrent layers need it from step to step.
      return reader.sites.contains(site)
        && (!reader.isPlainProduct || step.targets.contains { $0 != .none })
    }
  }

  /// The results of the network for a batch.
  ///
  /// - Parameters:
  ///   - x: samples × the input shape; it stays as it is until `backward` returns.
  ///   - samples: how many samples the batch has, at least 1.
  ///   - engine: what carries out the products.
  /// - Returns: samples × the output shape, valid until the next `forward`.
  public func forward(
    _ x: UnsafePointer<Float>, samples: Int, _ pass: TrainingPass, engine: any SiteEngine
  ) -> UnsafePointer<Float> {
    precondition(samples > 0, "a batch has samples")
    (input, self.samples, self.pass) = (x, samples, pass)
    let room = values.floats(0, plan.valueSize * samples)
    for (k, layer) in layers.enumerated() where layer.operation.storage != .sameAsInput {
      layer.operation.forward(
        layer.inputs.map { value($0, room) },
        into: UnsafeMutablePointer(mutating: value(k + 1, room)),
        context(k, engine), tapes[k])
    }
    return value(output, room)
  }

  /// The gradients of everything that learns, from the gradient of the loss at the result of the last
  /// `forward`. Sites pass theirs to the engine, layer by layer, last layer first.
  ///
  /// - Parameter gradient: samples × the output shape; overwritten.
  public func backward(_ gradient: UnsafeMutablePointer<Float>, engine: any SiteEngine) {
    precondition(samples > 0, "a forward pass comes before the backward pass")
    let room = values.floats(0, plan.valueSize * samples)
    let errors = gradients.floats(0, plan.gradientSize * samples)
    func place(of value: Int) -> UnsafeMutablePointer<Float> {
      switch plan.gradients[value]! {
      case .caller: gradient
      case .workspace(let start): errors + start * samples
      }
    }
    for step in plan.steps {
      let layer = layers[step.layer]
      let above = place(of: step.layer + 1)
      if step.isComputed {
        let targets = zip(layer.inputs, step.targets).map { u, target in
          switch target {
          case .none, .addedAsIs: nil as UnsafeMutablePointer<Float>?
          case .first: place(of: u)
          case .added(let start): errors + start * samples
          }
        }
        layer.operation.adjoint(
          AdjointValues(
            inputs: layer.inputs.map { value($0, room) }, output: value(step.layer + 1, room),
            outputGradient: above, inputGradients: targets),
          context(step.layer, engine), tapes[step.layer])
      }
      for (u, target) in zip(layer.inputs, step.targets) {
        switch target {
        case .none, .first: break
        case .added(let start):
          add(errors + start * samples, to: place(of: u), count: samples * sizes[u])
        case .addedAsIs: add(above, to: place(of: u), count: samples * sizes[u])
        }
      }
    }
    inputGradient =
      wantsInputGradient && plan.gradients[0] != nil ? UnsafePointer(place(of: 0)) : nil
  }

  /// The gradient at the network's input, samples × the input shape, after `backward`; it may lie in the
  /// memory that `backward` was given. `nil` where it was not asked for or the result does not depend on
  /// the input.
  public private(set) var inputGradient: UnsafePointer<Float>?

  private func value(_ number: Int, _ room: UnsafeMutablePointer<Float>) -> UnsafePointer<Float> {
    switch plan.values[number] {
    case .caller: input!
    case .workspace(let start): UnsafePointer(room + start * samples)
    }
  }

  private func context(_ layer: Int, _ engine: any SiteEngine) -> TrainingContext {
    TrainingContext(
      samples: samples, pass: pass.layer(layer), engine: engine,
      inputSizes: inputSizes[layer], workspace: workspace)
  }

  private func add(
    _ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int
  ) {
    for i in 0..<count { target[i] += source[i] }
  }
}

extension GraphPass {
  /// The slopes that stand for the derivatives of spikes with respect to potentials in the last `forward`, samples × steps ×
  /// units, of the last layer of spiking units; `nil` where there is none.
  package func spikeSlopes() -> [Float]? {
    for (layer, tape) in zip(layers, tapes).reversed() {
      guard let units = layer.operation as? LeakyUnits, case .spiking = units.law else { continue }
      return units.slopes(samples: samples, tape)
    }
    return nil
  }

  /// Calls `body` for each parameter of the operations: "LAYER.weight", whether weight decay acts on it,
  /// its values and its gradient.
  public func forEachParameter(
    _ body: (
      _ name: String, _ decays: Bool, _ values: inout [Float], _ gradient: inout [Float]
    ) throws -> Void
  ) rethrows {
    for (layer, tape) in zip(layers, tapes) {
      for (k, array) in layer.operation.parameters.enumerated() {
        try body(
          "\(layer.name).\(array.name)", array.decays, &tape.parameters[k], &tape.gradients[k])
      }
    }
  }

  /// Calls `body` for each buffer of the operations: "LAYER.running_mean" and its values.
  public func forEachBuffer(
    _ body: (_ name: String, _ values: inout [Float]) throws -> Void
  ) rethrows {
    for (layer, tape) in zip(layers, tapes) {
      for (k, array) in layer.operation.buffers.enumerated() {
        try body("\(layer.name).\(array.name)", &tape.buffers[k])
      }
    }
  }

  /// The network with the parameters and buffers as they are now, and the weights of `sites`.
  public func network(sites: [ProductSite]) -> Network {
    let current = zip(layers, tapes).map { layer, tape in
      Layer(
        name: layer.name,
        operation: layer.operation.replacing(parameters: tape.parameters, buffers: tape.buffers),
        inputs: layer.inputs)
    }
    return Network(
      name: name, inputShape: inputShape, layers: current, sites: sites, output: output)
  }
}
