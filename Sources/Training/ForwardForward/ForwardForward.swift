import InputOutput
import LinearAlgebra
import Networks
import Randomness

/// A forward-forward network for classification.
///
/// Two forward passes take the place of forward and backward: one on data with the right label in the
/// first inputs, one on the same data with a wrong label that the network itself finds likely. Without
/// labels the second pass goes over blends of two samples. Every block of the network, by default a layer with
/// weights and what follows it, learns from its own activities. Source: G. Hinton,
/// "The forward-forward algorithm", arXiv 2212.13345, with the numbers of its published code.
public struct ForwardForward: Sendable {
  /// The blocks, first to last.
  var blocks: [ForwardForwardBlock]
  /// The linear softmax on the activities of all blocks but the first.
  var head: TrainableGraph
  /// The numbers of the rule.
  public let rule: ForwardForwardRule
  /// How many classes; as many of the first inputs are replaced by the label.
  public let classCount: Int
  var step = 0
  private let key: StreamKey
  private let hybrids: HybridSamples
  private let sites: SiteDesign

  /// The name of the head's layer.
  static let headName = "softmax"

  /// A network of the blocks of `network`.
  ///
  /// - Parameters:
  ///   - ends: the names of the layers that blocks end after; `nil` for a block per layer with weights, or per
  ///     stretch of such layers that branches join.
  ///   - shape: of one sample, which hybrids are cut along; that of the network's input unless something else is said.
  ///   - sites: what holds the weights.
  ///   - initial: other first weights for a site; `nil` leaves those of the network.
  /// - Throws: `InputError` where the network cannot be cut, or is too large.
  init(
    _ network: TrainingNetwork, endingAfter ends: [String]? = nil, classes: Int,
    rule: ForwardForwardRule, shape: [Int]? = nil, sites: SiteDesign, key: StreamKey,
    initial: (ProductSite) -> ProductSite? = { _ in nil }
  ) throws {
    let source = "network"
    let whole = network.description(title: source)
    let inputs = network.inputShape.reduce(1, *)
    precondition(classes > 1, "classes")
    precondition(rule.negatives == .hybrids || inputs > classes, "room for the label")
    guard !whole.layers.contains(where: { $0.name == Self.headName }) else {
      throw InputError(
        source, at: "layer '\(Self.headName)'",
        "the softmax at the end has this name: choose another")
    }
    let ranges =
      try ends.map { try whole.blocks(endingAfter: $0, source: source) }
      ?? whole.blocks(source: source)
    var count = 0
    blocks = try ranges.map { range in
      let first = count
      let block = try ForwardForwardBlock(whole.part(range, source: source), firstSite: first) {
        count += 1
        return try sites.site(
          initial($0) ?? $0, loop: network.loop(of: $0),
          key: key.child("cells").child(first + $0.index))
      }
      return block
    }
    let features = blocks.count == 1 ? blocks[...] : blocks[1...]
    head = try Self.head(inputs: features.reduce(0) { $0 + $1.unitCount }, classes: classes)
    self.rule = rule
    self.sites = sites
    self.key = key
    classCount = classes
    hybrids = HybridSamples(shape: shape ?? network.inputShape, blurs: rule.maskBlurs)
  }

  /// Dense layers of rectifiers of these sizes, inputs first.
  ///
  /// - Parameters:
  ///   - shape: of one sample, which hybrids are cut along; one axis where nothing is said.
  ///   - hardware: the array of each layer, which its reads go through; updates are digital.
  ///   - pulsed: the arrays of pulsed devices that are the layers' weights, and the rule by which
  ///     updates reach them; neither smoothing nor weight cost act on them.
  /// - Precondition: a layer of units, and more inputs than classes where labels take their places.
  /// - Throws: `InputError` where a layer is too large.
  public init(
    sizes: [Int], classes: Int, rule: ForwardForwardRule = .init(), shape: [Int]? = nil,
    hardware: HardwareSettings? = nil,
    pulsed: (design: InSituDesign, rule: any InSituRuleSettings)? = nil, key: StreamKey
  ) throws {
    precondition(hardware == nil || pulsed == nil, "one kind of array")
    try self.init(
      sizes: sizes, classes: classes, rule: rule, shape: shape,
      sites: pulsed.map { SiteDesign($0.design, $0.rule, rate: rule.rate) }
        ?? SiteDesign(hardware: hardware), key: key)
  }

