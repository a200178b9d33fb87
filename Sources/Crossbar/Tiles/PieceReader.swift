internal import CConversionKernels
import Circuits
import LinearAlgebra
import Randomness

/// Reads some columns of one block for some vectors, on one thread.
struct PieceReader {
  let matrix: CrossbarArray
  let block: Int
  /// Which vectors of the read; `volts` and `scales` begin at the first of them.
  let vectors: Range<Int>
  /// Which columns of the block.
  let columns: Range<Int>
  let volts: UnsafeMutablePointer<Float>
  let scales: UnsafeMutablePointer<Float>
  let key: StreamKey
  let first: Int
  /// Where the shares of conversions inside of their ranges are added, a block's columns apart; `nil` where nobody asks.
  var inside: UnsafeMutablePointer<Float>?

  var rows: Int { matrix.mapped.blocks[block].place.rows.count }
  var width: Int { matrix.mapped.blocks[block].place.columns.count }
  var design: CrossbarDesign { matrix.mapped.design }

  /// Adds the outputs to `y`, whose rows are `stride` apart.
  ///
  /// - Parameter clips: where given, clipped conversions are added up in it, vector by vector.
  /// - Returns: how many conversions were clipped.
  @discardableResult
  func read(
    into y: UnsafeMutablePointer<Float>, stride: Int, clips: UnsafeMutablePointer<Int>? = nil
  ) -> Int {
    var clipped = 0
    withScratch(vectors.count * columns.count) { currents in
      for s in matrix.blocks[block].slices.indices {
        let key = key.child(s)
        let output = Output(y: y, stride: stride, clips: clips, currents: currents)
        guard let input = design.input, input.coding == .bitSerial, let levels = input.levels
        else {
          clipped += convert(slice: s, volts, power: nil, output, key: key, weight: 1)
          continue
        }
        if input.accumulation == .digital {
          clipped += readDigits(slice: s, levels: levels, input, output, key)
        } else {
          clipped += readAddedDigits(slice: s, levels: levels, input, output, key)
        }
      }
    }
    return clipped
  }

  /// What one conversion of weight 1 counts among all of an output.
  var unitShare: Float {
    let slices = matrix.mapped.blocks[block].slices.reduce(Float(0)) { $0 + $1.factor }
    let planes = Float(matrix.blocks[block].slices[0].planes.count)
    guard let input = design.input, input.coding == .bitSerial, input.accumulation == .digital,
      let levels = input.levels
    else { return 1 / (slices * planes) }
    let digits = (0..<input.readCount).reduce(0) {
      $0 + input.largestDigit << ($1 * input.sliceBits)
    }
    return Float(levels) / Float(digits) / (slices * planes)
  }

  struct Output {
    let y: UnsafeMutablePointer<Float>
    let stride: Int
    let clips: UnsafeMutablePointer<Int>?
    let currents: UnsafeMutablePointer<Float>
  }

  /// The code of a word line's voltage.
  private func code(_ volts: Float, levels: Int) -> Int {
    Int((volts / matrix.drive.volts * Float(levels)).rounded())
  }

  /// The digits of the magnitudes one by one, the sign as the voltage's.
  private func readDigits(
    slice: Int, levels: Int, _ input: InputConverter, _ output: Output, _ key: StreamKey
  ) -> Int {
    let full = matrix.drive.volts
    let count = vectors.count * rows
    let (bits, top) = (input.sliceBits, input.largestDigit)
    var clipped = 0
    withScratch(count) { plane in
      for d in 0..<input.readCount {
        for i in 0..<count {
          let code = code(volts[i], levels: levels)
          let digit = (abs(code) >> (d * bits)) & top
          let part = Float(digit) / Float(top) * full
          plane[i] = code < 0 ? -part : part
        }
        clipped += convert(
          slice: slice, plane, power: nil, output, key: key.child(d),
          weight: Float(top << (d * bits)) / Float(levels))
      }
    }
    return clipped
  }

  /// Digits whose charges are added before one conversion: the current is that of the whole value, but
  /// every digit's read has noise of its own. With digits qₖ to the base b, whose largest is t, that of the conductance
  /// has Σ (qₖ·bᵏ/levels)²·V²; Johnson and shot noise follow the weights t·bᵏ/levels and the voltages qₖ/t·V.
  private func readAddedDigits(
    slice: Int, levels: Int, _ input: InputConverter, _ output: Output, _ key: StreamKey
  ) -> Int {
    let count = vectors.count * rows
    let unit = matrix.drive.volts / Float(levels)
    let (bits, top) = (input.sliceBits, input.largestDigit)
    let weights = (0..<input.readCount).map { Float(top << ($0 * bits)) / Float(levels) }
    let currentNoise = hasCurrentNoise(slice)
    return withScratch(count) { squares in
      withScratch(currentNoise ? count : 1) { magnitudes in
        for i in 0..<count {
          let code = abs(code(volts[i], levels: levels))
          squares[i] = (0..<input.readCount).reduce(Float(0)) { sum, d in
            let part = Float(code & (top << (d * bits)))
            return sum + part * part
          }
          squares[i] *= unit * unit
          guard currentNoise else { continue }
          magnitudes[i] = weights.indices.reduce(Float(0)) { sum, d in
            sum + Float(code & (top << (d * bits))) * unit * weights[d]
          }
        }
        let reads = AddedReads(
          squares: squares, magnitudes: magnitudes,
          count: weights.reduce(0) { $0 + $1 * $1 })
        return convert(slice: slice, volts, power: reads, output, key: key, weight: 1)
      }
    }
  }

