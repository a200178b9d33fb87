import Circuits
import Crossbar
import DeviceModels
import LinearAlgebra
import Networks
import Randomness

/// The product of a layer through a chip: input converters, tiles of noisy cells, an output converter
/// a tile and column, digital sums.
///
/// Backward: rounding passes gradients straight through, clipping stops them; noise is transparent;
/// gradients flow back through the weights that the chip had, wires included, and to the weights through
/// the ladders of `ChipWires`. The gradients of converter ranges and of
/// the output's factor are exact for the surrogate in which rounding errors, counted in steps, are held.
struct HardwareProduct: ChipProduct {
  let settings: HardwareSettings
  let inputs: Int
  let outputs: Int
  /// The rows of each tile.
  let blocks: [Range<Int>]
  /// The converters of the inputs.
  var input: ChipInput
  /// The ends of the tiles' output ranges; 0 until they are known.
  var outputRanges: Parameter
  /// The digital factor behind the converters.
  var scale: Parameter
  /// Whether calibrated ranges follow the values of training passes: a range is the largest of the
  /// batch, or the last range less one part in a hundred where that is more.
  var followsValues = false
  /// The weights of the chip in this pass.
  private(set) var chip: [Float]
  /// Whether the chip holds the digital weights as they are: `chip` is then not in use.
  private var isExact = false
  private var noise = ColumnNoise()
  private var largest: Float = 1
  private(set) var pass: TrainingPass
  /// Whether this pass finds the ranges of the outputs.
  private(set) var findsRanges = false
  private var calls: [HardwareTape] = []
  /// The output converters of this pass's chip, one bank per block of rows.
  var outputConverters: [ColumnConverters] = []
  /// The tiles where they have wires.
  var wires: ChipWires?
  /// The factors that stand for wires in training, where they are to.
  private var separable: SeparableWires?
  /// Whether this pass goes through the factors.
  private var usesFactors = false
  private var outer: [Float] = []
  /// Additive noise of this pass where no matrix of it is drawn, block after block.
  private var shared: [SharedNoise] = []
  private var sharesNoise = false

  init(_ settings: HardwareSettings, inputs: Int, outputs: Int) {
    self.settings = settings
    self.inputs = inputs
    self.outputs = outputs
    input = ChipInput(settings, count: inputs)
    let layout = settings.layout(inputs: inputs, outputs: outputs)
    blocks = layout.blocks.map(\.rows)
    wires = settings.wires.map { ChipWires($0, layout: layout, outputs: outputs) }
    if settings.wireModel == .separable, let wires {
      separable = SeparableWires(wires.tiles, outputs: outputs)
    }
    outputRanges = Parameter(
      Array(repeating: settings.outputRange.start, count: blocks.count), decays: false)
    scale = Parameter([1], decays: false)
    chip = Array(repeating: 0, count: inputs * outputs)
    pass = TrainingPass(key: StreamKey(seed: 0), isTraining: true)
    // As that of the inputs' range.
    outputRanges.rateFactor =
      1 / Float(outputs * HardwareSettings.levels(settings.outputBits, 1)).squareRoot()
  }

  /// Whether this pass goes through the chip.
  var isActive: Bool { settings.inTraining || !pass.isTraining }

  /// Draws the chip of a pass.
  ///
  /// - Parameters:
  ///   - samples: how many vectors will go through it at once; `nil` where there may be other reads of the
  ///     same chip.
  ///   - largest: the |w| at the end of the conductance window; `nil` is the largest of `weights`.
  mutating func begin(_ weights: [Float], _ pass: TrainingPass, samples: Int?, largest: Float?) {
    self.pass = pass
    input.begin()
    findsRanges = outputRanges.values[0] <= 0
    sharesNoise =
      pass.isTraining && pass.chip == pass.key && settings.noiseIsAdditive
      && SharedNoise.pays(
        samples: samples ?? inputs, inputs: blocks[0].count, outputs: outputs,
        passesErrors: pass.passesErrors)
    guard isActive else { return }
    outputConverters = writtenConverters(pass)
    let draw = ChipWeights(
      weights, settings: settings, strength: pass.strength, leavesOutNoise: sharesNoise,
      largest: largest)
    self.largest = draw.largest
    usesFactors = separable != nil && pass.isTraining
    if usesFactors { renewFactors(draw, weights) }
    isExact =
      (wires == nil || usesFactors) && !draw.changesWeights(isTraining: pass.isTraining)
    let key = pass.chip.child("cells")
    if wires != nil, !usesFactors {
      let effort: ChipWires.Effort =
        !pass.isTraining ? .exact : pass.renewal == .exact ? .renew : .approximate
      draw.fill(
        &chip, from: weights, through: &wires!, effort, key: key, isTraining: pass.isTraining)
    } else if !isExact {
      draw.fill(&chip, from: weights, key: key, isTraining: pass.isTraining)
    }
    noise.begin(
      draw, settings: settings, chip: isExact ? weights : chip, wires: usesFactors ? nil : wires,
      keeps: isExact && pass.isTraining, renews: pass.renewal >= .variances)
  }

