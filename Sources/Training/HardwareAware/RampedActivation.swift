import Circuits
import Crossbar
import DeviceModels
import Networks
import Randomness

/// The activation behind a site computed by the ramps of its output converters: y = g(x·W + b) in 2ⁿ codes.
///
/// Gradients go straight through the codes with the slope of the smooth function. A rectifier's range
/// has an end R: above it gradients stop, and the gradient of R holds rounding errors in parts of R.
struct RampedActivation: Sendable {
  /// The end of a rectifier's range; 0 until it is known. Empty for functions that end by themselves.
  var range: Parameter
  private let ramp: ActivationRamp
  private let settings: HardwareSettings
  private let tiles: [Range<Int>]
  /// How its cells are written and read.
  private let writing: RampWriting
  private var written: ColumnConverters?
  private var sums: [Float] = []
  private var values: [Float] = []

  /// `nil` where the site's converters compute no function: there is none that ramps compute, the matrix has
  /// groups, or its rows are cut into several tiles, whose sums are added behind their converters.
  init?(
    _ settings: HardwareSettings, _ activation: Activation?, inputs: Int, outputs: Int, groups: Int
  ) {
    guard let activation, let conversion = settings.ramp, let bits = settings.outputBits,
      settings.rampsActivate, inputs <= settings.rows, groups == 1,
      let ramp = try? ActivationRamp(
        activation.name, bits: bits, conversion: conversion, window: settings.device?.window)
    else { return nil }
    self.ramp = ramp
    self.settings = settings
    let tiles = settings.layout(inputs: inputs, outputs: outputs).columnTiles
    self.tiles = tiles
    var writing = conversion.writing
    if let device = settings.device {
      let cells = ramp.cellCount(writing, window: device.window)
      writing.lines = settings.rampPlaces(tiles) {
        RampPlaces.activation(conversion.sharing, cells: cells, tile: $0, columns: tiles[$0])
      }?.lines(
        of: .activation, count: conversion.sharing == .tile ? tiles.count : outputs,
        wires: settings.wires)
    }
    self.writing = writing
    range = Parameter(ramp.hasRange ? [settings.outputRange.start] : [], decays: false)
    range.rateFactor = 1 / Float(outputs * (1 << bits - 1)).squareRoot()
  }

  /// Whether this pass goes through the ramps.
  var isActive: Bool { written != nil }

  /// Writes the ramps of a pass.
  mutating func begin(_ pass: TrainingPass) {
    written =
      settings.inTraining || !pass.isTraining
      ? ramp.write(
        device: settings.device, tiles: tiles, writing: writing, strength: pass.strength,
        key: pass.chip.child("activation-ramps")
      ).converters : nil
  }

  /// Turns sums into codes' values, in place.
  mutating func apply(_ y: UnsafeMutablePointer<Float>, count: Int) {
    guard let written else { return }
    if sums.count < count {
      sums = Array(repeating: 0, count: count)
      values = sums
    }
    sums.withUnsafeMutableBufferPointer { $0.baseAddress!.update(from: y, count: count) }
    if ramp.hasRange, range.values[0] <= 0 {
      range.values[0] = settings.outputRange.rule.end(of: sums[..<count].filter { $0 > 0 })
    }
    y.update(repeating: 0, count: count)
    let ranged = ramp.hasRange ? written.with(range: end) : written
    ranged.convert(sums, vectors: count / written.count, addingTo: y)
    values.withUnsafeMutableBufferPointer { $0.baseAddress!.update(from: y, count: count) }
  }

  /// Turns gradients at the outputs into those at the sums, in place; both lie as `apply` had them.
  mutating func passBack(_ d: UnsafeMutablePointer<Float>, count: Int) {
    switch ramp.name {
    case "relu":
      let end = end
      var slope = 0.0
      for i in 0..<count {
        let x = sums[i]
        let inside = x > 0 && x <= end
        slope += Double(d[i] * (inside ? values[i] - x : values[i]))
        if !inside { d[i] = 0 }
      }
      range.gradient[0] = settings.outputRange == .learned ? Float(slope) / end : 0
    default:
      withScratch(count) { smooth in
        smooth.update(from: sums, count: count)
        let function: Activation = ramp.name == "tanh" ? .tanh : .sigmoid
        function.apply(UnsafeMutableBufferPointer(start: smooth, count: count))
        function.multiplyBySlope(UnsafeMutableBufferPointer(start: d, count: count), smooth)
      }
    }
  }

  /// Keeps the range positive.
  mutating func afterUpdate() {
    if let end = range.values.first, end > 0 { range.values[0] = max(end, 1e-4) }
  }

  /// Forgets a calibrated range.
  mutating func recalibrate() {
    if case .calibrated = settings.outputRange, ramp.hasRange { range.values[0] = 0 }
  }

  /// The converters as the network's file holds them; `nil` before the range is known.
  func converters(of product: any ChipProduct, weights: [Float]) -> TrainedConverters? {
    guard end > 0, var found = product.converters(weights: weights, isNeeded: true) else {
      return nil
    }
    found.outputBits = ramp.bits
    found.usesRamps = true
    found.activation = ramp.name
    found.tileRows = settings.rows
    found.outputRanges = [end]
    return found
  }

  private var end: Float { range.values.first ?? 1 }
}

extension HardwareSettings {
  /// The same chip without output converters.
  var withoutOutputConverters: HardwareSettings {
    var result = self
    result.outputBits = nil
    result.ramp = nil
    return result
  }
}
