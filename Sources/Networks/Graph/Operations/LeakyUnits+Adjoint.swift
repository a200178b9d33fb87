internal import CActivationKernels

extension LeakyUnits {
  var adjointReads: AdjointReads { [] }

  /// Keeps potentials and results of all steps.
  func forward(
    _ inputs: LayerInputs, into output: LayerOutput, _ context: TrainingContext,
    _ tape: OperationTape
  ) {
    run(
      inputs[0], into: output, memory(context, tape), tape.buffers.first ?? [], context.samples,
      context.engine, call: { $0 }
    ) { body in
      context.forEachBlock(size: units, body)
    }
  }

  private func memory(_ context: TrainingContext, _ tape: OperationTape) -> UnitMemory {
    UnitMemory(
      steps: steps, size: context.samples * units, isPlain: isPlain, scratch: tape.scratch,
      keeps: true)
  }

  /// Backpropagation through time, with surrogate gradients where units fire.
  func adjoint(_ values: AdjointValues, _ context: TrainingContext, _ tape: OperationTape) {
    let (samples, size) = (context.samples, context.samples * units)
    let memory = UnitMemory(
      kept: steps, size: size, isPlain: isPlain, scratch: tape.scratch)
    let errors = UnitErrors(steps: steps, size: size, context.workspace)
    nonisolated(unsafe) let (above, below) = (values.outputGradient, values.inputGradients[0])
    for turn in (0..<steps).reversed() {
      context.forEachBlock(size: units) { block in
        for s in block {
          let (at, from) = (s * units, (s * steps + turn) * units)
          let state = errors.state + at
          for i in 0..<units { state[i] += above[from + i] }
          switch law {
          case .spiking(let law): back(law, turn, at, memory, errors)
          case .rate(let law): back(law, turn, at, memory, errors)
          }
          if let below { (below + from).update(from: errors.current(turn) + at, count: units) }
        }
      }
      // What the results of the step before get through the matrix and, for tanh, past it.
      guard let site = sites.first else {
        errors.state.update(from: errors.carried, count: size)
        continue
      }
      context.engine.adjoint(
        site: site, memory.state(turn), errors.current(turn), vectors: samples, into: errors.state,
        skipping: 0, call: turn)
      if carriesResults {
        for i in 0..<size { errors.state[i] += errors.carried[i] }
      }
    }
  }

  /// Whether results reach the next step in another way than through the matrix.
  private var carriesResults: Bool {
    if case .spiking(let law) = law { law.inhibition != 0 } else { true }
  }

  /// From the gradient at the spikes of a turn to that at its currents.
  private func back(
    _ law: IntegrateAndFire, _ turn: Int, _ at: Int, _ memory: UnitMemory, _ errors: UnitErrors
  ) {
    var numbers = self.numbers(of: law)
    let kept = memory.fireState(turn, of: steps, at)
    let (dCurrent, carried) = (errors.current(turn) + at, errors.carried + at)
    ow_fire_back(
      &numbers, units, kept.potential, kept.integrates, kept.added, memory.state(turn + 1) + at,
      errors.state + at, errors.potential + at, errors.added + at, errors.synapse + at, dCurrent)
    guard law.inhibition != 0 else { return }
    var all: Float = 0
    for i in 0..<units { all += dCurrent[i] }
    for i in 0..<units { carried[i] = -law.inhibition * (all - dCurrent[i]) }
  }

  /// The slopes that stand for dS/dV in the last `forward`, samples × steps × units: 0 in refractory steps.
  /// - Precondition: the units spike.
  func slopes(samples: Int, _ tape: OperationTape) -> [Float] {
    guard case .spiking(let law) = law else {
      preconditionFailure("units with a rate do not spike")
    }
    let memory = UnitMemory(
      kept: steps, size: samples * units, isPlain: isPlain, scratch: tape.scratch)
    var numbers = self.numbers(of: law)
    var result = [Float](repeating: 0, count: samples * steps * units)
    result.withUnsafeMutableBufferPointer { slopes in
      for turn in 0..<steps {
        for s in 0..<samples {
          let kept = memory.fireState(turn, of: steps, s * units)
          ow_fire_slopes(
            &numbers, units, kept.potential, kept.integrates, kept.added,
            slopes.baseAddress! + (s * steps + turn) * units)
        }
      }
    }
    return result
  }

  private func back(
    _ law: RateUnit, _ turn: Int, _ at: Int, _ memory: UnitMemory, _ errors: UnitErrors
  ) {
    let (potential, after) = (memory.potential(turn) + at, memory.state(turn + 1) + at)
    let (dState, dLeft) = (errors.state + at, errors.potential + at)
    let (dCurrent, carried) = (errors.current(turn) + at, errors.carried + at)
    switch law {
    case .tanh(let leak):
      for i in 0..<units {
        dCurrent[i] = leak * dState[i] * (1 - potential[i] * potential[i])
        carried[i] = (1 - leak) * dState[i]
      }
    case .sigmoid(let decay, let gain, _):
      for i in 0..<units {
        let dv = dLeft[i] + gain * after[i] * (1 - after[i]) * dState[i]
        dCurrent[i] = dv
        dLeft[i] = decay * dv
        carried[i] = 0
      }
    }
  }
}

/// The gradients of a layer of units, samples × units each.
private struct UnitErrors: @unchecked Sendable {  // Sendable: threads use disjoint samples
  /// At the results of a turn, and what of it passes by the matrix to the turn before.
  let state, carried: UnsafeMutablePointer<Float>
  /// At the potentials after their reset, at what is added to thresholds, and at the currents of the synapses.
  let potential, added, synapse: UnsafeMutablePointer<Float>
  private let currents: UnsafeMutablePointer<Float>
  private let size: Int

  init(steps: Int, size: Int, _ memory: ScratchMemory) {
    self.size = size
    state = memory.floats(0, size)
    carried = memory.floats(1, size)
    potential = memory.floats(2, size)
    added = memory.floats(3, size)
    synapse = memory.floats(4, size)
    // One step behind the other, as sites are promised.
    currents = memory.floats(5, steps * size)
    for piece in [state, carried, potential, added, synapse] {
      piece.update(repeating: 0, count: size)
    }
  }

  /// At the currents of a turn.
  func current(_ turn: Int) -> UnsafeMutablePointer<Float> { currents + turn * size }
}