  mutating func begin(_ weights: [Float], _ pass: TrainingPass, samples: Int?) {
    begin(weights, pass, samples: samples, largest: nil)
  }

  private mutating func renewFactors(_ draw: ChipWeights, _ weights: [Float]) {
    guard pass.renewal >= .factors || separable!.factors.isEmpty else { return }
    draw.effectiveWeights(
      weights, through: &wires!, pass.renewal == .exact ? .renew : .approximate, into: &chip)
    separable!.fit(weights, to: chip)
  }

  /// Calls `body` for what the wires leave for the passes that follow: its name, how many numbers it has,
  /// and these; none as long as they are not known.
  mutating func forEachMemory(_ body: (String, Int, inout [Float]) throws -> Void) rethrows {
    let weightCount = inputs * outputs
    try body("read-variances", weightCount, &noise.kept)
    guard wires != nil else { return }
    let count = wires!.cells.count
    try body("wires", count, &wires!.rest)
    guard separable != nil else { return }
    let factorCount = separable!.count
    try body("wire-factors", factorCount, &separable!.factors)
  }

  /// The reads that follow go through the same chip with noise of their own.
  mutating func newRead(_ key: StreamKey) { pass.key = key }

  /// z = x·W through the chip; `weights` are the digital ones.
  mutating func forward(
    _ x: UnsafePointer<Float>, samples: Int, weights: UnsafePointer<Float>,
    into z: UnsafeMutablePointer<Float>, call: Int
  ) {
    while calls.count <= call { calls.append(HardwareTape()) }
    var tape = HardwareTape()
    swap(&tape, &calls[call])
    defer { swap(&tape, &calls[call]) }
    let rawCount = samples * outputs
    tape.reserve(
      inputs: samples * inputs, outputs: rawCount * blocks.count,
      squares: noise.hasVariances ? max(samples * inputs, rawCount) : 0)
    input.calibrate(x, vectors: samples, follows: followsValues && pass.isTraining)
    input.convert(x, vectors: samples, into: &tape.input)
    noise.take(
      tape.input, blocks: blocks, samples: samples, inputs: inputs, settings: settings,
      range: input.range.values[0], squares: &tape.squares)
    for i in 0..<rawCount { z[i] = 0 }
    shared.removeAll(keepingCapacity: true)
    for (b, rows) in blocks.enumerated() {
      tape.raw.withUnsafeMutableBufferPointer { raw in
        let raw = raw.baseAddress! + b * rawCount
        tape.input.withUnsafeBufferPointer { q in
          multiply(
            rows, q.baseAddress! + rows.lowerBound, samples: samples, weights: weights, into: raw)
        }
        if sharesNoise {
          shared.append(sharedNoise(tape.input, rows, samples))
          shared[b].add(to: raw)
        }
        noise.add(
          to: raw, x: tape.input, squares: tape.squares, block: b, rows: rows, inputs: inputs,
          outputs: outputs, samples: samples, key: pass.key.child("read").child(call).child(b),
          scratch: &tape.noise)
        calibrateOutput(b, UnsafeBufferPointer(start: raw, count: rawCount))
        convertOutput(b, raw, z, count: rawCount, factor: scale.values[0])
      }
    }
  }

  /// The product of one block of rows with the weights of the chip.
  private func multiply(
    _ rows: Range<Int>, _ q: UnsafePointer<Float>, samples: Int, weights: UnsafePointer<Float>,
    into raw: UnsafeMutablePointer<Float>
  ) {
    chip.withUnsafeBufferPointer { chip in
      let w = isExact ? weights : chip.baseAddress!
      if usesFactors {
        separable!.forward(
          rows, q, leading: inputs, samples: samples, weights: w, into: raw)
      } else {
        DenseProducts.forward(
          q, leading: inputs, weights: w + rows.lowerBound * outputs, into: raw, samples: samples,
          inputs: rows.count, outputs: outputs)
      }
    }
  }

