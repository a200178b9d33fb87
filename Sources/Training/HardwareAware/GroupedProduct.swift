internal import CConversionKernels
import LinearAlgebra
import Networks
import Randomness

/// The product of a matrix of groups whose pairs are folded into weights: every group has tiles of its own, and all
/// share the converters of the inputs and one window of conductances, as on a mapped chip.
struct GroupedProduct: ChipProduct {
  let settings: HardwareSettings
  private let blocks: BlockProducts
  private var input: ChipInput
  private var groups: [HardwareProduct]
  private var pass = TrainingPass(key: StreamKey(seed: 0), isTraining: true)

  var followsValues = false {
    didSet { for g in groups.indices { groups[g].followsValues = followsValues } }
  }

  init(_ settings: HardwareSettings, _ blocks: BlockProducts) {
    self.settings = settings
    self.blocks = blocks
    input = ChipInput(settings, count: blocks.inputs)
    // The groups take inputs that are converted.
    var own = settings
    (own.inputBits, own.inputRange) = (nil, .absoluteMaximum)
    groups = (0..<blocks.groups).map { _ in
      HardwareProduct(own, inputs: blocks.rows, outputs: blocks.columns)
    }
  }

  var isActive: Bool { groups[0].isActive }

  func factor(group: Int) -> Float { groups[group].factor(group: 0) }

  mutating func begin(_ weights: [Float], _ pass: TrainingPass, samples: Int?) {
    self.pass = pass
    input.begin()
    let largest = weights.withUnsafeBufferPointer { ow_largest($0.baseAddress!, $0.count) }
    for g in groups.indices {
      groups[g].begin(
        Array(weights[g * blocks.blockCount..<(g + 1) * blocks.blockCount]), pass.group(g),
        samples: samples, largest: largest)
    }
  }

  mutating func newRead(_ key: StreamKey) {
    for g in groups.indices { groups[g].newRead(g == 0 ? key : key.child("group").child(g)) }
  }

  mutating func forward(
    _ x: UnsafePointer<Float>, samples: Int, weights: UnsafePointer<Float>,
    into z: UnsafeMutablePointer<Float>, call: Int
  ) {
    let blocks = blocks
    let (rows, columns) = (blocks.rows, blocks.columns)
    input.calibrate(x, vectors: samples, follows: followsValues && pass.isTraining)
    withScratch(samples * (blocks.inputs + rows + columns)) { q in
      input.convert(x, vectors: samples, into: q)
      let part = q + samples * blocks.inputs
      let out = part + samples * rows
      for g in groups.indices {
        copyRows(q + g * rows, blocks.inputs, to: part, rows, samples, rows)
        groups[g].forward(
          part, samples: samples, weights: weights + g * blocks.blockCount, into: out, call: call)
        copyRows(out, columns, to: z + g * columns, blocks.outputs, samples, columns)
      }
    }
  }

  mutating func backward(
    x: UnsafePointer<Float>, dz: UnsafeMutablePointer<Float>, samples: Int,
    dx: UnsafeMutablePointer<Float>?, weights: UnsafePointer<Float>,
    into gradient: UnsafeMutablePointer<Float>, alpha: Float, beta: Float, adds: Bool, call: Int
  ) {
    let blocks = blocks
    let (rows, columns) = (blocks.rows, blocks.columns)
    if !adds { input.range.gradient[0] = 0 }
    let learnsRange = settings.inputRange == .learned
    withScratch(samples * (2 * rows + columns + (learnsRange ? blocks.inputs : 0))) { part in
      let (below, errors) = (part + samples * rows, part + 2 * samples * rows)
      let all = dx ?? (learnsRange ? errors + samples * columns : nil)
      for g in groups.indices {
        let first = g * blocks.blockCount
        copyRows(x + g * rows, blocks.inputs, to: part, rows, samples, rows)
        copyRows(dz + g * columns, blocks.outputs, to: errors, columns, samples, columns)
        groups[g].backward(
          x: part, dz: errors, samples: samples, dx: all == nil ? nil : below,
          weights: weights + first, into: gradient + first, alpha: alpha, beta: beta, adds: adds,
          call: call)
        if let all { copyRows(below, rows, to: all + g * rows, blocks.inputs, samples, rows) }
      }
      input.passBack(x, all, vectors: samples)
    }
  }

  mutating func forEachParameter(_ body: (String, inout Parameter) throws -> Void) rethrows {
    try body("input-range", &input.range)
    for g in groups.indices {
      // A group's own input range is of no effect.
      try groups[g].forEachOutputParameter { try body("\($0).\(g)", &$1) }
    }
  }

  mutating func forEachMemory(_ body: (String, Int, inout [Float]) throws -> Void) rethrows {
    for g in groups.indices { try groups[g].forEachMemory { try body("\($0).\(g)", $1, &$2) } }
  }

  mutating func afterUpdate() {
    input.afterUpdate()
    for g in groups.indices { groups[g].afterUpdate() }
  }

  mutating func recalibrate() {
    input.recalibrate()
    for g in groups.indices { groups[g].recalibrate() }
  }

  func converters(weights: [Float], isNeeded: Bool) -> TrainedConverters? {
    var largest: Float = 0
    for g in groups.indices {
      for i in g * blocks.blockCount..<(g + 1) * blocks.blockCount {
        largest = max(largest, abs(weights[i] * factor(group: g)))
      }
    }
    return settings.trained(
      input, outputRanges: groups.flatMap(\.exportedRanges), largest: largest, isNeeded: isNeeded)
  }
}
