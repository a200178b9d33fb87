import ArrayFiles
import Networks

/// Every channel brought to mean 0 and variance 1, then scaled and shifted: y = f(γ·(x − μ)/√(σ² + ε) + β)
/// (Ioffe and Szegedy, arXiv 1502.03167).
///
/// A channel is a place of the first axis; μ and σ² are taken over samples and all other axes. Training
/// uses those of the batch and keeps a running mean; other passes use what was kept. What the layers
/// before give on a chip differs from what they gave in training: a pass that estimates takes μ and σ² of
/// its own samples and keeps them.
public struct BatchNormalisationLayer: TrainableLayer {
  public let inputShape: [Int]
  public var outputShape: [Int] { inputShape }
  /// The function behind.
  public let activation: TrainableActivation
  /// γ, one a channel.
  public var scale: Parameter
  /// β, one a channel.
  public var shift: Parameter
  /// ε.
  public static let epsilon: Float = 1e-5
  /// The share of a batch in the kept statistics.
  public static let share: Float = 0.1

  private var keptMean: [Float]
  private var keptVariance: [Float]
  private var mean: [Float]
  private var inverse: [Float]

  private var channels: Int { inputShape[0] }
  private var positions: Int { inputShape.dropFirst().reduce(1, *) }

  /// γ = 1, β = 0.
  public init(inputShape: [Int], activation: TrainableActivation) {
    precondition(!inputShape.isEmpty, "channels")
    self.inputShape = inputShape
    self.activation = activation
    let channels = inputShape[0]
    scale = Parameter(Array(repeating: 1, count: channels), decays: false)
    shift = Parameter(Array(repeating: 0, count: channels), decays: false)
    mean = shift.values
    keptMean = shift.values
    keptVariance = scale.values
    inverse = scale.values
  }

  /// y, by the statistics of the batch or those kept.
  public mutating func forward(
    _ x: UnsafePointer<Float>, samples: Int, into y: UnsafeMutablePointer<Float>,
    _ pass: ForwardPass
  ) {
    let count = samples * positions
    if (pass.isTraining || pass.estimates) && count > 1 {
      let variance = measure(x, samples: samples)
      let share = pass.estimates ? 1 : Self.share
      let unbiased = Float(count) / Float(count - 1)
      for c in 0..<channels {
        inverse[c] = 1 / (variance[c] + Self.epsilon).squareRoot()
        keptMean[c] += share * (mean[c] - keptMean[c])
        keptVariance[c] += share * (variance[c] * unbiased - keptVariance[c])
      }
    } else {
      for c in 0..<channels {
        mean[c] = keptMean[c]
        inverse[c] = 1 / (keptVariance[c] + Self.epsilon).squareRoot()
      }
    }
    let positions = positions
    for s in 0..<samples {
      for c in 0..<channels {
        let factor = scale.values[c] * inverse[c]
        let offset = shift.values[c] - mean[c] * factor
        let at = (s * channels + c) * positions
        for p in at..<at + positions { y[p] = x[p] * factor + offset }
      }
    }
    activation.apply(UnsafeMutableBufferPointer(start: y, count: samples * inputCount))
  }

  /// The gradients of γ, β and the inputs, through the statistics of the batch.
  public mutating func backward(
    x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
    samples: Int, dx: UnsafeMutablePointer<Float>?
  ) {
    activation.multiplyByDerivative(
      UnsafeMutableBufferPointer(start: dy, count: samples * inputCount),
      output: UnsafeBufferPointer(start: y, count: samples * inputCount))
    var sums = [Double](repeating: 0, count: channels)
    var products = sums
    let positions = positions
    for s in 0..<samples {
      for c in 0..<channels {
        let at = (s * channels + c) * positions
        var (sum, product): (Float, Float) = (0, 0)
        for p in at..<at + positions {
          sum += dy[p]
          product += dy[p] * (x[p] - mean[c])
        }
        sums[c] += Double(sum)
        products[c] += Double(product)
      }
    }
    let count = Float(samples * positions)
    for c in 0..<channels {
      shift.gradient[c] = Float(sums[c])
      scale.gradient[c] = Float(products[c]) * inverse[c]
    }
    guard let dx else { return }
    for s in 0..<samples {
      for c in 0..<channels {
        let factor = scale.values[c] * inverse[c]
        let common = shift.gradient[c] / count
        let slope = scale.gradient[c] * inverse[c] / count
        let at = (s * channels + c) * positions
        for p in at..<at + positions {
          dx[p] = factor * (dy[p] - common - (x[p] - mean[c]) * slope)
        }
      }
    }
  }

  /// "weight" is γ, "bias" is β, as in other programs' files.
  public mutating func forEachParameter(
    _ body: (String, inout Parameter) throws -> Void
  ) rethrows {
    try body("weight", &scale)
    try body("bias", &shift)
  }

  /// The kept statistics.
  public mutating func forEachMemory(
    _ body: (String, Int, inout [Float]) throws -> Void
  ) rethrows {
    try body("running_mean", channels, &keptMean)
    try body("running_var", channels, &keptVariance)
  }

  /// NAME.weight, .bias, .running_mean, .running_var.
  public func exported(name: String) -> ExportedLayer {
    func array(_ values: [Float]) -> NumericArray {
      NumericArray(shape: [values.count], floats: values)
    }
    return ExportedLayer(
      layers: [.batchNormalization(name: name, epsilon: Self.epsilon)] + activation.exported,
      arrays: [
        ("\(name).weight", array(scale.values)), ("\(name).bias", array(shift.values)),
        ("\(name).running_mean", array(keptMean)), ("\(name).running_var", array(keptVariance)),
      ])
  }

  /// Sets the means of the batch; its variances.
  private mutating func measure(_ x: UnsafePointer<Float>, samples: Int) -> [Float] {
    let (channels, positions) = (channels, positions)
    let count = Double(samples * positions)
    func means(_ term: (Float, Int) -> Float) -> [Float] {
      var sums = [Double](repeating: 0, count: channels)
      for s in 0..<samples {
        for c in 0..<channels {
          let at = (s * channels + c) * positions
          var sum: Float = 0
          for p in at..<at + positions { sum += term(x[p], c) }
          sums[c] += Double(sum)
        }
      }
      return sums.map { Float($0 / count) }
    }
    mean = means { value, _ in value }
    let mean = mean
    return means { value, c in (value - mean[c]) * (value - mean[c]) }
  }
}
