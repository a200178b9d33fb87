internal import CConversionKernels
internal import CLearningKernels
import DeviceModels
import LinearAlgebra
import Randomness

/// Noise on the sums of columns: the cells' read noise, drawn as it adds up in a column, and that before
/// the converters.
///
/// The noise of one read of a column is normal with variance Σ x²·V + Σ (thermal·r² + shot·r·|x|)·G + fixed², V the variance
/// of each weight, x the inputs, G what the two cells of each weight conduct, and r the input of a full voltage: Johnson and
/// shot noise do not follow the inputs as the noise of a conductance does. Chips that hold their weights exactly differ little from step to step: their V
/// stays for some steps of a training. The sums run in whole numbers where inputs are codes of up to
/// 8 bits and many; V is then rounded to 16 bits.
struct ColumnNoise: Sendable {
  /// How many numbers are drawn at a time.
  private static let piece = 4096
  /// From how many samples on packing V into whole numbers pays.
  private static let manySamples = 32

  /// V of the last training pass that found it anew, inputs × outputs; empty before.
  var kept: [Float] = [] { didSet { integers = [] } }
  /// V of the pass at hand where it does not stay.
  private var own: [Float] = []
  /// Whether the pass reads `kept`.
  private var keeps = false
  /// G of the pass at hand, inputs × outputs, and its noise; without elements where neither kind counts.
  private var current = Current()
  /// thermal·r² + shot·r·|x|, samples × inputs.
  private var shares: [Float] = []
  /// V of each block of rows in whole numbers.
  private var integers: [IntegerMatrix] = []
  /// The input of one code, of each sample; empty where the sums run in floats.
  private var units: [Float] = []
  /// The deviation before the converters.
  private var fixed: Float = 0

  /// Johnson and shot noise of the cells of a chip.
  private struct Current: Sendable {
    var conductances: [Float] = []
    var noise = (thermal: Float(0), shot: Float(0))
  }

  private var variances: [Float] { keeps ? kept : own }
  /// Whether conductances fluctuate.
  private var hasOwnVariances: Bool { keeps || !own.isEmpty }
  /// Whether reads of cells differ.
  var hasVariances: Bool { hasOwnVariances || !current.conductances.isEmpty }

  /// Takes the noise of a chip.
  ///
  /// - Parameters:
  ///   - keeps: whether variances stay from pass to pass.
  ///   - renews: whether this pass finds those that stay anew.
  mutating func begin(
    _ draw: ChipWeights, settings: HardwareSettings, chip: [Float], wires: ChipWires?, keeps: Bool,
    renews: Bool
  ) {
    fixed = settings.outputNoise * draw.largest * draw.strength
    self.keeps = false
    current.conductances = []
    guard let device = settings.device, settings.readNoise else {
      own = []
      return
    }
    if let noise = device.readNoise.ofCurrent {
      current.noise = (Float(noise.thermal), Float(noise.shot))
      current.conductances = draw.readConductances(chip: chip, wires: wires, device: device)
    }
    guard device.readNoise.ofConductance != .none else {
      own = []
      return
    }
    self.keeps = keeps
    if keeps {
      guard renews || kept.isEmpty else { return }
      if kept.isEmpty { kept = chip }
      draw.fillReadVariances(&kept, chip: chip, device: device)
      return
    }
    if own.isEmpty { own = chip }
    if let wires {
      draw.fillReadVariances(&own, of: wires, device: device)
    } else {
      draw.fillReadVariances(&own, chip: chip, device: device)
    }
  }

  /// Takes the inputs of a product as the converters gave them, samples × inputs.
  ///
  /// - Parameters:
  ///   - range: the end of the input range; of no meaning where each vector has its own.
  ///   - squares: becomes x² where sums run in floats.
  mutating func take(
    _ x: [Float], blocks: [Range<Int>], samples: Int, inputs: Int, settings: HardwareSettings,
    range: Float, squares: inout [Float]
  ) {
    units.removeAll(keepingCapacity: true)
    guard hasVariances else { return }
    func end(of s: Int) -> Float {
      guard settings.inputRange == .absoluteMaximum else { return range }
      return x.withUnsafeBufferPointer { ow_largest($0.baseAddress! + s * inputs, inputs) }
    }
    if !current.conductances.isEmpty {
      takeShares(x, samples: samples, inputs: inputs, end: end)
    }
    guard let bits = settings.inputBits, bits <= 8, keeps, samples >= Self.manySamples,
      current.conductances.isEmpty
    else {
      _ = ow_squares(x, &squares, samples * inputs)
      return
    }
    let levels = Float(HardwareSettings.levels(bits, 0))
    for s in 0..<samples {
      let top = end(of: s)
      units.append(top > 0 ? top / levels : 1)
    }
    guard integers.isEmpty else { return }
    let outputs = kept.count / inputs
    let largest = Int(levels * levels)
    integers = blocks.map { rows in
      IntegerMatrix(
        Array(kept[rows.lowerBound * outputs..<rows.upperBound * outputs]), rowCount: rows.count,
        columnCount: outputs, largestFactor: largest)
    }
  }

