internal import CKernels

/// The element-wise part of an LSTM step and its derivative.
enum LSTMCell {
  /// Turns sums into gates in place, and makes the next states: c' = f·c + i·g, h = o·tanh c'.
  ///
  /// With ramps, `smoothGates` and `smoothTanhC` become what the smooth functions would give; without
  /// them they are not touched and may be the places of the gates themselves.
  static func forward(
    gates: UnsafeMutablePointer<Float>, c: UnsafePointer<Float>,
    next: UnsafeMutablePointer<Float>, tanhC: UnsafeMutablePointer<Float>,
    h: UnsafeMutablePointer<Float>, smoothGates: UnsafeMutablePointer<Float>,
    smoothTanhC: UnsafeMutablePointer<Float>, samples: Int, hidden: Int,
    _ ramps: GateConverters.Drawn?
  ) {
    for s in 0..<samples {
      let z = gates + s * 4 * hidden
      if let ramps {
        let smooth = smoothGates + s * 4 * hidden
        smooth.update(from: z, count: 4 * hidden)
        activate(smooth, hidden)
        ramps.gate.apply(z, count: 2 * hidden)
        ramps.candidate.apply(z + 2 * hidden, count: hidden)
        ramps.gate.apply(z + 3 * hidden, count: hidden)
      } else {
        activate(z, hidden)
      }
      let (from, to) = (c + s * hidden, next + s * hidden)
      for j in 0..<hidden {
        to[j] = z[hidden + j] * from[j] + z[j] * z[2 * hidden + j]
        tanhC[s * hidden + j] = to[j]
      }
    }
    let count = samples * hidden
    if let ramps {
      smoothTanhC.update(from: tanhC, count: count)
      ow_tanh(smoothTanhC, count)
      ramps.state.apply(tanhC, count: count)
    } else {
      ow_tanh(tanhC, count)
    }
    for s in 0..<samples {
      let o = gates + s * 4 * hidden + 3 * hidden
      for j in 0..<hidden { h[s * hidden + j] = o[j] * tanhC[s * hidden + j] }
    }
  }

  private static func activate(_ z: UnsafeMutablePointer<Float>, _ hidden: Int) {
    ow_sigmoid(z, 2 * hidden)
    ow_tanh(z + 2 * hidden, hidden)
    ow_sigmoid(z + 3 * hidden, hidden)
  }

  /// Turns gates into the gradients at their sums in place; `dh` is the gradient at the new state,
  /// `dc` that at the cell from later steps, which becomes the one for the step before. Slopes are
  /// those of the smooth functions.
  static func backward(
    gates: UnsafeMutablePointer<Float>, c: UnsafePointer<Float>, tanhC: UnsafePointer<Float>,
    smoothGates: UnsafePointer<Float>, smoothTanhC: UnsafePointer<Float>,
    dh: UnsafePointer<Float>, dc: UnsafeMutablePointer<Float>, samples: Int, hidden: Int
  ) {
    for s in 0..<samples {
      let z = gates + s * 4 * hidden
      let y = smoothGates + s * 4 * hidden
      for j in 0..<hidden {
        let k = s * hidden + j
        let (i, f, g, o) = (z[j], z[hidden + j], z[2 * hidden + j], z[3 * hidden + j])
        let (si, sf, sg, so) = (y[j], y[hidden + j], y[2 * hidden + j], y[3 * hidden + j])
        let t = smoothTanhC[k]
        let d = dc[k] + dh[k] * o * (1 - t * t)
        z[j] = d * g * si * (1 - si)
        z[hidden + j] = d * c[k] * sf * (1 - sf)
        z[2 * hidden + j] = d * i * (1 - sg * sg)
        z[3 * hidden + j] = dh[k] * tanhC[k] * so * (1 - so)
        dc[k] = d * f
      }
    }
  }
}
