import Circuits
import Crossbar
import DeviceModels
import LinearAlgebra
import Networks
import PhysicalUnits
import Randomness

/// The product of a site through a chip of any mapping scheme, read cell by cell as the map job reads it:
/// `CrossbarArray` does the read, so that a trained network gives the same codes when it is mapped. Groups share tiles
/// as they do there.
///
/// Backward: gradients flow back through the weights that the chip has, wires and drift included; conductance levels,
/// slices and codes pass them straight through. Clipping stops them: of inputs outside of a range, and of conversions,
/// of which an output may have several, their share by weight. A weight's gradient passes
/// as if its cells were written exactly. Ranges of converters are found from the first batch, and followed every so many
/// steps: they are currents, which the largest weight does not change.
struct MappedProduct: ChipProduct {
  let settings: HardwareSettings
  var followsValues = false
  /// The digital factor behind the converters.
  private(set) var scale = Parameter([1], decays: false)
  private let blocks: BlockProducts
  private var input: ChipInput
  /// The ends of the output ranges in units of the outputs of a matrix whose largest weight is 1, as
  /// `MappedMatrix.outputRanges` has them; empty until they are known.
  private var outputRanges: [Float] = []
  /// The end of all output ranges where it is given, in units of the outputs.
  private let givenRange: Float?
  private let design: CrossbarDesign
  private let layout: TileLayout
  private let rangeCount: Int
  private var pass = TrainingPass(key: StreamKey(seed: 0), isTraining: true)
  /// The weights of this pass as the chip is to hold them.
  private var held: [Float] = []
  /// The chip of this pass; `nil` until its ranges are known.
  private var array: CrossbarArray?
  /// Whether this pass finds ranges: its reads widen them, for the first one of a sequence sees no states yet.
  private var findsRanges = false
  /// The weights that the chip computes with, block by block.
  private var effective: [Float] = []
  private var calls: [Tape] = []

  /// What a backward pass needs of a read.
  private struct Tape {
    /// The inputs as the word lines had them.
    var input: [Float] = []
    /// The share of the conversions of each output inside of their ranges, as `CrossbarArray` gives it; empty without
    /// converters.
    var inside: [Float] = []
  }

  /// - Precondition: the settings have a mapping and a device.
  init(_ settings: HardwareSettings, _ blocks: BlockProducts) {
    self.settings = settings
    self.blocks = blocks
    guard let design = settings.design else { preconditionFailure("a mapping needs a device") }
    self.design = design
    input = ChipInput(settings, count: blocks.inputs)
    layout = design.layout(
      rowCount: blocks.inputs, columnCount: blocks.outputs, groups: blocks.groups)
    rangeCount =
      blocks.groups * design.mapping.sliceCount
      * design.layout(rowCount: blocks.rows, columnCount: blocks.columns).blocks.count
    if case .fixed(let end) = settings.outputRange { givenRange = end } else { givenRange = nil }
  }

  var isActive: Bool { settings.inTraining || !pass.isTraining }

  func factor(group: Int) -> Float { scale.values[0] }

  private var knowsRanges: Bool {
    input.isKnown && (design.output == nil || givenRange != nil || !outputRanges.isEmpty)
  }

  mutating func begin(_ weights: [Float], _ pass: TrainingPass, samples: Int?) {
    self.pass = pass
    guard isActive else { return }
    held = weights
    // Noise on weights and rounding come before the cells.
    var digital = settings
    (digital.device, digital.wires) = (nil, nil)
    let draw = ChipWeights(weights, settings: digital, strength: pass.strength)
    if draw.changesWeights(isTraining: pass.isTraining) {
      draw.fill(&held, from: weights, key: pass.chip.child("weights"), isTraining: pass.isTraining)
    }
    array = nil
    input.begin()
    findsRanges = !knowsRanges || pass.isTraining && (followsValues || pass.renewal != .none)
    if findsRanges {
      for k in outputRanges.indices { outputRanges[k] *= followsValues ? 0.99 : 0.8 }
    } else {
      write(nil)
    }
  }

  /// The ends of the output ranges in units of the outputs; empty before they are known.
  private func ends(largest: Float) -> [Float] {
    givenRange.map { Array(repeating: $0, count: rangeCount) } ?? outputRanges.map { $0 * largest }
  }

  /// Maps the weights and writes the chip.
  ///
  /// - Parameter x: inputs to find ranges with that are not known, vectors × inputs.
  private mutating func write(_ x: Matrix<Float>?) {
    var design = design
    if !input.followsVectors { design.input?.range = .fixed(input.range.values[0]) }
    var mapped = MappedMatrix(
      weights: blocks.matrix(of: held), bias: nil, groups: blocks.groups, design: design)
    let size = RangeRule.largest.end(of: held)
    if let x, givenRange == nil, design.output != nil {
      mapped.calibrate(on: x)
      let found = mapped.outputRanges.map { $0 / size }
      outputRanges = outputRanges.isEmpty ? found : zip(found, outputRanges).map(max)
    }
    if design.output != nil { mapped.useOutputRanges(ends(largest: size)) }
    var array = CrossbarArray(mapped, key: pass.chip.child("cells"))
    if let time = settings.time { array.setTime(time) }
    effective = blocks.values(of: array.effectiveWeights())
    self.array = array
  }