  /// The gradients: of the weights into `gradient` (α·gradient + β·what is there), of the ranges and the
  /// factor in place, of the inputs into `dx`.
  ///
  /// - Parameters:
  ///   - weights: the digital weights; may be `gradient`.
  ///   - adds: whether these gradients are added to those of reads with higher numbers.
  mutating func backward(
    x: UnsafePointer<Float>, dz: UnsafeMutablePointer<Float>, samples: Int,
    dx: UnsafeMutablePointer<Float>?, weights: UnsafePointer<Float>,
    into gradient: UnsafeMutablePointer<Float>, alpha: Float, beta: Float, adds: Bool, call: Int
  ) {
    precondition(call < calls.count, "a backward pass follows its forward pass")
    var tape = HardwareTape()
    swap(&tape, &calls[call])
    defer { swap(&tape, &calls[call]) }
    if !adds { clearGradients() }
    let count = samples * outputs
    let needsInputGradient = settings.inputRange == .learned
    tape.reserveBack(
      outputs: blocks.count > 1 ? count : 0,
      inputs: dx == nil && needsInputGradient ? samples * inputs : 0)
    let factor = scale.values[0]
    let hasWires = wires != nil && !usesFactors
    var outer: [Float] = []
    swap(&outer, &self.outer)
    defer { swap(&outer, &self.outer) }
    if hasWires, outer.isEmpty { outer = chip }
    tape.errors.withUnsafeMutableBufferPointer { copy in
      tape.inputErrors.withUnsafeMutableBufferPointer { own in
        let below = dx ?? (needsInputGradient ? own.baseAddress : nil)
        for (b, rows) in blocks.enumerated() {
          let raw = tape.raw.withUnsafeBufferPointer { $0.baseAddress! + b * count }
          if settings.learnsScale { scale.gradient[0] += converted(raw, count, b, dot: dz) }
          var d = dz
          if blocks.count > 1 {
            d = copy.baseAddress!
            d.update(from: dz, count: count)
          }
          if factor != 1 { for i in 0..<count { d[i] *= factor } }
          if settings.outputBits != nil {
            let slope = passOutputBack(b, raw, d, count: count)
            if settings.outputRange == .learned { outputRanges.gradient[b] += Float(slope) }
          }
          tape.input.withUnsafeBufferPointer { q in
            let q = q.baseAddress! + rows.lowerBound
            outer.withUnsafeMutableBufferPointer { outer in
              // What is below comes first: the gradient may be written over the weights.
              passBack(
                rows, q, d, samples: samples, weights: weights, dx: below,
                into: hasWires ? outer.baseAddress! : gradient, alpha: hasWires ? 1 : alpha,
                beta: hasWires ? (adds ? 1 : 0) : beta)
            }
            if sharesNoise, let below {
              shared[b].addBack(
                d, x: q, leading: inputs, into: below + rows.lowerBound, key: noiseKey(rows))
            }
          }
        }
        input.passBack(x, below, vectors: samples)
      }
    }
    // The sum over all reads passes the wires once.
    if hasWires, call == 0 {
      wires!.passBack(
        outer, weights: weights, into: gradient, alpha: alpha, beta: adds ? 0 : beta)
    }
  }

  /// The gradients of one block of rows.
  private func passBack(
    _ rows: Range<Int>, _ q: UnsafePointer<Float>, _ d: UnsafePointer<Float>, samples: Int,
    weights: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>?,
    into gradient: UnsafeMutablePointer<Float>, alpha: Float, beta: Float
  ) {
    let first = rows.lowerBound * outputs
    chip.withUnsafeBufferPointer { chip in
      let w = isExact ? weights : chip.baseAddress!
      if usesFactors {
        separable!.backward(
          rows, q, leading: inputs, d, samples: samples, weights: w,
          dx: dx.map { $0 + rows.lowerBound }, into: gradient, alpha: alpha, beta: beta)
        return
      }
      if let dx {
        DenseProducts.backward(
          d, weights: w + first, into: dx + rows.lowerBound, leading: inputs, samples: samples,
          inputs: rows.count, outputs: outputs)
      }
      DenseProducts.outer(
        q, leading: inputs, d, into: gradient + first, samples: samples, inputs: rows.count,
        outputs: outputs, alpha: alpha, beta: beta)
    }
  }

  private func noiseKey(_ rows: Range<Int>) -> StreamKey {
    pass.chip.child("shared").child(rows.lowerBound)
  }

  /// The additive noise of one block.
  private func sharedNoise(_ input: [Float], _ rows: Range<Int>, _ samples: Int) -> SharedNoise {
    input.withUnsafeBufferPointer { q in
      SharedNoise(
        q.baseAddress! + rows.lowerBound, leading: inputs, samples: samples, inputs: rows.count,
        outputs: outputs, deviation: settings.additive * largest * pass.strength,
        key: noiseKey(rows))
    }
  }
}
