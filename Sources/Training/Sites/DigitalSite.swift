internal import CConversionKernels
import LinearAlgebra
import Networks
import Randomness

/// Digital weights of one site, which a pass reads exactly or through a chip.
///
/// With groups the matrix is block-diagonal, and only its blocks are kept: each has a chip of its own.
public struct DigitalSite: TrainableSite {
  /// How many inputs.
  public var inputs: Int { blocks.inputs }
  /// How many outputs.
  public var outputs: Int { blocks.outputs }
  /// The blocks on the diagonal one behind the other, each inputs × outputs of its group.
  public var weights: Parameter
  /// One number an output; empty where there is no bias.
  public var bias: Parameter
  /// The chip of every group; empty where reads are digital.
  var chips: [any ChipProduct] = []
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
    blocks = BlockProducts(inputs: site.inputs, outputs: site.outputs, groups: site.groups)
    zeros = site.zeroBlocks
    weights = Parameter(site.weights.elements, decays: true)
    bias = Parameter(site.bias ?? [], decays: false)
    self.loop = loop
    guard let hardware else { return }
    ramped = RampedActivation(
      hardware, site.activation, inputs: site.inputs, outputs: site.outputs, groups: site.groups)
    // Sums that go to ramps meet no other converter.
    let usesRamps = ramped != nil || loop?.converters != nil
    let chip = usesRamps ? hardware.withoutOutputConverters : hardware
    chips = (0..<site.groups).map { _ in
      chip.product(inputs: blocks.rows, outputs: blocks.columns)
    }
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

  private var isOnChip: Bool { chips.first?.isActive == true }
  /// Whether this pass's ramps compute the function behind the site.
  public var appliesActivation: Bool { ramped?.isActive == true }
  /// Whether there are ramps in the loop.
  public var convertsGates: Bool { loop?.converters != nil }

  public mutating func begin(_ pass: TrainingPass, vectors: Int?, samples: Int) {
    isSeveral = vectors == nil
    callCount = 0
    noisy = loop?.begin(pass, weights: weights.values) ?? []
    ramped?.begin(pass)
    guard !chips.isEmpty else { return }
    let held = noisy.isEmpty ? weights.values : noisy
    if chips.count == 1 { return chips[0].begin(held, pass, samples: vectors) }
    // All groups share one window of conductances, as on a mapped chip.
    let largest = held.withUnsafeBufferPointer { ow_largest($0.baseAddress!, $0.count) }
    for g in chips.indices {
      chips[g].begin(
        Array(held[g * blocks.blockCount..<(g + 1) * blocks.blockCount]), pass.group(g),
        samples: vectors, largest: largest)
    }
  }

  public mutating func forward(
    _ x: UnsafePointer<Float>, vectors: Int, into y: UnsafeMutablePointer<Float>, call: Int
  ) {
    callCount = max(callCount, call + 1)
    withConverted(x, count: vectors * inputs, loop) {
      multiply($0, vectors: vectors, into: y, call: call)
    }
    bias.values.withUnsafeBufferPointer { b in
      guard !b.isEmpty else { return }
      for v in 0..<vectors {
        let row = y + v * b.count
        for j in b.indices { row[j] += b[j] }
      }
    }
    if appliesActivation { ramped!.apply(y, count: vectors * outputs) }
  }