  mutating func forward(
    _ x: UnsafePointer<Float>, samples: Int, weights: UnsafePointer<Float>,
    into z: UnsafeMutablePointer<Float>, call: Int
  ) {
    let all = UnsafeBufferPointer(start: x, count: samples * blocks.inputs)
    if findsRanges {
      input.calibrate(x, vectors: samples, follows: followsValues && pass.isTraining)
      write(Matrix(rowCount: samples, columnCount: blocks.inputs, elements: Array(all)))
    }
    while calls.count <= call { calls.append(Tape()) }
    var tape = Tape()
    swap(&tape, &calls[call])
    if tape.input.count < all.count { tape.input = Array(repeating: 0, count: all.count) }
    input.convert(x, vectors: samples, into: &tape.input)
    let insideCount =
      design.output == nil ? 0 : samples * layout.blocks.reduce(0) { $0 + $1.columns.count }
    if tape.inside.count < insideCount { tape.inside = Array(repeating: 0, count: insideCount) }
    let count = samples * blocks.outputs
    let (array, key) = (array!, pass.key.child("read").child(call))
    tape.inside.withUnsafeMutableBufferPointer { inside in
      _ = array.multiply(
        all, vectors: samples, into: UnsafeMutableBufferPointer(start: z, count: count), key: key,
        inside: insideCount == 0 ? nil : inside.baseAddress)
    }
    swap(&tape, &calls[call])
    let factor = scale.values[0]
    if factor != 1 { for i in 0..<count { z[i] *= factor } }
  }

  mutating func backward(
    x: UnsafePointer<Float>, dz: UnsafeMutablePointer<Float>, samples: Int,
    dx: UnsafeMutablePointer<Float>?, weights: UnsafePointer<Float>,
    into gradient: UnsafeMutablePointer<Float>, alpha: Float, beta: Float, adds: Bool, call: Int
  ) {
    precondition(call < calls.count, "a backward pass follows its forward pass")
    if !adds { input.range.gradient[0] = 0 }
    if settings.learnsScale {
      if !adds { scale.gradient[0] = 0 }
      scale.gradient[0] += products(calls[call].input, dz, samples: samples)
    }
    var first = 0
    for block in layout.blocks {
      let columns = block.columns
      for g in columns.lowerBound / blocks.columns..<columns.upperBound / blocks.columns {
        // Groups that share a tile have all of their rows in it.
        let rows = block.rows.clamped(to: g * blocks.rows..<(g + 1) * blocks.rows)
        withScratch(samples * blocks.columns) { errors in
          passing(
            dz, group: g, inside: first + g * blocks.columns - columns.lowerBound,
            columns: columns.count, calls[call].inside, samples: samples, into: errors)
          let place = g * blocks.blockCount + (rows.lowerBound - g * blocks.rows) * blocks.columns
          effective.withUnsafeBufferPointer { effective in
            guard let dx else { return }
            DenseProducts.backward(
              errors, weights: effective.baseAddress! + place, into: dx + rows.lowerBound,
              leading: blocks.inputs, samples: samples, inputs: rows.count, outputs: blocks.columns)
          }
          calls[call].input.withUnsafeBufferPointer { input in
            DenseProducts.outer(
              input.baseAddress! + rows.lowerBound, leading: blocks.inputs, errors,
              into: gradient + place, samples: samples, inputs: rows.count,
              outputs: blocks.columns, alpha: alpha, beta: beta)
          }
        }
      }
      first += samples * columns.count
    }
    input.passBack(x, dx, vectors: samples)
  }

  /// The gradients at the outputs of one group that pass the converters of one block of rows.
  private func passing(
    _ dz: UnsafePointer<Float>, group: Int, inside first: Int, columns: Int, _ inside: [Float],
    samples: Int, into errors: UnsafeMutablePointer<Float>
  ) {
    let (width, factor) = (blocks.columns, scale.values[0])
    for v in 0..<samples {
      let (from, to) = (dz + v * blocks.outputs + group * width, errors + v * width)
      for j in 0..<width {
        to[j] = factor * from[j] * (inside.isEmpty ? 1 : inside[first + v * columns + j])
      }
    }
  }

  /// Σ dz·(x·W): the gradient of the factor.
  private func products(_ x: [Float], _ dz: UnsafePointer<Float>, samples: Int) -> Float {
    var y = [Float](repeating: 0, count: samples * blocks.outputs)
    blocks.forward(x, weights: effective, into: &y, vectors: samples)
    var sum = 0.0
    for i in y.indices { sum += Double(y[i] * dz[i]) }
    return Float(sum)
  }

  mutating func newRead(_ key: StreamKey) { pass.key = key }

  mutating func forEachParameter(_ body: (String, inout Parameter) throws -> Void) rethrows {
    try body("input-range", &input.range)
    try body("output-scale", &scale)
  }

  mutating func forEachMemory(_ body: (String, Int, inout [Float]) throws -> Void) rethrows {
    if design.output != nil, givenRange == nil {
      try body("output-ends", rangeCount, &outputRanges)
    }
  }

  mutating func afterUpdate() {
    input.afterUpdate()
    scale.values[0] = max(scale.values[0], 1e-4)
  }

  mutating func recalibrate() {
    input.recalibrate()
    outputRanges = []
  }

  func converters(weights: [Float], isNeeded: Bool) -> TrainedConverters? {
    guard design.scale == .layer, let largest = weights.map({ abs($0) }).max() else { return nil }
    return settings.trained(
      input, outputRanges: ends(largest: largest).map { $0 * scale.values[0] },
      largest: largest * scale.values[0],
      sums: design.convertedSums(
        rowCount: blocks.inputs, columnCount: blocks.outputs, groups: blocks.groups),
      isNeeded: isNeeded)
  }
}
