internal import CConversionKernels
import Circuits
import DeviceModels
import LinearAlgebra

/// Input vectors on the word lines: from numbers to volts.
struct WordLineDrive: Sendable {
  /// The full input voltage.
  let volts: Float
  let inputCount: Int
  private let converters: LineConverters
  /// The voltage of one code, where every voltage is a multiple of it.
  var codeVolts: Float { (converters.codes?.step ?? 0) * volts }
  private let sharesScale: Bool
  private let blocks: [(rows: Range<Int>, range: Float)]
  /// What currents follow in place of the voltages, where cells are not ohmic.
  private let conduction: ConductionLaw?
  /// Without a converter inputs get on as they are: 1 stands for the read voltage.
  private let ideal: Bool

  init(mapped: MappedMatrix) {
    let input = mapped.design.input
    ideal = input == nil
    conduction = mapped.design.nonlinearConduction
    converters = LineConverters(input)
    sharesScale = input?.range == .layerMaximum
    volts = Float(mapped.design.device.readVoltage.value)
    inputCount = mapped.inputCount
    blocks = mapped.blocks.map { ($0.place.rows, $0.inputRange) }
  }

  /// The voltages of block `block` for `x`, vectors × inputs, and what the full voltage stands for in each vector.
  func converted(_ x: Matrix<Float>, block: Int) -> (volts: Matrix<Float>, scales: [Float]) {
    var volts = Matrix<Float>(rowCount: x.rowCount, columnCount: blocks[block].rows.count)
    var scales = [Float](repeating: 0, count: x.rowCount)
    x.elements.withUnsafeBufferPointer {
      convert($0, vectors: x.rowCount, block: block, into: &volts.elements, scales: &scales)
    }
    return (volts, scales)
  }

  /// The voltages of block `block` for some vectors.
  ///
  /// - Parameters:
  ///   - x: vectors × inputs.
  ///   - range: what the full voltage is to stand for; `nil` is what the design says.
  ///   - volts: becomes vectors × rows of the block, in volts.
  ///   - scales: becomes what the full voltage stands for, one a vector.
  ///   - bends: whether a nonlinear law of the cells replaces the voltages by what currents are proportional to.
  func convert(
    _ x: UnsafeBufferPointer<Float>, vectors: Int, block: Int, range: Float? = nil,
    into volts: UnsafeMutablePointer<Float>, scales: UnsafeMutablePointer<Float>, bends: Bool = true
  ) {
    let (rows, ownRange) = blocks[block]
    let given = range ?? ownRange
    let inner = rows.lowerBound..<min(rows.upperBound, inputCount)
    let width = rows.count
    for v in 0..<vectors {
      let source = x.baseAddress! + v * inputCount + inner.lowerBound
      let target = volts + v * width
      var range = given
      if sharesScale, range == 0 {
        range = converters.ownRange(x.baseAddress! + v * inputCount, count: inputCount)
      }
      if inner.count < width, !ideal {
        // The line of the biases carries a constant 1, which has to fit the range too.
        if range > 0 || ow_largest(source, inner.count) < 1 { range = max(range, 1) }
      }
      if ideal {
        for i in 0..<inner.count { target[i] = source[i] * self.volts }
        scales[v] = 1
      } else if inner.isEmpty {
        scales[v] = range > 0 ? range : 1
      } else {
        scales[v] = converters.convert(
          source, count: inner.count, range: range, volts: self.volts, into: target)
      }
      if inner.count < width { target[width - 1] = self.volts / scales[v] }
      if bends, let conduction { bend(target, count: width, conduction) }
    }
  }

  /// Replaces the voltages v by V·f(v)/f(V), V the read voltage: a cell's current is I = G·f(v) at any G, so that one number
  /// per line carries the law, and the scale is that of the read voltage.
  private func bend(_ line: UnsafeMutablePointer<Float>, count: Int, _ conduction: ConductionLaw) {
    let full = Double(volts)
    let unit = full / conduction.shape(full).value
    for i in 0..<count { line[i] = Float(conduction.shape(Double(line[i])).value * unit) }
  }
}
