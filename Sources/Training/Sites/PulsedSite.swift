import Crossbar
import LinearAlgebra
import Networks
import Randomness

/// The weights of one site as arrays of pulsed devices: forward and backward passes read the arrays, and a rule
/// changes them by pulses once per pass. The bias is digital and descends plainly.
///
/// There is an array for each block of the matrix that holds weights: one for all of it, one per group, or one
/// for each part between blocks that are 0 by construction; and one for each tile of those where arrays have a
/// size.
public struct PulsedSite: TrainableSite {
  /// How many inputs.
  public let inputs: Int
  /// How many outputs.
  public let outputs: Int
  /// The arrays with their rule.
  public private(set) var arrays: [any InSituRule]
  /// One number per output; empty where there is no bias.
  public private(set) var bias: [Float]
  /// None: functions behind pulsed devices are digital.
  public var gateRamps: GateRamps.Written? { nil }
  private let groups: Int
  /// The rows and columns of the matrix that each array holds.
  private let parts: [MatrixBlock]
  // The pass that went forward last.
  private var readKey: StreamKey?
  private var samples = 1
  private var isSeveral = false
  private var callCount = 0

  /// The weights of a product site on arrays.
  ///
  /// - Parameter start: weights to write in place of the site's own, the blocks of the groups one behind the
  ///   other, each inputs × outputs; and the bias.
  public init(
    _ site: ProductSite, start: (weights: [Float], bias: [Float])? = nil, design: InSituDesign,
    rule: any InSituRuleSettings, key: StreamKey
  ) {
    inputs = site.inputs
    outputs = site.outputs
    groups = site.groups
    let parts = site.weightBlocks.flatMap(design.arrays)
    self.parts = parts
    bias = start?.bias ?? site.bias ?? []
    let weights = start.map { site.blockProducts.matrix(of: $0.weights) } ?? site.weights
    let design = design.startingAt(weights.elements.reduce(0) { max($0, abs($1)) })
    arrays = parts.enumerated().map { k, part in
      rule.layer(
        design, rowCount: part.rows.count, columnCount: part.columns.count,
        weights: parts.count == 1
          ? weights.elements
          : weights.diagonal(groups: site.groups, rows: part.rows, columns: part.columns).elements,
        key: k == 0 ? key : key.child("group").child(k))
    }
  }

  /// Dense weights, inputs × outputs, on an array.
  public init(
    weights: Matrix<Float>, bias: [Float], design: InSituDesign, rule: any InSituRuleSettings,
    key: StreamKey
  ) {
    self.init(
      ProductSite(index: 0, name: "site", weights: weights, bias: bias), design: design,
      rule: rule, key: key)
  }

  public mutating func begin(_ pass: TrainingPass, vectors: Int?, samples: Int) {
    // Training goes on with the arrays' own sequence of reads; other passes leave it alone.
    readKey = pass.isTraining ? nil : pass.key
    self.samples = samples
    isSeveral = vectors == nil
    callCount = 0
  }

  public mutating func forward(
    _ x: UnsafePointer<Float>, vectors: Int, into y: UnsafeMutablePointer<Float>, call: Int
  ) {
    callCount = max(callCount, call + 1)
    let key = call == 0 ? readKey : readKey?.child("call").child(call)
    if parts.count == 1 {
      arrays[0].forward(x, samples: vectors, into: y, key: key)
    } else {
      y.update(repeating: 0, count: vectors * outputs)
      for (k, part) in parts.enumerated() {
        withScratch(vectors * (part.rows.count + part.columns.count)) { own in
          let out = own + vectors * part.rows.count
          gather(x, inputs, part.rows, into: own, vectors)
          arrays[k].forward(
            own, samples: vectors, into: out, key: k == 0 ? key : key?.child("group").child(k))
          for v in 0..<vectors {
            let (to, from) = (
              y + v * outputs + part.columns.lowerBound, out + v * part.columns.count
            )
            for j in 0..<part.columns.count { to[j] += from[j] }
          }
        }
      }
    }
    addToRows(bias, y, vectors: vectors)
  }

  public mutating func adjoint(
    _ x: UnsafePointer<Float>, _ dy: UnsafeMutablePointer<Float>, vectors: Int,
    into dx: UnsafeMutablePointer<Float>?, skipping: Int, call: Int, rate: Float?
  ) {
    if let dx { passBack(dy, vectors: vectors, into: dx) }
    guard call == 0, let rate else { return }
    descend(x, dy, vectors: (isSeveral ? callCount : 1) * vectors, batch: samples, rate: rate)
  }

