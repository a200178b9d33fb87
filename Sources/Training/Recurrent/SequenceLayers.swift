import ArrayFiles
import Foundation
import Networks
import Randomness

/// Standardised inputs: y = clip((x − mean)/width, −1, 1), with shifts in time and noise while
/// training.
public struct StandardiseLayer: TrainableLayer {
  public let inputShape: [Int]
  public var outputShape: [Int] { inputShape }
  /// What becomes 0.
  public let mean: Float
  /// What becomes ±1 about it.
  public let width: Float
  /// The largest shift along the first axis while training, in steps; places left are filled with the
  /// first or the last step.
  public let shift: Int
  /// Deviation of the noise added while training, in parts of `width`.
  public let noise: Float

  /// A layer; see the members.
  public init(inputShape: [Int], mean: Float, width: Float, shift: Int = 0, noise: Float = 0) {
    precondition(width > 0 && shift >= 0 && noise >= 0, "a width above zero")
    self.inputShape = inputShape
    self.mean = mean
    self.width = width
    self.shift = shift
    self.noise = noise
  }

  public mutating func forward(
    _ x: UnsafePointer<Float>, samples: Int, into y: UnsafeMutablePointer<Float>,
    _ pass: ForwardPass
  ) {
    let (steps, count) = (inputShape[0], inputCount)
    let row = count / steps
    let factor = 1 / width
    var draw = RandomStream(pass.key.child("shift"))
    let noises =
      pass.isTraining && noise > 0 ? Noise.normal(samples * count, pass.key.child("noise")) : []
    for s in 0..<samples {
      let by = pass.isTraining && shift > 0 ? draw.index(below: 2 * shift + 1) - shift : 0
      for t in 0..<steps {
        let from = x + s * count + min(steps - 1, max(0, t + by)) * row
        let to = y + s * count + t * row
        for j in 0..<row { to[j] = (from[j] - mean) * factor }
      }
    }
    for (i, n) in noises.enumerated() { y[i] += noise * n }
    for i in 0..<samples * count { y[i] = min(1, max(-1, y[i])) }
  }

  /// Inputs learn nothing: the gradient goes through where nothing was clipped. Shifts are left out.
  public mutating func backward(
    x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
    samples: Int, dx: UnsafeMutablePointer<Float>?
  ) {
    guard let dx else { return }
    for i in 0..<samples * inputCount { dx[i] = abs(y[i]) < 1 ? dy[i] / width : 0 }
  }

  /// A normalisation with one number for all places of the first axis, and a clip.
  public func exported(name: String) -> ExportedLayer {
    let places = inputShape[0]
    func same(_ value: Float) -> NumericArray {
      NumericArray(shape: [places], floats: Array(repeating: value, count: places))
    }
    return ExportedLayer(
      layers: [
        .batchNormalization(name: name, epsilon: 0), .activation(.clip(low: -1, high: 1)),
      ],
      arrays: [
        ("\(name).weight", same(1)), ("\(name).bias", same(0)),
        ("\(name).running_mean", same(mean)), ("\(name).running_var", same(width * width)),
      ])
  }
}

/// The mean over the first axis: one vector of a sequence.
public struct MeanOverTimeLayer: TrainableLayer {
  public let inputShape: [Int]
  public let outputShape: [Int]

  /// The mean of time × units.
  public init(inputShape: [Int]) {
    precondition(inputShape.count == 2, "a sequence is time × units")
    self.inputShape = inputShape
    outputShape = [inputShape[1]]
  }

  public mutating func forward(
    _ x: UnsafePointer<Float>, samples: Int, into y: UnsafeMutablePointer<Float>,
    _ pass: ForwardPass
  ) {
    let (steps, units) = (inputShape[0], inputShape[1])
    for s in 0..<samples {
      let to = y + s * units
      to.update(repeating: 0, count: units)
      for t in 0..<steps {
        let from = x + (s * steps + t) * units
        for j in 0..<units { to[j] += from[j] }
      }
      for j in 0..<units { to[j] *= 1 / Float(steps) }
    }
  }

  public mutating func backward(
    x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
    samples: Int, dx: UnsafeMutablePointer<Float>?
  ) {
    guard let dx else { return }
    let (steps, units) = (inputShape[0], inputShape[1])
    for s in 0..<samples {
      for t in 0..<steps {
        let to = dx + (s * steps + t) * units
        for j in 0..<units { to[j] = dy[s * units + j] / Float(steps) }
      }
    }
  }

  public func exported(name: String) -> ExportedLayer { ExportedLayer(layers: [.meanOverTime]) }
}