  private mutating func multiply(
    _ x: UnsafePointer<Float>, vectors: Int, into y: UnsafeMutablePointer<Float>, call: Int
  ) {
    var chips: [any ChipProduct] = []
    swap(&chips, &self.chips)
    let (blocks, count) = (blocks, blocks.blockCount)
    (noisy.isEmpty ? weights.values : noisy).withUnsafeBufferPointer { w in
      let w = w.baseAddress!
      guard chips.first?.isActive == true else {
        return blocks.forward(x, weights: w, into: y, vectors: vectors)
      }
      if chips.count == 1 {
        return chips[0].forward(x, samples: vectors, weights: w, into: y, call: call)
      }
      for g in chips.indices {
        withScratch(vectors * (blocks.rows + blocks.columns)) { part in
          let out = part + vectors * blocks.rows
          copyRows(x + g * blocks.rows, blocks.inputs, to: part, blocks.rows, vectors, blocks.rows)
          chips[g].forward(part, samples: vectors, weights: w + g * count, into: out, call: call)
          copyRows(
            out, blocks.columns, to: y + g * blocks.columns, blocks.outputs, vectors,
            blocks.columns)
        }
      }
    }
    swap(&chips, &self.chips)
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
        passBackThroughChips(
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

  /// The gradients through the chips, to which each read of the pass adds its own.
  private mutating func passBackThroughChips(
    _ x: UnsafePointer<Float>, _ dy: UnsafeMutablePointer<Float>, vectors: Int,
    into dx: UnsafeMutablePointer<Float>?, call: Int, rate: Float?
  ) {
    let adds = isSeveral && call < callCount - 1
    let (alpha, beta) = (rate.map { -$0 } ?? 1, Float(adds || rate != nil ? 1 : 0))
    let (blocks, noisy, isSingle) = (blocks, noisy, chips.count == 1 && !isSeveral)
    var chips: [any ChipProduct] = []
    var (values, gradient): ([Float], [Float]) = ([], [])
    swap(&chips, &self.chips)
    swap(&values, &weights.values)
    swap(&gradient, &weights.gradient)
    values.withUnsafeMutableBufferPointer { digital in
      gradient.withUnsafeMutableBufferPointer { gradient in
        noisy.withUnsafeBufferPointer { noisy in
          let held = noisy.isEmpty ? UnsafePointer(digital.baseAddress!) : noisy.baseAddress!
          let target = (rate == nil ? gradient : digital).baseAddress!
          if isSingle {
            return chips[0].backward(
              x: x, dz: dy, samples: vectors, dx: dx, weights: held, into: target, alpha: alpha,
              beta: beta, adds: adds, call: call)
          }
          for g in chips.indices {
            // Converters overwrite the gradients that they pass: each chip gets a copy.
            let (rows, columns, first) = (blocks.rows, blocks.columns, g * blocks.blockCount)
            withScratch(vectors * (2 * rows + columns)) { part in
              let (below, errors) = (part + vectors * rows, part + 2 * vectors * rows)
              copyRows(x + g * rows, blocks.inputs, to: part, rows, vectors, rows)
              copyRows(dy + g * columns, blocks.outputs, to: errors, columns, vectors, columns)
              chips[g].backward(
                x: part, dz: errors, samples: vectors, dx: dx == nil ? nil : below,
                weights: held + first, into: target + first, alpha: alpha, beta: beta, adds: adds,
                call: call)
              if let dx { copyRows(below, rows, to: dx + g * rows, blocks.inputs, vectors, rows) }
            }
          }
        }
      }
    }
    swap(&chips, &self.chips)
    swap(&values, &weights.values)
    swap(&gradient, &weights.gradient)
  }

  public mutating func newRead(_ key: StreamKey) {
    for g in chips.indices { chips[g].newRead(g == 0 ? key : key.child("group").child(g)) }
  }

  public mutating func learn(
    _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, vectors: Int, _ optimizer: Optimizer,
    rate: Float, step: Int
  ) {
    blocks.outer(x, dy, into: &weights.gradient, vectors: vectors, alpha: 1, beta: 0)
    sumBias(dy, vectors: vectors)
    clearZeros()
    weights.update(optimizer, rate: rate, step: step)
    bias.update(optimizer, rate: rate, step: step)
    chips.first?.settings.clipping.limit(&weights.values)
  }

  /// Calibrated ranges of the chips follow the values of training passes.
  mutating func followsValues() { for g in chips.indices { chips[g].followsValues = true } }

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
  guard let loop, loop.convertsInputs else { return body(x) }
  withScratch(count) { copy in
    copy.update(from: x, count: count)
    loop.convertInputs(copy, count: count)
    body(copy)
  }
}
