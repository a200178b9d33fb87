extension Recurrent {
  var adjointReads: AdjointReads { [] }

  /// Whether slopes are taken from something else than gates and states.
  private func keepsKnown(_ direction: Int, _ engine: any SiteEngine) -> Bool {
    engine.convertsGates(site: site(direction))
      || activations[direction].contains { $0.adjointReads == .inputs }
  }

  private func memory(
    _ direction: Int, _ context: TrainingContext, _ tape: OperationTape
  ) -> RecurrentMemory {
    RecurrentMemory(
      self, samples: context.samples, scratch: tape.scratch,
      first: direction * RecurrentMemory.pieces, keeps: true,
      keepsKnown: keepsKnown(direction, context.engine))
  }

  /// Keeps the gates and states of all steps.
  func forward(
    _ inputs: LayerInputs, into output: LayerOutput, _ context: TrainingContext,
    _ tape: OperationTape
  ) {
    for direction in backwards.indices {
      run(
        direction, inputs[0], into: output, memory(direction, context, tape), context.engine,
        call: { $0 }
      ) { body in
        context.forEachBlock(size: gateWidth, body)
      }
    }
  }

  /// Backpropagation through time. Converted functions have the slopes of the smooth ones.
  func adjoint(_ values: AdjointValues, _ context: TrainingContext, _ tape: OperationTape) {
    for direction in backwards.indices {
      let errors = RecurrentErrors(self, context)
      runBack(
        direction, memory(direction, context, tape), errors, values.outputGradient,
        into: values.inputGradients[0], context)
    }
  }

  private func runBack(
    _ direction: Int, _ memory: RecurrentMemory, _ errors: RecurrentErrors,
    _ dy: UnsafePointer<Float>, into dx: UnsafeMutablePointer<Float>?, _ context: TrainingContext
  ) {
    let (samples, directions) = (context.samples, backwards.count)
    let block = (steps + 2) * directions * state
    for s in 0..<samples {
      let last = dy + s * block + (steps * directions + direction) * state
      (errors.state + s * state).update(from: last, count: state)
      if cell == .lstm && state == hidden {
        (errors.cell + s * hidden).update(from: last + directions * state, count: hidden)
      } else {
        (errors.cell + s * hidden).update(repeating: 0, count: hidden)
      }
    }
    for turn in (0..<steps).reversed() {
      let t = backwards[direction] ? steps - 1 - turn : turn
      for s in 0..<samples {
        let (from, to) = (
          dy + s * block + (t * directions + direction) * state, errors.state + s * state
        )
        for j in 0..<state { to[j] += from[j] }
      }
      stepBack(direction, turn, memory, errors, context, skipping: dx == nil ? inputs : 0)
      // What the matrices read: the inputs of this step and the states of the one before.
      for s in 0..<samples {
        let from = errors.joined + s * row
        if let dx {
          let to = dx + (s * steps + t) * inputs
          if direction == 0 {
            to.update(from: from, count: inputs)
          } else {
            for i in 0..<inputs { to[i] += from[i] }
          }
        }
        let to = errors.state + s * state
        for j in 0..<state { to[j] = errors.carried[s * state + j] + from[inputs + j] }
      }
    }
  }

  /// From the gradient at the states after `turn` to those at what its matrices read, in `errors.joined`;
  /// what passes by the matrices goes to `errors.carried`.
  private func stepBack(
    _ direction: Int, _ turn: Int, _ memory: RecurrentMemory, _ errors: RecurrentErrors,
    _ context: TrainingContext, skipping: Int
  ) {
    let (samples, site) = (context.samples, site(direction))
    let functions = activations[direction]
    let (engine, width) = (context.engine, gateWidth)
    var results = errors.state
    if isProjected {
      errors.projected(turn).update(from: errors.state, count: samples * state)
      engine.adjoint(
        site: site + 1, memory.unprojected(turn), errors.projected(turn), vectors: samples,
        into: errors.results, skipping: 0, call: turn)
      results = errors.results
    }
    let above = UnsafePointer(results)
    nonisolated(unsafe) let dh = above  // safe: samples are disjoint
    context.forEachBlock(size: width) { block in
      switch cell {
      case .plain:
        for s in block {
          let to = errors.gates(turn) + s * width
          to.update(from: dh + s * hidden, count: hidden)
          (errors.carried + s * state).update(repeating: 0, count: state)
        }
        slope(functions[0], errors.gates(turn), memory.known(gates: turn), block, hidden, width)
      case .lstm: lstmBack(turn, memory, errors, dh, block, functions)
      case .gruResetAfter:
        let candidates = memory.gates(turn) + 2 * hidden
        blendBack(
          turn, memory, errors, dh, block, candidates, width,
          into: errors.gates(turn) + 2 * hidden, width)
        slope(
          functions[1], errors.gates(turn) + 2 * hidden, memory.known(gates: turn) + 2 * hidden,
          block,
          hidden, width)
        for s in block {
          let (z, d) = (memory.gates(turn) + s * width, errors.gates(turn) + s * width)
          for j in 0..<hidden {
            let sum = d[2 * hidden + j]
            d[hidden + j] = sum * z[3 * hidden + j]
            d[3 * hidden + j] = sum * z[hidden + j]
          }
        }
        slope(functions[0], errors.gates(turn), memory.known(gates: turn), block, 2 * hidden, width)
      case .gruResetBefore:
        blendBack(
          turn, memory, errors, dh, block, memory.candidate(turn), hidden,
          into: errors.candidate(turn), hidden)
        slope(
          functions[1], errors.candidate(turn),
          memory.known(states: turn, or: memory.candidate(turn)), block, hidden, hidden)
      }
    }
    if cell == .gruResetBefore {
      engine.adjoint(
        site: site + 1, memory.reset(turn), errors.candidate(turn), vectors: samples,
        into: errors.reset, skipping: skipping, call: turn)
      for s in 0..<samples {
        let from = errors.reset + s * row + inputs
        let (r, d) = (
          memory.gates(turn) + s * width + hidden, errors.gates(turn) + s * width + hidden
        )
        let h = memory.joined(turn) + s * row + inputs
        let carried = errors.carried + s * state
        for j in 0..<hidden {
          d[j] = from[j] * h[j]
          carried[j] += from[j] * r[j]
        }
      }
      slope(
        functions[0], errors.gates(turn), memory.known(gates: turn), 0..<samples, 2 * hidden, width)
    }
    engine.adjoint(
      site: site, memory.joined(turn), errors.gates(turn), vectors: samples, into: errors.joined,
      skipping: skipping, call: turn)
    if cell == .gruResetBefore, skipping == 0 {
      for s in 0..<samples {
        for i in s * row..<s * row + inputs { errors.joined[i] += errors.reset[i] }
      }
    }
  }

  private func lstmBack(
    _ turn: Int, _ memory: RecurrentMemory, _ errors: RecurrentErrors, _ dh: UnsafePointer<Float>,
    _ block: Range<Int>, _ functions: [Activation]
  ) {
    let width = gateWidth
    let (gates, before) = (memory.gates(turn), memory.cell(turn))
    let squashed = memory.squashed(turn)
    for s in block {
      let (o, at) = (gates + s * width + hidden, s * hidden)
      let (to, d) = (errors.squashed + at, errors.gates(turn) + s * width + hidden)
      for j in 0..<hidden {
        to[j] = dh[at + j] * o[j]
        d[j] = dh[at + j] * squashed[at + j]
      }
    }
    slope(
      functions[2], errors.squashed, memory.known(states: turn, or: squashed), block, hidden, hidden
    )
    for s in block {
      let (z, d, at) = (gates + s * width, errors.gates(turn) + s * width, s * hidden)
      let (dc, direct) = (errors.cell + at, errors.squashed + at)
      for j in 0..<hidden {
        let sum = dc[j] + direct[j]
        d[j] = sum * z[3 * hidden + j]
        d[2 * hidden + j] = sum * before[at + j]
        d[3 * hidden + j] = sum * z[j]
        dc[j] = sum * z[2 * hidden + j]
      }
      (errors.carried + s * state).update(repeating: 0, count: state)
    }
    let known = memory.known(gates: turn)
    slope(functions[0], errors.gates(turn), known, block, 3 * hidden, width)
    slope(functions[1], errors.gates(turn) + 3 * hidden, known + 3 * hidden, block, hidden, width)
  }

  /// The gradients of h = (1 − z)·n + z·h at n, at the sums of z before its function, and at the h before.
  private func blendBack(
    _ turn: Int, _ memory: RecurrentMemory, _ errors: RecurrentErrors, _ dh: UnsafePointer<Float>,
    _ block: Range<Int>, _ candidates: UnsafePointer<Float>, _ stride: Int,
    into errorsOfCandidates: UnsafeMutablePointer<Float>, _ errorStride: Int
  ) {
    let width = gateWidth
    for s in block {
      let (z, n) = (memory.gates(turn) + s * width, candidates + s * stride)
      let h = memory.joined(turn) + s * row + inputs
      let (dz, dn) = (errors.gates(turn) + s * width, errorsOfCandidates + s * errorStride)
      let (above, carried) = (dh + s * state, errors.carried + s * state)
      for j in 0..<hidden {
        let d = above[j]
        dz[j] = d * (h[j] - n[j])
        dn[j] = d * (1 - z[j])
        carried[j] = d * z[j]
      }
    }
  }

  private func slope(
    _ function: Activation, _ gradient: UnsafeMutablePointer<Float>,
    _ known: UnsafePointer<Float>, _ block: Range<Int>, _ count: Int, _ stride: Int
  ) {
    for s in block {
      function.multiplyBySlope(
        UnsafeMutableBufferPointer(start: gradient + s * stride, count: count), known + s * stride)
    }
  }
}
