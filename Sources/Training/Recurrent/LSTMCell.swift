internal import CKernels

/// The element-wise part of an LSTM step and its derivative.
enum LSTMCell {
  /// Turns sums into gates in place, and makes the next states: c' = f·c + i·g, h = o·tanh c'.
  static func forward(
    gates: UnsafeMutablePointer<Float>, c: UnsafePointer<Float>,
    next: UnsafeMutablePointer<Float>, tanhC: UnsafeMutablePointer<Float>,
    h: UnsafeMutablePointer<Float>, samples: Int, hidden: Int, _ ramps: GateConverters.Drawn?
  ) {
    for s in 0..<samples {
      let z = gates + s * 4 * hidden
      activate(z, hidden, ramps)
      let (from, to) = (c + s * hidden, next + s * hidden)
      for j in 0..<hidden {
        to[j] = z[hidden + j] * from[j] + z[j] * z[2 * hidden + j]
        tanhC[s * hidden + j] = to[j]
      }
    }
    let count = samples * hidden
    if let ramps {
      ramps.state.apply(tanhC, count: count)
    } else {
      ow_tanh(tanhC, count)
    }
    for s in 0..<samples {
      let o = gates + s * 4 * hidden + 3 * hidden
      for j in 0..<hidden { h[s * hidden + j] = o[j] * tanhC[s * hidden + j] }
    }
  }

  private static func activate(
    _ z: UnsafeMutablePointer<Float>, _ hidden: Int, _ ramps: GateConverters.Drawn?
  ) {
    if let ramps {
      ramps.gate.apply(z, count: 2 * hidden)
      ramps.candidate.apply(z + 2 * hidden, count: hidden)
      ramps.gate.apply(z + 3 * hidden, count: hidden)
      return
    }
    ow_sigmoid(z, 2 * hidden)
    ow_tanh(z + 2 * hidden, hidden)
    ow_sigmoid(z + 3 * hidden, hidden)
  }

  /// Turns gates into the gradients at their sums in place; `dh` is the gradient at the new state,
  /// `dc` that at the cell from later steps, which becomes the one for the step before.
  static func backward(
    gates: UnsafeMutablePointer<Float>, c: UnsafePointer<Float>, tanhC: UnsafePointer<Float>,
    dh: UnsafePointer<Float>, dc: UnsafeMutablePointer<Float>, samples: Int, hidden: Int
  ) {
    for s in 0..<samples {
      let z = gates + s * 4 * hidden
      for j in 0..<hidden {
        let k = s * hidden + j
        let (i, f, g, o) = (z[j], z[hidden + j], z[2 * hidden + j], z[3 * hidden + j])
        let t = tanhC[k]
        let d = dc[k] + dh[k] * o * (1 - t * t)
        z[j] = d * g * i * (1 - i)
        z[hidden + j] = d * c[k] * f * (1 - f)
        z[2 * hidden + j] = d * i * (1 - g * g)
        z[3 * hidden + j] = dh[k] * t * o * (1 - o)
        dc[k] = d * f
      }
    }
  }
}
