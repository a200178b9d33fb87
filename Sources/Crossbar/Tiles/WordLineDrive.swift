internal import CKernels
import Circuits
import LinearAlgebra

/// Input vectors on the word lines: from numbers to volts.
struct WordLineDrive: Sendable {
  /// The full input voltage.
  let volts: Float
  let inputCount: Int
  private let codes: UniformCodes?
  /// The lowest input relative to the full range: −1, or 0 where inputs have no sign.
  private let lowest: Float
  /// The voltage of one code, where every voltage is a multiple of it.
  var codeVolts: Float { (codes?.step ?? 0) * volts }
  private let keepsSign: Bool
  private let sharesScale: Bool
  private let blocks: [(rows: Range<Int>, range: Float)]
  /// Without a converter inputs get on as they are: 1 stands for the read voltage.
  private let ideal: Bool

  init(mapped: MappedMatrix) {
    let input = mapped.design.input
    ideal = input == nil
    codes = input?.unitCodes
    lowest = input?.signed ?? true ? -1 : 0
    keepsSign = input?.range == .maximum
    sharesScale = input?.range == .layerMaximum
    volts = Float(mapped.design.device.readVoltage.value)
    inputCount = mapped.inputCount
    blocks = mapped.blocks.map { ($0.place.rows, $0.inputRange) }
  }

  /// The voltages of block `block` for some vectors.
  ///
  /// - Parameters:
  ///   - x: vectors × inputs.
  ///   - range: what the full voltage is to stand for; `nil` is what the design says.
  ///   - volts: becomes vectors × rows of the block, in volts.
  ///   - scales: becomes what the full voltage stands for, one a vector.
  func convert(
    _ x: UnsafeBufferPointer<Float>, vectors: Int, block: Int, range: Float? = nil,
    into volts: UnsafeMutablePointer<Float>, scales: UnsafeMutablePointer<Float>
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
        range = ow_largest(x.baseAddress! + v * inputCount, inputCount)
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
        scales[v] = ow_convert_input(
          source, target, inner.count, range, keepsSign ? 1 : 0, codes?.step ?? 0,
          codes?.shift ?? 0, codes.map { Float($0.lowest) } ?? lowest,
          Float(codes?.highest ?? 1), self.volts)
      }
      if inner.count < width { target[width - 1] = self.volts / scales[v] }
    }
  }
}
