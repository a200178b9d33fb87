import Crossbar
import LinearAlgebra
import Networks
import Randomness

/// Digital weights of one site, which a pass reads exactly or through a chip.
///
/// With groups the matrix is block-diagonal, and only its blocks are kept.
public struct DigitalSite: TrainableSite {
  /// How many inputs.
  public var inputs: Int { blocks.inputs }
  /// How many outputs.
  public var outputs: Int { blocks.outputs }
  /// The blocks on the diagonal one behind the other, each inputs × outputs of its group.
  public var weights: Parameter
  /// One number an output; empty where there is no bias.
  public var bias: Parameter
  /// The chip that reads go through; `nil` where they are digital.
  var chip: (any ChipProduct)?
  /// The ramps of the chip that compute the function behind the site; `nil` where it is digital.
  var ramped: RampedActivation?
  /// The converters in the loop of a recurrent layer.
  var loop: GateLoop?
  let blocks: BlockProducts
  /// Blocks of the matrix that are 0 by construction.
  private let zeros: [MatrixBlock]

  /// The weights of this pass where they are not `weights`.
  private var noisy: [Float] = []
  /// Whether the site is read several times in this pass.
  private var isSeveral = false
  private var callCount = 0

  /// The weights of a product site.
  ///
  /// - Parameters:
  ///   - hardware: the chip that passes go through; `nil` is the digital product.
  ///   - loop: the converters in the loop of a recurrent layer.
  public init(_ site: ProductSite, hardware: HardwareSettings? = nil, loop: GateLoop? = nil) {
    blocks = site.blockProducts
    zeros = site.zeroBlocks
    weights = Parameter(site.weights.elements, decays: true)
    bias = Parameter(site.bias ?? [], decays: false)
    self.loop = loop?.of(site, hardware: hardware)
    guard let hardware else { return }
    ramped = RampedActivation(
      hardware, site.activation, inputs: site.inputs, outputs: site.outputs, groups: site.groups)
    // Sums that go to ramps meet no other converter.
    let usesRamps = ramped != nil || self.loop?.ramps != nil
    chip = (usesRamps ? hardware.withoutOutputConverters : hardware).product(blocks)
  }

  /// Dense weights, inputs × outputs, with a function behind them that ramps of a chip may compute.
  public init(
    weights: Matrix<Float>, bias: [Float]? = nil, activation: Activation? = nil,
    hardware: HardwareSettings? = nil
  ) {
    self.init(
      ProductSite(index: 0, name: "site", weights: weights, bias: bias, activation: activation),
      hardware: hardware)
  }

  private var isOnChip: Bool { chip?.isActive == true }
  /// Whether this pass's ramps compute the function behind the site.
  public var appliesActivation: Bool { ramped?.isActive == true }
  /// Those in the loop.
  public var gateRamps: GateRamps.Written? { loop?.written }

  public mutating func begin(_ pass: TrainingPass, vectors: Int?, samples: Int) {
    isSeveral = vectors == nil
    callCount = 0
    noisy = loop?.begin(pass, weights: weights.values) ?? []
    ramped?.begin(pass)
    chip?.begin(noisy.isEmpty ? weights.values : noisy, pass, samples: vectors)
  }

  public mutating func forward(
    _ x: UnsafePointer<Float>, vectors: Int, into y: UnsafeMutablePointer<Float>, call: Int
  ) {
    callCount = max(callCount, call + 1)
    withConverted(x, count: vectors * inputs, loop) {
      multiply($0, vectors: vectors, into: y, call: call)
    }
    addToRows(bias.values, y, vectors: vectors)
    if appliesActivation { ramped!.apply(y, count: vectors * outputs) }
  }

  private mutating func multiply(
    _ x: UnsafePointer<Float>, vectors: Int, into y: UnsafeMutablePointer<Float>, call: Int
  ) {
    var chip: (any ChipProduct)?
    swap(&chip, &self.chip)
    defer { swap(&chip, &self.chip) }
    let blocks = blocks
    (noisy.isEmpty ? weights.values : noisy).withUnsafeBufferPointer { w in
      let w = w.baseAddress!
      if chip?.isActive == true {
        chip!.forward(x, samples: vectors, weights: w, into: y, call: call)
      } else {
        blocks.forward(x, weights: w, into: y, vectors: vectors)
      }
    }
  }

