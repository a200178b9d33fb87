internal import CConversionKernels
import Circuits
import Crossbar
import DeviceModels
import LinearAlgebra
import Networks
import PhysicalUnits
import Randomness

/// The product of a site through a chip of any mapping scheme, read cell by cell as the map job reads it:
/// `CrossbarArray` does the read, so that a trained network gives the same codes when it is mapped.
///
/// Backward: gradients flow back through the weights that the chip has, wires and drift included; conductance levels,
/// slices and codes pass them straight through, and inputs outside of a range stop them. A weight's gradient passes
/// as if its cells were written exactly. Ranges of converters are found from the first batch, and followed every so many
/// steps: they are currents, which the largest weight does not change.
struct MappedProduct: ChipProduct {
  let settings: HardwareSettings
  let inputs: Int
  let outputs: Int
  var followsValues = false
  /// The digital factor behind the converters.
  private(set) var scale = Parameter([1], decays: false)
  /// The end of the input range; 0 until it is known, and where every vector has its own.
  private var inputRange: [Float]
  /// The ends of the output ranges in units of the outputs of a matrix whose largest weight is 1, one per block of rows
  /// and slice; empty until they are known.
  private var outputRanges: [Float] = []
  /// The end of all output ranges where it is given, in units of the outputs.
  private let givenRange: Float?
  private let design: CrossbarDesign
  private let inputConverters: LineConverters
  private let rangeCount: Int
  private var pass = TrainingPass(key: StreamKey(seed: 0), isTraining: true)
  /// The weights of this pass as the chip is to hold them.
  private var held: [Float] = []
  private var largest: Float?
  /// The chip of this pass; `nil` until its ranges are known.
  private var array: CrossbarArray?
  /// Whether this pass finds ranges: its reads widen them, for the first one of a sequence sees no states yet.
  private var findsRanges = false
  private var findsInputRange = false
  /// The weights that the chip computes with, inputs × outputs.
  private var effective: [Float] = []
  /// The inputs of each read of the pass as the word lines had them.
  private var calls: [[Float]] = []

  /// - Precondition: the settings have a mapping and a device.
  init(_ settings: HardwareSettings, inputs: Int, outputs: Int) {
    self.settings = settings
    self.inputs = inputs
    self.outputs = outputs
    guard let design = settings.design else { preconditionFailure("a mapping needs a device") }
    self.design = design
    inputConverters = LineConverters(bits: settings.inputBits)
    let layout = design.layout(rowCount: inputs, columnCount: outputs)
    rangeCount = layout.blocks.count * design.mapping.sliceCount
    inputRange = [settings.inputRange.start]
    if case .fixed(let end) = settings.outputRange { givenRange = end } else { givenRange = nil }
  }

  var isActive: Bool { settings.inTraining || !pass.isTraining }
  var factor: Float { scale.values[0] }
  private var followsInputs: Bool { settings.inputRange == .absoluteMaximum }
  private var knowsRanges: Bool {
    (followsInputs || inputRange[0] > 0)
      && (design.output == nil || givenRange != nil || !outputRanges.isEmpty)
  }

  mutating func begin(_ weights: [Float], _ pass: TrainingPass, samples: Int?, largest: Float?) {
    self.pass = pass
    self.largest = largest
    guard isActive else { return }
    held = weights
    // Noise on weights and rounding come before the cells.
    var digital = settings
    (digital.device, digital.wires) = (nil, nil)
    let draw = ChipWeights(weights, settings: digital, strength: pass.strength, largest: largest)
    if draw.changesWeights(isTraining: pass.isTraining) {
      draw.fill(&held, from: weights, key: pass.chip.child("weights"), isTraining: pass.isTraining)
    }
    array = nil
    let follows = pass.isTraining && (followsValues || pass.renewal != .none)
    findsRanges = !knowsRanges || follows
    findsInputRange = inputRange[0] <= 0 || (followsValues && pass.isTraining)
    if findsRanges {
      let share: Float = followsValues ? 0.99 : 0.8
      if followsValues, case .calibrated = settings.inputRange { inputRange[0] *= share }
      for k in outputRanges.indices { outputRanges[k] *= share }
    } else {
      write(nil)
    }
  }

  /// The largest |w| of the matrix, above 0.
  private var largestHeld: Float {
    if let largest { return largest }
    let found = held.withUnsafeBufferPointer { ow_largest($0.baseAddress!, $0.count) }
    return found > 0 ? found : 1
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
    if !followsInputs { design.input?.range = .fixed(inputRange[0]) }
    var mapped = MappedMatrix(
      weights: Matrix(rowCount: inputs, columnCount: outputs, elements: held), bias: nil,
      design: design, limit: largest)
    let size = largestHeld
    if let x, givenRange == nil, design.output != nil {
      mapped.calibrate(on: x)
      let found = mapped.outputRanges.map { $0 / size }
      outputRanges = outputRanges.isEmpty ? found : zip(found, outputRanges).map(max)
    }
    if design.output != nil { mapped.useOutputRanges(ends(largest: size)) }
    var array = CrossbarArray(mapped, key: pass.chip.child("cells"))
    if let time = settings.time { array.setTime(time) }
    effective = array.effectiveWeights().elements
    self.array = array
  }