  /// What each line's conductances add to the variances, by the ends of the samples' input ranges.
  private mutating func takeShares(
    _ x: [Float], samples: Int, inputs: Int, end: (Int) -> Float
  ) {
    if shares.count < samples * inputs { shares = Array(repeating: 0, count: samples * inputs) }
    for s in 0..<samples {
      let end = end(s)
      let (thermal, shot) = (current.noise.thermal * end * end, current.noise.shot * end)
      for i in s * inputs..<(s + 1) * inputs { shares[i] = thermal + shot * abs(x[i]) }
    }
  }

  /// Adds the noise of one tile.
  ///
  /// - Parameters:
  ///   - raw: samples × outputs.
  ///   - x: the inputs that `take` took, and their squares.
  func add(
    to raw: UnsafeMutablePointer<Float>, x: [Float], squares: [Float], block: Int,
    rows: Range<Int>, inputs: Int, outputs: Int, samples: Int, key: StreamKey,
    scratch: inout [Float]
  ) {
    guard fixed > 0 || hasVariances else { return }
    let count = samples * outputs
    if scratch.count < 2 * count { scratch = Array(repeating: 0, count: 2 * count) }
    scratch.withUnsafeMutableBufferPointer { scratch in
      let noise = scratch.baseAddress!
      let sums = hasVariances ? noise + count : nil
      if let sums {
        if units.isEmpty {
          if hasOwnVariances {
            multiply(
              squares, by: variances, rows, inputs: inputs, outputs: outputs, samples: samples,
              into: sums)
          }
          if !current.conductances.isEmpty {
            multiply(
              shares, by: current.conductances, rows, inputs: inputs, outputs: outputs,
              samples: samples, into: sums, adds: hasOwnVariances)
          }
        } else {
          multiply(x, block, rows, inputs: inputs, outputs: outputs, into: sums)
        }
      }
      let lines = max(1, Self.piece / outputs)
      nonisolated(unsafe) let (to, draws, variances) = (raw, noise, sums)  // safe: pieces
      // 50 multiplications take the time of one number.
      DenseProducts.pieces((samples + lines - 1) / lines, work: 50 * count) { k in
        let (first, last) = (k * lines, min(samples, (k + 1) * lines))
        Noise.fillNormal(
          UnsafeMutableBufferPointer(
            start: draws + first * outputs, count: (last - first) * outputs),
          key, from: first * outputs)
        for s in first..<last {
          let unit = units.isEmpty ? 1 : units[s]
          ow_add_column_noise(
            to + s * outputs, variances.map { $0 + s * outputs }, draws + s * outputs, unit * unit,
            fixed, outputs)
        }
      }
    }
  }

  /// Σ x²·V in floats, or the like of other factors.
  private func multiply(
    _ factors: [Float], by values: [Float], _ rows: Range<Int>, inputs: Int, outputs: Int,
    samples: Int, into sums: UnsafeMutablePointer<Float>, adds: Bool = false
  ) {
    values.withUnsafeBufferPointer { v in
      factors.withUnsafeBufferPointer { s in
        DenseProducts.forward(
          s.baseAddress! + rows.lowerBound, leading: inputs,
          weights: v.baseAddress! + rows.lowerBound * outputs, into: sums, samples: samples,
          inputs: rows.count, outputs: outputs, beta: adds ? 1 : 0)
      }
    }
  }

  /// Σ x²·V in squares of each sample's unit, in whole numbers.
  private func multiply(
    _ x: [Float], _ block: Int, _ rows: Range<Int>, inputs: Int, outputs: Int,
    into sums: UnsafeMutablePointer<Float>
  ) {
    let matrix = integers[block]
    let (samples, stride) = (units.count, matrix.codeStride)
    withUnsafeTemporaryAllocation(of: Int16.self, capacity: samples * stride) { codes in
      let codes = codes.baseAddress!
      x.withUnsafeBufferPointer { x in
        for s in 0..<samples {
          matrix.codes(
            of: x.baseAddress! + s * inputs + rows.lowerBound, vectors: 1, unit: units[s],
            into: codes + s * stride)
        }
      }
      IntegerMatrix.squares(of: codes, count: samples * stride, into: codes)
      let step = IntegerMatrix.columnStep
      nonisolated(unsafe) let (from, sums) = (codes, sums)  // safe: panels are disjoint
      DenseProducts.pieces(
        (outputs + step - 1) / step, work: samples * rows.count * outputs / 2
      ) { k in
        let columns = k * step..<min(outputs, (k + 1) * step)
        matrix.multiply(
          from, vectors: samples, columns: columns, unit: 1, into: sums + columns.lowerBound,
          leading: outputs)
      }
    }
  }
}