  public mutating func adjoint(
    _ x: UnsafePointer<Float>, _ dy: UnsafeMutablePointer<Float>, vectors: Int,
    into dx: UnsafeMutablePointer<Float>?, skipping: Int, call: Int, rate: Float?
  ) {
    let blocks = blocks
    if appliesActivation { ramped!.passBack(dy, count: vectors * outputs) }
    let all = (isSeveral ? callCount : 1) * vectors
    if call == 0 { sumBias(dy, vectors: all) }
    // A step can be made in the product itself where nothing reads the weights after it.
    let isFused = rate != nil && !isSeveral && noisy.isEmpty
    if isOnChip {
      withConverted(x, count: vectors * inputs, loop) {
        passBackThroughChip(
          $0, dy, vectors: vectors, into: dx, call: call, rate: isFused ? rate : nil)
      }
    } else {
      if let dx {
        (noisy.isEmpty ? weights.values : noisy).withUnsafeBufferPointer {
          blocks.backward(
            dy, weights: $0.baseAddress!, into: dx, vectors: vectors, from: skipping)
        }
      }
      guard call == 0 else { return }
      withConverted(x, count: all * inputs, loop) { x in
        if let rate, isFused {
          blocks.outer(x, dy, into: &weights.values, vectors: all, alpha: -rate, beta: 1)
        } else {
          blocks.outer(x, dy, into: &weights.gradient, vectors: all, alpha: 1, beta: 0)
        }
      }
    }
    guard call == 0 else { return }
    clearZeros()
    guard let rate else { return }
    forEachParameter { name, parameter in
      if !(isFused && name == "weight") { parameter.update(.sgd(), rate: rate, step: 0) }
    }
  }

  /// The gradients through the chip, to which each read of the pass adds its own.
  private mutating func passBackThroughChip(
    _ x: UnsafePointer<Float>, _ dy: UnsafeMutablePointer<Float>, vectors: Int,
    into dx: UnsafeMutablePointer<Float>?, call: Int, rate: Float?
  ) {
    let adds = isSeveral && call < callCount - 1
    let (alpha, beta) = (rate.map { -$0 } ?? 1, Float(adds || rate != nil ? 1 : 0))
    let (noisy, count) = (noisy, vectors * outputs)
    var chip: (any ChipProduct)?
    var (values, gradient): ([Float], [Float]) = ([], [])
    swap(&chip, &self.chip)
    swap(&values, &weights.values)
    swap(&gradient, &weights.gradient)
    values.withUnsafeMutableBufferPointer { digital in
      gradient.withUnsafeMutableBufferPointer { gradient in
        noisy.withUnsafeBufferPointer { noisy in
          let held = noisy.isEmpty ? UnsafePointer(digital.baseAddress!) : noisy.baseAddress!
          let target = (rate == nil ? gradient : digital).baseAddress!
          func pass(_ errors: UnsafeMutablePointer<Float>) {
            chip!.backward(
              x: x, dz: errors, samples: vectors, dx: dx, weights: held, into: target, alpha: alpha,
              beta: beta, adds: adds, call: call)
          }
          guard isSeveral else { return pass(dy) }
          // Converters overwrite the gradients that they pass, and all reads together are read again.
          withScratch(count) { errors in
            errors.update(from: dy, count: count)
            pass(errors)
          }
        }
      }
    }
    swap(&chip, &self.chip)
    swap(&values, &weights.values)
    swap(&gradient, &weights.gradient)
  }

  public mutating func newRead(_ key: StreamKey) { chip?.newRead(key) }

  public mutating func learn(
    _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, vectors: Int, _ optimizer: Optimizer,
    rate: Float, step: Int
  ) {
    blocks.outer(x, dy, into: &weights.gradient, vectors: vectors, alpha: 1, beta: 0)
    sumBias(dy, vectors: vectors)
    clearZeros()
    weights.update(optimizer, rate: rate, step: step)
    bias.update(optimizer, rate: rate, step: step)
    chip?.settings.clipping.limit(&weights.values)
  }

  /// Calibrated ranges of the chip follow the values of training passes.
  mutating func followsValues() { chip?.followsValues = true }

  private mutating func sumBias(_ dy: UnsafePointer<Float>, vectors: Int) {
    bias.gradient.withUnsafeMutableBufferPointer { g in
      guard !g.isEmpty else { return }
      g.update(repeating: 0)
      for v in 0..<vectors {
        let row = dy + v * g.count
        for j in g.indices { g[j] += row[j] }
      }
    }
  }

  /// What is 0 by construction has no gradient.
  private mutating func clearZeros() {
    for zero in zeros {
      for i in zero.rows {
        for j in zero.columns { weights.gradient[i * outputs + j] = 0 }
      }
    }
  }
}

/// Calls `body` with the inputs as the converters in a recurrent layer's loop round them.
private func withConverted(
  _ x: UnsafePointer<Float>, count: Int, _ loop: GateLoop?, _ body: (UnsafePointer<Float>) -> Void
) {
  guard let inputs = loop?.inputs else { return body(x) }
  withScratch(count) { copy in
    inputs.convert(x, count: count, range: 1, volts: 1, into: copy)
    body(copy)
  }
}