  private mutating func passBack(
    _ dy: UnsafePointer<Float>, vectors: Int, into dx: UnsafeMutablePointer<Float>
  ) {
    if parts.count == 1 { return arrays[0].backward(dy, samples: vectors, into: dx) }
    dx.update(repeating: 0, count: vectors * inputs)
    for (k, part) in parts.enumerated() {
      withScratch(vectors * (part.rows.count + part.columns.count)) { below in
        let own = below + vectors * part.rows.count
        gather(dy, outputs, part.columns, into: own, vectors)
        arrays[k].backward(own, samples: vectors, into: below)
        for v in 0..<vectors {
          let (to, from) = (dx + v * inputs + part.rows.lowerBound, below + v * part.rows.count)
          for i in 0..<part.rows.count { to[i] += from[i] }
        }
      }
    }
  }

  public mutating func newRead(_ key: StreamKey) { readKey = key }

  public mutating func learn(
    _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, vectors: Int, _ optimizer: Optimizer,
    rate: Float, step: Int
  ) { descend(x, dy, vectors: vectors, batch: samples, rate: rate) }

  private mutating func descend(
    _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, vectors: Int, batch: Int, rate: Float
  ) {
    if parts.count == 1 {
      arrays[0].step(x: x, g: dy, samples: vectors, batch: batch, rate: rate)
    } else {
      for (k, part) in parts.enumerated() {
        withScratch(vectors * (part.rows.count + part.columns.count)) { own in
          let errors = own + vectors * part.rows.count
          gather(x, inputs, part.rows, into: own, vectors)
          gather(dy, outputs, part.columns, into: errors, vectors)
          arrays[k].step(x: own, g: errors, samples: vectors, batch: batch, rate: rate)
        }
      }
    }
    bias.withUnsafeMutableBufferPointer { b in
      guard !b.isEmpty else { return }
      for v in 0..<vectors {
        let row = dy + v * b.count
        for j in b.indices { b[j] -= rate * row[j] }
      }
    }
  }

  public mutating func visit(_ visitor: inout SavedState) {
    let scope = visitor.scope
    for g in arrays.indices {
      visitor.scope = arrays.count == 1 ? scope : "\(scope)group.\(g)."
      arrays[g].visit(&visitor)
    }
    visitor.scope = scope
    if !bias.isEmpty { visitor.floats("bias", &bias) }
  }

  /// The weights as they are read.
  public func exported() -> (weights: [Float], bias: [Float]?) {
    let (height, width) = (inputs / groups, outputs / groups)
    var result = [Float](repeating: 0, count: outputs * height)
    for (array, part) in zip(arrays, parts) {
      let weights = array.weights
      for (i, row) in part.rows.enumerated() {
        for (j, column) in part.columns.enumerated() {
          let place = row - column / width * height
          result[column * height + place] = weights[i * part.columns.count + j]
        }
      }
    }
    return (result, bias.isEmpty ? nil : bias)
  }
}

extension ProductSite {
  /// Its products, block by block.
  var blockProducts: BlockProducts {
    BlockProducts(inputs: inputs, outputs: outputs, groups: groups)
  }

  /// The blocks that hold weights: all of the matrix, those of the groups, or what the blocks of zeros leave in
  /// each stretch of columns.
  var weightBlocks: [MatrixBlock] {
    if groups > 1 {
      return (0..<groups).map { MatrixBlock(rows: block($0).rows, columns: block($0).columns) }
    }
    var ends: Set<Int> = [0, outputs]
    for zero in zeroBlocks { ends.formUnion([zero.columns.lowerBound, zero.columns.upperBound]) }
    let cuts = ends.sorted()
    var result: [MatrixBlock] = []
    for (first, end) in zip(cuts, cuts.dropFirst()) {
      var rows = 0..<inputs
      for zero in zeroBlocks where zero.columns.contains(first) {
        // Blocks of zeros lie at an end of the rows.
        if zero.rows.lowerBound <= rows.lowerBound {
          rows = max(rows.lowerBound, zero.rows.upperBound)..<rows.upperBound
        } else {
          rows = rows.lowerBound..<zero.rows.lowerBound
        }
      }
      if let last = result.last, last.rows == rows {
        result[result.count - 1] = MatrixBlock(rows: rows, columns: last.columns.lowerBound..<end)
      } else {
        result.append(MatrixBlock(rows: rows, columns: first..<end))
      }
    }
    return result
  }
}

/// Copies the numbers `range` of each of `rows` rows, which are `leading` apart, one row behind the other.
private func gather(
  _ from: UnsafePointer<Float>, _ leading: Int, _ range: Range<Int>,
  into to: UnsafeMutablePointer<Float>, _ rows: Int
) {
  copyRows(from + range.lowerBound, leading, to: to, range.count, rows, range.count)
}

/// Copies `count` numbers of each of `rows` rows; rows are `leading` and `toLeading` apart.
func copyRows(
  _ from: UnsafePointer<Float>, _ leading: Int, to: UnsafeMutablePointer<Float>, _ toLeading: Int,
  _ rows: Int, _ count: Int
) {
  for r in 0..<rows { (to + r * toLeading).update(from: from + r * leading, count: count) }
}