  private func hasCurrentNoise(_ slice: Int) -> Bool {
    matrix.blocks[block].slices[slice].planes.contains { $0.current != nil }
  }

  /// Products, noise and conversion of all planes of a slice.
  ///
  /// - Parameter power: what stands for the voltages in the noise, where it is something else.
  private func convert(
    slice s: Int, _ volts: UnsafeMutablePointer<Float>, power: AddedReads?,
    _ output: Output, key: StreamKey, weight: Float
  ) -> Int {
    let planes = matrix.blocks[block].slices[s].planes
    var clipped = 0
    for (p, plane) in planes.enumerated() {
      let key = planes.count > 1 ? key.child(p) : key
      clipped +=
        plane.tiles.isEmpty
        ? convert(plane, slice: s, volts, power, output, key, weight * plane.sign)
        : subtractReferences(plane, slice: s, volts, power, output, key, weight)
    }
    return clipped
  }

  private func convert(
    _ plane: ReadPlane, slice s: Int, _ volts: UnsafeMutablePointer<Float>,
    _ power: AddedReads?, _ output: Output, _ key: StreamKey, _ weight: Float
  ) -> Int {
    let target = matrix.mapped.blocks[block].slices[s]
    let (count, n) = (vectors.count, columns.count)
    let currents = output.currents
    let out = Float(design.outputNoise.value)
    let follows = design.output?.followsInputs ?? false
    let noisy = out > 0 || plane.isNoisy
    let differs = plane.hasColumnVariances
    let share = inside == nil ? 0 : abs(weight) * target.factor * unitShare
    var clipped = 0
    withScratch(noisy ? n : 1) { noise in
      withScratch(differs ? count * n : 1) { variances in
        multiply(plane, volts, power, into: currents, variances)
        limit(currents, volts, plane)
        for v in 0..<count {
          var scale = scales[v]
          var base: Float = 0
          if plane.uniformVariance > 0 {
            base = plane.uniformVariance * powerSum(volts, power, vector: v)
          }
          if follows {
            amplify(currents + v * n, by: scale)
            if differs { amplify(variances + v * n, by: scale * scale) }
            base *= scale * scale
          }
          base += out * out
          if noisy {
            Noise.fillNormal(
              UnsafeMutableBufferPointer(start: noise, count: n), key,
              from: (first + vectors.lowerBound + v) * width + columns.lowerBound)
          }
          var pedestal: Float = 0
          if target.pedestal != 0 {
            var sum: Float = 0
            for i in 0..<rows { sum += volts[v * rows + i] }
            pedestal = sum * target.pedestal * (follows ? scale : 1)
          }
          if follows { scale = 1 }
          let added = ColumnConverters.Noise(
            values: noisy ? noise : nil,
            variances: differs ? variances + v * n : nil, base: base)
          if let inside {
            matrix.blocks[block].converters[s].addInside(
              currents + v * n, columns: columns, noise: added, share: share,
              to: inside + v * width)
          }
          let clips = finish(
            s, currents + v * n, added,
            factor: target.factor * scale * weight, pedestal: pedestal,
            output.y + v * output.stride)
          output.clips?[v] += clips
          clipped += clips
        }
      }
    }
    return clipped
  }

  private func amplify(_ values: UnsafeMutablePointer<Float>, by gain: Float) {
    for j in 0..<columns.count { values[j] *= gain }
  }

  private func finish(
    _ s: Int, _ current: UnsafeMutablePointer<Float>, _ noise: ColumnConverters.Noise,
    factor: Float, pedestal: Float, _ y: UnsafeMutablePointer<Float>
  ) -> Int {
    let programmed = matrix.blocks[block]
    let c = columns.lowerBound
    let factors = matrix.pedestalFactors[block]
    var pedestal = pedestal
    if pedestal != 0, !factors.isEmpty {
      // Each column has a pedestal of its own, which is subtracted behind the conversion.
      for j in 0..<columns.count {
        y[j] -= matrix.scales[block][c + j] / factors[c + j] * factor * pedestal
      }
      pedestal = 0
    }
    return withScales(block, from: c) { scale in
      programmed.converters[s].convert(
        current, columns: c..<c + columns.count, noise: noise,
        scale: scale, factor: factor, pedestal: pedestal, into: y)
    }
  }

  private func withScales<R>(
    _ block: Int, from start: Int, _ body: (UnsafePointer<Float>) -> R
  ) -> R {
    matrix.scales[block].withUnsafeBufferPointer { body($0.baseAddress! + start) }
  }
}