  mutating func forward(
    _ x: UnsafePointer<Float>, samples: Int, weights: UnsafePointer<Float>,
    into z: UnsafeMutablePointer<Float>, call: Int
  ) {
    let all = UnsafeBufferPointer(start: x, count: samples * inputs)
    if findsRanges {
      if case .calibrated = settings.inputRange, findsInputRange {
        inputRange[0] = max(settings.inputRange.end(of: all), inputRange[0])
      }
      write(Matrix(rowCount: samples, columnCount: inputs, elements: Array(all)))
    }
    while calls.count <= call { calls.append([]) }
    if calls[call].count < all.count { calls[call] = Array(repeating: 0, count: all.count) }
    let (range, converters, inputs) = (followsInputs ? 0 : inputRange[0], inputConverters, inputs)
    calls[call].withUnsafeMutableBufferPointer {
      converters.quantize(x, vectors: samples, count: inputs, range: range, into: $0.baseAddress!)
    }
    let count = samples * outputs
    array!.multiply(
      all, vectors: samples, into: UnsafeMutableBufferPointer(start: z, count: count),
      key: pass.key.child("read").child(call))
    if factor != 1 { for i in 0..<count { z[i] *= factor } }
  }

  mutating func backward(
    x: UnsafePointer<Float>, dz: UnsafeMutablePointer<Float>, samples: Int,
    dx: UnsafeMutablePointer<Float>?, weights: UnsafePointer<Float>,
    into gradient: UnsafeMutablePointer<Float>, alpha: Float, beta: Float, adds: Bool, call: Int
  ) {
    precondition(call < calls.count, "a backward pass follows its forward pass")
    let count = samples * outputs
    if settings.learnsScale {
      if !adds { scale.gradient[0] = 0 }
      scale.gradient[0] += products(calls[call], dz, samples: samples)
    }
    if factor != 1 { for i in 0..<count { dz[i] *= factor } }
    if let dx {
      DenseProducts.backward(
        dz, weights: effective, into: dx, leading: inputs, samples: samples, inputs: inputs,
        outputs: outputs)
      if !followsInputs {
        _ = inputConverters.passBack(x, dx, count: samples * inputs, range: inputRange[0])
      }
    }
    DenseProducts.outer(
      calls[call], leading: inputs, dz, into: gradient, samples: samples, inputs: inputs,
      outputs: outputs, alpha: alpha, beta: beta)
  }

  /// Σ dz·(x·W): the gradient of the factor.
  private func products(
    _ x: [Float], _ dz: UnsafePointer<Float>, samples: Int
  ) -> Float {
    var y = [Float](repeating: 0, count: samples * outputs)
    DenseProducts.forward(
      x, leading: inputs, weights: effective, into: &y, samples: samples, inputs: inputs,
      outputs: outputs)
    var sum = 0.0
    for i in y.indices { sum += Double(y[i] * dz[i]) }
    return Float(sum)
  }

  mutating func newRead(_ key: StreamKey) { pass.key = key }

  mutating func forEachParameter(_ body: (String, inout Parameter) throws -> Void) rethrows {
    try body("output-scale", &scale)
  }

  mutating func forEachMemory(_ body: (String, Int, inout [Float]) throws -> Void) rethrows {
    try body("input-end", 1, &inputRange)
    if design.output != nil, givenRange == nil {
      try body("output-ends", rangeCount, &outputRanges)
    }
  }

  mutating func afterUpdate() { scale.values[0] = max(scale.values[0], 1e-4) }

  mutating func recalibrate() {
    if case .calibrated = settings.inputRange { inputRange[0] = 0 }
    outputRanges = []
  }

  func converters(weights: [Float], isNeeded: Bool) -> TrainedConverters? {
    guard isNeeded || !followsInputs || design.output != nil, knowsRanges,
      design.input?.coding != .bitSerial, design.scale == .layer,
      let largest = weights.map({ abs($0) }).max(), largest > 0
    else { return nil }
    return TrainedConverters(
      inputBits: settings.inputBits, inputRange: followsInputs ? nil : inputRange[0],
      outputBits: settings.outputBits, usesRamps: settings.ramp != nil, tileRows: settings.rows,
      outputRanges: design.output == nil ? [] : ends(largest: largest).map { $0 * factor },
      convertedSums: design.mapping.convertedSums, sliceCount: design.mapping.sliceCount,
      largestWeight: largest * factor)
  }
}
