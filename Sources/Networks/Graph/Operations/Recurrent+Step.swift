extension Recurrent {
  /// One time step of all samples: reads joined inputs and states of `turn`, leaves the states in those of
  /// the next.
  func step(
    _ direction: Int, _ turn: Int, _ memory: RecurrentMemory, _ engine: any ProductEngine,
    call: Int, _ overBlocks: (@Sendable (Range<Int>) -> Void) -> Void
  ) {
    let (samples, row, width, hidden) = (memory.samples, row, gateWidth, hidden)
    let site = site(direction)
    engine.multiply(
      site: site, UnsafeBufferPointer(start: memory.joined(turn), count: samples * row),
      vectors: samples,
      into: UnsafeMutableBufferPointer(start: memory.gates(turn), count: samples * width),
      call: call)
    overBlocks { block in
      let functions = StepFunctions(
        engine: engine, functions: activations[direction], site: site, block: block, call: call)
      switch cell {
      case .plain: plain(turn, memory, functions)
      case .lstm: lstm(turn, memory, functions)
      case .gruResetAfter: gruAfter(turn, memory, functions)
      case .gruResetBefore: resetGates(turn, memory, functions)
      }
    }
    if isProjected {
      let projected = memory.projected(turn)
      engine.multiply(
        site: site + 1,
        UnsafeBufferPointer(start: memory.unprojected(turn), count: samples * hidden),
        vectors: samples,
        into: UnsafeMutableBufferPointer(start: projected, count: samples * state),
        call: call)
      for s in 0..<samples {
        (memory.joined(turn + 1) + s * row + inputs).update(
          from: projected + s * state, count: state)
      }
    }
    if cell == .gruResetBefore {
      engine.multiply(
        site: site + 1, UnsafeBufferPointer(start: memory.reset(turn), count: samples * row),
        vectors: samples,
        into: UnsafeMutableBufferPointer(start: memory.candidate(turn), count: samples * hidden),
        call: call)
      overBlocks { block in
        let functions = StepFunctions(
          engine: engine, functions: activations[direction], site: site + 1, block: block,
          call: call)
        candidates(turn, memory, functions)
      }
    }
  }

  private func plain(_ turn: Int, _ memory: RecurrentMemory, _ functions: StepFunctions) {
    let gates = memory.gates(turn)
    functions.apply(
      0, gates, count: hidden, stride: hidden,
      known: memory.knownGates == nil
        ? nil : memory.known(gates: turn))
    for s in functions.block {
      (memory.joined(turn + 1) + s * row + inputs).update(from: gates + s * hidden, count: hidden)
    }
  }

  private func lstm(_ turn: Int, _ memory: RecurrentMemory, _ functions: StepFunctions) {
    let (gates, width) = (memory.gates(turn), gateWidth)
    let known = memory.knownGates == nil ? nil : memory.known(gates: turn)
    functions.apply(0, gates, count: 3 * hidden, stride: width, known: known)
    functions.apply(
      1, gates + 3 * hidden, count: hidden, stride: width, known: known.map { $0 + 3 * hidden },
      column: 3 * hidden)
    let (before, after) = (memory.cell(turn), memory.cell(turn + 1))
    let squashed = memory.squashed(turn)
    for s in functions.block {
      let (z, from) = (gates + s * width, before + s * hidden)
      let (to, squash) = (after + s * hidden, squashed + s * hidden)
      for j in 0..<hidden {
        let c = z[2 * hidden + j] * from[j] + z[j] * z[3 * hidden + j]
        to[j] = c
        squash[j] = c
      }
    }
    functions.apply(
      2, squashed, count: hidden, stride: hidden,
      known: memory.knownStates == nil
        ? nil : memory.known(states: turn, or: squashed), column: hidden, isState: true)
    let result = isProjected ? memory.unprojected(turn) : memory.joined(turn + 1) + inputs
    let stride = isProjected ? hidden : row
    for s in functions.block {
      let (o, squash, h) = (gates + s * width + hidden, squashed + s * hidden, result + s * stride)
      for j in 0..<hidden { h[j] = o[j] * squash[j] }
    }
  }

  private func gruAfter(_ turn: Int, _ memory: RecurrentMemory, _ functions: StepFunctions) {
    let (gates, width) = (memory.gates(turn), gateWidth)
    let known = memory.knownGates == nil ? nil : memory.known(gates: turn)
    functions.apply(0, gates, count: 2 * hidden, stride: width, known: known)
    for s in functions.block {
      let z = gates + s * width
      for j in 0..<hidden { z[2 * hidden + j] += z[hidden + j] * z[3 * hidden + j] }
    }
    functions.apply(
      1, gates + 2 * hidden, count: hidden, stride: width, known: known.map { $0 + 2 * hidden },
      column: 2 * hidden, isState: true)
    blend(turn, memory, functions.block, gates + 2 * hidden, stride: width)
  }

  private func resetGates(_ turn: Int, _ memory: RecurrentMemory, _ functions: StepFunctions) {
    let (gates, width) = (memory.gates(turn), gateWidth)
    functions.apply(
      0, gates, count: 2 * hidden, stride: width,
      known: memory.knownGates == nil
        ? nil : memory.known(gates: turn))
    for s in functions.block {
      let (from, to) = (memory.joined(turn) + s * row, memory.reset(turn) + s * row)
      let r = gates + s * width + hidden
      to.update(from: from, count: inputs)
      for j in 0..<hidden { to[inputs + j] = r[j] * from[inputs + j] }
    }
  }

  private func candidates(_ turn: Int, _ memory: RecurrentMemory, _ functions: StepFunctions) {
    let candidate = memory.candidate(turn)
    functions.apply(
      1, candidate, count: hidden, stride: hidden,
      known: memory.knownStates == nil
        ? nil : memory.known(states: turn, or: candidate))
    blend(turn, memory, functions.block, candidate, stride: hidden)
  }

  /// h ← (1 − z)·n + z·h.
  private func blend(
    _ turn: Int, _ memory: RecurrentMemory, _ block: Range<Int>,
    _ candidates: UnsafePointer<Float>, stride: Int
  ) {
    let (before, after) = (memory.joined(turn) + inputs, memory.joined(turn + 1) + inputs)
    let (gates, width) = (memory.gates(turn), gateWidth)
    for s in block {
      let (z, n) = (gates + s * width, candidates + s * stride)
      let (from, to) = (before + s * row, after + s * row)
      for j in 0..<hidden { to[j] = (1 - z[j]) * n[j] + z[j] * from[j] }
    }
  }
}

/// The functions of one step for some of the samples.
private struct StepFunctions {
  let engine: any ProductEngine
  let functions: [Activation]
  let site: Int
  let block: Range<Int>
  /// The number of the first sample's vector.
  let call: Int

  /// Applies function k to `count` numbers of each sample.
  ///
  /// - Parameters:
  ///   - known: becomes what the slope of the smooth function is computed from, in the same layout; `nil` where that is
  ///     the result itself.
  ///   - column: as `GateRead.firstColumn`.
  func apply(
    _ k: Int, _ values: UnsafeMutablePointer<Float>, count: Int, stride: Int,
    known: UnsafeMutablePointer<Float>?, column: Int = 0, isState: Bool = false
  ) {
    if let known {
      for s in block {
        let to = known + s * stride
        to.update(from: values + s * stride, count: count)
        if functions[k].adjointReads == .output {
          functions[k].apply(UnsafeMutableBufferPointer(start: to, count: count))
        }
      }
    }
    engine.activate(
      functions[k],
      GateRead(
        site: site, isState: isState, firstColumn: column, vector: call + block.lowerBound),
      StridedRows(
        start: values + block.lowerBound * stride, rows: block.count, count: count, stride: stride))
  }
}
