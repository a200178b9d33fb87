internal import CActivationKernels

/// Units with a memory, over a whole sequence: currents in, spikes or rates out, with a matrix between the units or
/// without.
///
/// A sample is time × units; so is the result. The current of unit i in step t is x[t][i] + Σ W[j][i]·s[t−1][j], with
/// s the results of the step before (0 before the first) and W the recurrent matrix, inputs × outputs. A dense layer
/// before it makes currents of inputs.
struct LeakyUnits: LayerOperation {
  /// The law of the units.
  enum Law: Sendable, Hashable {
    case spiking(IntegrateAndFire)
    case rate(RateUnit)
  }

  let law: Law
  let steps: Int
  let units: Int
  /// The recurrent matrix; none where units do not read each other.
  var sites: [Int]
  /// What each unit's threshold has beside that of the law; empty for none.
  var thresholds: [Float] = []
  let storage = LayerStorage.own

  /// Whether only potentials and results of a step matter to the next one.
  var isPlain: Bool {
    guard case .spiking(let law) = law else { return true }
    var numbers = self.numbers(of: law)
    return ow_fire_is_plain(&numbers) != 0
  }

  var outputShape: [Int] { [steps, units] }
  /// A comparison with a threshold is no function.
  var functionEvaluations: Int { if case .rate = law { steps * units } else { 0 } }
  var isPlainProduct: Bool { false }
  var buffers: [OperationArray] {
    thresholds.isEmpty ? [] : [OperationArray(name: "threshold", values: thresholds)]
  }

  func replacing(parameters: [[Float]], buffers: [[Float]]) -> any LayerOperation {
    var units = self
    units.thresholds = buffers.first ?? []
    return units
  }

  /// The law as the kernels take it.
  func numbers(of law: IntegrateAndFire) -> ow_fire_law {
    var numbers = law.numbers
    numbers.has_thresholds = thresholds.isEmpty ? 0 : 1
    return numbers
  }

  func apply(_ inputs: LayerInputs, into output: LayerOutput, _ context: LayerContext) {
    let scratch = ScratchMemory()
    let memory = UnitMemory(
      steps: steps, size: context.samples * units, isPlain: isPlain, scratch: scratch, keeps: false)
    run(inputs[0], into: output, memory, thresholds, context.samples, context.engine) { turn in
      context.firstSample * steps + turn * context.samples
    } overBlocks: { body in
      body(0..<context.samples)
    }
    withExtendedLifetime(scratch) {}
  }

  /// All steps of all samples.
  ///
  /// - Parameters:
  ///   - own: a number per unit that its threshold has beside that of the law; empty for none.
  ///   - call: the number of the read of a turn.
  ///   - overBlocks: calls its body with parts of the samples that make up all of them.
  func run(
    _ x: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>, _ memory: UnitMemory,
    _ own: [Float], _ samples: Int, _ engine: any ProductEngine, call: (Int) -> Int,
    overBlocks: (@Sendable (Range<Int>) -> Void) -> Void
  ) {
    nonisolated(unsafe) let (x, output) = (x, output)  // safe: samples are disjoint
    guard let site = sites.first else {
      return overBlocks { block in
        for turn in 0..<steps { step(turn, x, output, memory, own, block) }
      }
    }
    let size = samples * units
    for turn in 0..<steps {
      engine.multiply(
        site: site, UnsafeBufferPointer(start: memory.state(turn), count: size), vectors: samples,
        into: UnsafeMutableBufferPointer(start: memory.current, count: size), call: call(turn))
      overBlocks { step(turn, x, output, memory, own, $0) }
    }
  }

  private func step(
    _ turn: Int, _ x: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>,
    _ memory: UnitMemory, _ own: [Float], _ block: Range<Int>
  ) {
    for s in block {
      let (at, from) = (s * units, (s * steps + turn) * units)
      let current = sites.isEmpty ? nil : memory.current + at
      switch law {
      case .spiking(let law):
        var (numbers, state) = (self.numbers(of: law), memory.fireState(turn, of: steps, at))
        if turn == 0 { for i in own.indices { state.added[i] = own[i] } }
        own.withUnsafeBufferPointer {
          state.rest = $0.isEmpty ? nil : $0.baseAddress
          ow_fire(&numbers, units, x + from, current, &state, memory.state(turn + 1) + at)
        }
      case .rate(let law): follow(law, turn, at, x + from, current, memory)
      }
      (output + from).update(from: memory.state(turn + 1) + at, count: units)
    }
  }

  private func follow(
    _ law: RateUnit, _ turn: Int, _ at: Int, _ x: UnsafePointer<Float>,
    _ current: UnsafePointer<Float>?, _ memory: UnitMemory
  ) {
    let potential = memory.potential(turn) + at
    let (before, after) = (memory.state(turn) + at, memory.state(turn + 1) + at)
    let numbers = UnsafeMutableBufferPointer(start: potential, count: units)
    potential.update(from: x, count: units)
    if let current { for i in 0..<units { potential[i] += current[i] } }
    switch law {
    case .tanh(let leak):
      Activation.tanh.apply(numbers)
      for i in 0..<units { after[i] = before[i] + leak * (potential[i] - before[i]) }
    case .sigmoid(let decay, let gain, let threshold):
      let left = memory.potential + at
      for i in 0..<units {
        potential[i] += decay * left[i]
        left[i] = potential[i]
        after[i] = gain * (potential[i] - threshold)
      }
      Activation.sigmoid.apply(UnsafeMutableBufferPointer(start: after, count: units))
    }
  }
}

extension LeakyUnits: SiteReading {
  var isReadInTurns: Bool { true }
}

extension Network {
  /// The law of the rate units that the network begins with; `nil` where it begins with something else, or with units that
  /// do not read each other.
  package var firstRateUnits: RateUnit? {
    guard let units = layers.first?.operation as? LeakyUnits, !units.sites.isEmpty,
      case .rate(let law) = units.law
    else { return nil }
    return law
  }
}
