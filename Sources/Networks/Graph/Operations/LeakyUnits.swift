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
  let storage = LayerStorage.own

  var name: String {
    if case .spiking = law { "integrate-and-fire" } else { "leaky-rate" }
  }
  var outputShape: [Int] { [steps, units] }
  /// A comparison with a threshold is no function.
  var functionEvaluations: Int { if case .rate = law { steps * units } else { 0 } }
  var isPlainProduct: Bool { false }

  func apply(
    _ inputs: [UnsafePointer<Float>], into output: UnsafeMutablePointer<Float>,
    _ context: LayerContext
  ) {
    let scratch = ScratchMemory()
    let memory = UnitMemory(
      steps: steps, size: context.samples * units, scratch: scratch, keeps: false)
    run(inputs[0], into: output, memory, context.samples, context.engine) { turn in
      context.firstSample * steps + turn * context.samples
    } overBlocks: { body in
      body(0..<context.samples)
    }
    withExtendedLifetime(scratch) {}
  }

  /// All steps of all samples.
  ///
  /// - Parameters:
  ///   - call: the number of the read of a turn.
  ///   - overBlocks: calls its body with parts of the samples that make up all of them.
  func run(
    _ x: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>, _ memory: UnitMemory,
    _ samples: Int, _ engine: any ProductEngine, call: (Int) -> Int,
    overBlocks: (@Sendable (Range<Int>) -> Void) -> Void
  ) {
    nonisolated(unsafe) let (x, output) = (x, output)  // safe: samples are disjoint
    guard let site = sites.first else {
      return overBlocks { block in
        for turn in 0..<steps { step(turn, x, output, memory, block) }
      }
    }
    let size = samples * units
    for turn in 0..<steps {
      engine.multiply(
        site: site, UnsafeBufferPointer(start: memory.state(turn), count: size), vectors: samples,
        into: UnsafeMutableBufferPointer(start: memory.current, count: size), call: call(turn))
      overBlocks { step(turn, x, output, memory, $0) }
    }
  }

  private func step(
    _ turn: Int, _ x: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>,
    _ memory: UnitMemory, _ block: Range<Int>
  ) {
    for s in block {
      let (at, from) = (s * units, (s * steps + turn) * units)
      let current = memory.current + at
      if sites.isEmpty {
        current.update(from: x + from, count: units)
      } else {
        for i in 0..<units { current[i] += x[from + i] }
      }
      switch law {
      case .spiking(let law): integrate(law, turn, at, memory)
      case .rate(let law): follow(law, turn, at, memory)
      }
      (output + from).update(from: memory.state(turn + 1) + at, count: units)
    }
  }

  private func integrate(_ law: IntegrateAndFire, _ turn: Int, _ at: Int, _ memory: UnitMemory) {
    let (current, synapse) = (memory.current + at, memory.synapse + at)
    let (left, countdown) = (memory.potential + at, memory.countdown + at)
    let (potential, integrates) = (memory.potential(turn) + at, memory.integrates(turn) + at)
    let (added, next) = (
      memory.added(turn) + at, turn + 1 < steps ? memory.added(turn + 1) + at : nil
    )
    let spikes = memory.state(turn + 1) + at
    for i in 0..<units {
      let j = law.synapseDecay * synapse[i] + current[i]
      synapse[i] = j
      let isFree = countdown[i] <= 0
      let v = isFree ? max(law.floor, law.decay * left[i] - law.leak + j) : law.resetValue
      let a = added[i]
      let threshold = law.threshold + a
      let fires = isFree && v > threshold
      potential[i] = v
      integrates[i] = isFree ? 1 : 0
      spikes[i] = fires ? 1 : 0
      if law.adaptation != 0 {
        next?[i] = law.adaptationDecay * a + (fires ? law.adaptation : 0)
      } else {
        next?[i] = 0
      }
      countdown[i] = fires ? Float(law.refractorySteps) : countdown[i] - 1
      left[i] =
        switch (fires, law.reset) {
        case (false, _), (_, .none): v
        case (true, .value): law.resetValue
        case (true, .subtract): v - threshold
        }
    }
  }

  private func follow(_ law: RateUnit, _ turn: Int, _ at: Int, _ memory: UnitMemory) {
    let potential = memory.potential(turn) + at
    let (before, after) = (memory.state(turn) + at, memory.state(turn + 1) + at)
    let numbers = UnsafeMutableBufferPointer(start: potential, count: units)
    potential.update(from: memory.current + at, count: units)
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