  /// The same with a choice of what holds the weights.
  init(
    sizes: [Int], classes: Int, rule: ForwardForwardRule, shape: [Int]?, sites: SiteDesign,
    key: StreamKey
  ) throws {
    precondition(sizes.count >= 2, "inputs and a layer")
    precondition(shape.map { $0.reduce(1, *) == sizes[0] } ?? true, "the shape of the inputs")
    var network = TrainingNetwork(inputShape: [sizes[0]], key: key)
    for size in sizes.dropFirst() { try network.dense(size, .relu) }
    try self.init(
      network, classes: classes, rule: rule, shape: shape, sites: sites, key: key,
      initial: { site in
        // Rectifiers of normalized inputs start with variance 1/inputs, as in the published code.
        let number = Int(site.name.dropFirst("layer".count)) ?? 0
        return site.replacing(
          weights: InitialWeights.normal.draw(
            site.inputs, site.outputs, key.child("w").child(number)), bias: site.bias)
      })
  }

  /// The blocks whose activities the head reads and goodness is summed over: all but the first, where there are others.
  var featureBlocks: Range<Int> { min(1, blocks.count - 1)..<blocks.count }

  /// The arrays of pulsed devices that hold weights.
  var pulsedArrays: [any InSituRule] { blocks.flatMap { $0.graph.sites.pulsedArrays } }

  /// One step on a batch.
  ///
  /// - Parameters:
  ///   - x: samples × inputs; its first `classCount` columns are overwritten by labels.
  ///   - labels: the true classes.
  ///   - gain: the schedule's factor on the learning rates.
  /// - Returns: the mean loss of the layers, and how many samples the softmax head classified rightly
  ///   before the step.
  @discardableResult
  public mutating func train(
    _ x: Matrix<Float>, labels: ArraySlice<Int32>, gain: Float
  ) -> StepResult {
    let n = x.rowCount
    precondition(labels.count == n, "a label per sample")
    let read = key.child("reads").child(step)
    let pass = begin(samples: 2 * n, isTraining: true, key: read)
    let (loss, features, logits) =
      rule.negatives == .labels
      ? learnFromLabels(x, labels, gain: gain, read, pass)
      : learnFromHybrids(x, gain: gain, read, pass)
    learnHead(features, labels: labels, gain: gain)
    step += 1
    return StepResult(
      loss: loss / Double(blocks.count),
      right: Classification.correctCount(logits, labels: labels))
  }

  /// What a step gives: the blocks' loss, and what the head read and said before it.
  private typealias Learnt = (loss: Double, features: Matrix<Float>, logits: Matrix<Float>)

  private mutating func learnFromLabels(
    _ x: Matrix<Float>, _ labels: ArraySlice<Int32>, gain: Float, _ read: StreamKey,
    _ pass: TrainingPass
  ) -> Learnt {
    let features = headFeatures(passes(labeled(x, nil), pass, key: read.child("neutral")))
    let logits = headLogits(features)
    let wrong = Self.hardNegatives(
      logits, labels: labels, key: key.child("negative").child(step))
    let (loss, _) = learn(
      labeled(x, Array(labels)), against: labeled(x, wrong), gain: gain, read.child("both"), pass)
    return (loss, features, logits)
  }

  private mutating func learnFromHybrids(
    _ x: Matrix<Float>, gain: Float, _ read: StreamKey, _ pass: TrainingPass
  ) -> Learnt {
    let blends = hybrids.blended(x, key: key.child("hybrid").child(step))
    let (loss, activities) = learn(x, against: blends, gain: gain, read.child("both"), pass)
    let features = headFeatures(
      activities.map { $0.block(rows: 0..<x.rowCount, columns: 0..<$0.columnCount) })
    return (loss, features, headLogits(features))
  }

  /// A step of every block; the summed loss, and the normalized activities of the blocks.
  private mutating func learn(
    _ positives: Matrix<Float>, against negatives: Matrix<Float>, gain: Float, _ read: StreamKey,
    _ pass: TrainingPass
  ) -> (loss: Double, activities: [Matrix<Float>]) {
    let n = positives.rowCount
    var input = Matrix(
      rowCount: 2 * n, columnCount: positives.columnCount,
      elements: positives.elements + negatives.elements)
    normalize(&input)
    var (loss, activities) = (0.0, [Matrix<Float>]())
    // Every block learns from what the blocks below were before this step.
    for k in blocks.indices {
      var y = input.elements.withUnsafeBufferPointer { x in
        let y = blocks[k].read(x.baseAddress!, samples: 2 * n, pass, key: read)
        loss += blocks[k].learn(y: y, positives: n, rule: rule, rate: rule.rate * gain)
        return y
      }
      normalize(&y)
      activities.append(y)
      input = y
    }
    return (loss, activities)
  }

  /// The logits of the softmax head after one pass, with a neutral label where labels have a place;
  /// samples × classes.
  public mutating func softmaxLogits(
    _ x: Matrix<Float>, key: StreamKey = StreamKey(seed: 0)
  ) -> Matrix<Float> {
    let pass = begin(samples: x.rowCount, isTraining: false, key: key)
    return headLogits(
      headFeatures(
        passes(
          rule.negatives == .labels ? labeled(x, nil) : x, pass, key: key.child("neutral"))))
  }

  /// The goodness of all blocks but the first with each label, one pass a label, samples × classes.
  /// - Precondition: the blocks learn from labels.
  public mutating func goodnessByLabel(
    _ x: Matrix<Float>, key: StreamKey = StreamKey(seed: 0)
  ) -> Matrix<Float> {
    precondition(
      rule.negatives == .labels, "goodness tells labels apart only where they were learnt")
    let n = x.rowCount
    let pass = begin(samples: n, isTraining: false, key: key)
    var scores = Matrix<Float>(rowCount: n, columnCount: classCount)
    for label in 0..<classCount {
      let activities = passes(
        labeled(x, Array(repeating: Int32(label), count: n)), pass, normalized: false,
        key: key.child(label))
      for k in featureBlocks {
        let goodness = blocks[k].goodness(activities[k])
        for s in 0..<n { scores[s, label] += goodness[s] }
      }
    }
    return scores
  }

  /// The activities of every block for samples as they are, samples × units.
  package mutating func activities(_ x: Matrix<Float>) -> [Matrix<Float>] {
    let key = StreamKey(seed: 0)
    let pass = begin(samples: x.rowCount, isTraining: false, key: key)
    return passes(x, pass, normalized: false, key: key)
  }

  /// The activities of every block, normalized where asked for.
  private mutating func passes(
    _ labeled: Matrix<Float>, _ pass: TrainingPass, normalized: Bool = true, key: StreamKey
  ) -> [Matrix<Float>] {
    var input = labeled
    normalize(&input)
    var all: [Matrix<Float>] = []
    for k in blocks.indices {
      var y = input.elements.withUnsafeBufferPointer {
        blocks[k].read($0.baseAddress!, samples: labeled.rowCount, pass, key: key)
      }
      if !normalized { all.append(y) }
      normalize(&y)
      if normalized { all.append(y) }
      input = y
    }
    return all
  }

  /// Draws the arrays of the passes that follow; one chip stays one chip.
  private mutating func begin(samples: Int, isTraining: Bool, key: StreamKey) -> TrainingPass {
    let pass = sites.pass(
      key, isTraining: isTraining, step: step, fixed: self.key.child("chip"))
    for k in blocks.indices { blocks[k].graph.begin(pass, samples: samples, readsAgain: true) }
    return pass
  }

  /// How labels take the place of the first numbers.
  var label: WrittenLabel {
    WrittenLabel(classes: classCount, strength: rule.labelStrength, replaces: true)
  }

  /// `x` with a label per sample, or the neutral one.
  private func labeled(_ x: Matrix<Float>, _ labels: [Int32]?) -> Matrix<Float> {
    label.written((0..<x.rowCount).map { s in labels.map { Int($0[s]) } }, into: x)
  }

  private func normalize(_ x: inout Matrix<Float>) {
    let (rows, count) = (x.rowCount, x.columnCount)
    x.elements.withUnsafeMutableBufferPointer {
      LengthNormalization.apply($0.baseAddress!, rows: rows, count: count)
    }
  }
}
