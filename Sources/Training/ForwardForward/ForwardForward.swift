import LinearAlgebra
import Networks
import Randomness

/// A forward-forward network for classification.
///
/// Two forward passes take the place of forward and backward: one on data with the right label in the
/// first inputs, one on the same data with a wrong label that the network itself finds likely. Without
/// labels the second pass goes over blends of two samples. Source: G. Hinton,
/// "The forward-forward algorithm", arXiv 2212.13345, with the numbers of its published code.
public struct ForwardForward: Sendable {
  /// The layers, first to last.
  public internal(set) var layers: [ForwardForwardLayer]
  /// The softmax on the activities of all layers but the first.
  public internal(set) var head: SoftmaxHead
  /// The numbers of the rule.
  public let rule: ForwardForwardRule
  /// How many classes; as many of the first inputs are replaced by the label.
  public let classCount: Int
  var step = 0
  private let key: StreamKey
  private let hybrids: HybridSamples
  private let hardware: HardwareSettings?

  /// A network with layer sizes `sizes`, inputs first.
  ///
  /// - Parameters:
  ///   - shape: of one sample, which hybrids are cut along; one axis where nothing is said.
  ///   - hardware: the array of each layer, which its reads go through; updates are digital.
  ///   - pulsed: the arrays of pulsed devices that are the layers' weights, and the rule by which
  ///     updates reach them; neither smoothing nor weight cost act on them.
  /// - Precondition: at least two layers of units, and more inputs than classes where labels take their
  ///   places.
  public init(
    sizes: [Int], classes: Int, rule: ForwardForwardRule = .init(), shape: [Int]? = nil,
    hardware: HardwareSettings? = nil,
    pulsed: (design: InSituDesign, rule: any InSituRuleSettings)? = nil, key: StreamKey
  ) {
    precondition(hardware == nil || pulsed == nil, "one kind of array")
    precondition(sizes.count >= 3 && classes > 1, "inputs and two layers")
    precondition(rule.negatives == .hybrids || sizes[0] > classes, "room for the label")
    precondition(shape.map { $0.reduce(1, *) == sizes[0] } ?? true, "the shape of the inputs")
    hybrids = HybridSamples(shape: shape ?? [sizes[0]], blurs: rule.maskBlurs)
    layers = (1..<sizes.count).map {
      ForwardForwardLayer(inputs: sizes[$0 - 1], units: sizes[$0], key: key.child("w").child($0))
    }
    self.hardware = hardware
    for k in layers.indices where hardware != nil || pulsed != nil {
      let (inputs, units) = (layers[k].inputCount, layers[k].unitCount)
      let weights = InitialWeights.normal.draw(inputs, units, key.child("w").child(k + 1))
      let bias = [Float](repeating: 0, count: units)
      if let pulsed {
        layers[k].site = PulsedSite(
          weights: weights, bias: bias, design: pulsed.design, rule: pulsed.rule,
          key: key.child("cells").child(k))
      } else {
        // A range that stays behind clips the most active units, whose goodness then never reaches
        // its threshold: their weights would grow without end.
        var site = DigitalSite(weights: weights, bias: bias, hardware: hardware)
        site.followsValues()
        layers[k].site = site
      }
    }
    head = SoftmaxHead(inputs: sizes[2...].reduce(0, +), classes: classes)
    self.rule = rule
    classCount = classes
    self.key = key
  }

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
    precondition(labels.count == n, "a label a sample")
    let read = key.child("reads").child(step)
    begin(isTraining: true, key: read)
    let (loss, features, logits) =
      rule.negatives == .labels
      ? learnFromLabels(x, labels, gain: gain, read) : learnFromHybrids(x, gain: gain, read)
    head.learn(features, logits: logits, labels: labels, rule: rule, gain: gain)
    step += 1
    let scores = Matrix(rowCount: n, columnCount: classCount, elements: logits)
    return StepResult(
      loss: loss / Double(layers.count), right: Classification.correctCount(scores, labels: labels))
  }

  /// What a step gives: the layers' loss, and what the head read and said before it.
  private typealias Learnt = (loss: Double, features: [Float], logits: [Float])

  private mutating func learnFromLabels(
    _ x: Matrix<Float>, _ labels: ArraySlice<Int32>, gain: Float, _ read: StreamKey
  ) -> Learnt {
    let n = x.rowCount
    let features = headFeatures(passes(labelled(x, nil), key: read.child("neutral")), samples: n)
    let logits = head.logits(features, samples: n)
    let wrong = head.hardNegatives(logits, labels: labels, key: key.child("negative").child(step))
    let (loss, _) = learn(
      labelled(x, Array(labels)), against: labelled(x, wrong), gain: gain, read.child("both"))
    return (loss, features, logits)
  }

  private mutating func learnFromHybrids(
    _ x: Matrix<Float>, gain: Float, _ read: StreamKey
  ) -> Learnt {
    let blends = hybrids.blended(x, key: key.child("hybrid").child(step))
    let (loss, activities) = learn(x, against: blends, gain: gain, read.child("both"))
    let features = headFeatures(activities, samples: x.rowCount)
    return (loss, features, head.logits(features, samples: x.rowCount))
  }

  /// A step of every layer; the summed loss, and the normalised activities of the layers.
  private mutating func learn(
    _ positives: Matrix<Float>, against negatives: Matrix<Float>, gain: Float, _ read: StreamKey
  ) -> (loss: Double, activities: [[Float]]) {
    let n = positives.rowCount
    var input = Matrix(
      rowCount: 2 * n, columnCount: positives.columnCount,
      elements: positives.elements + negatives.elements)
    normalise(&input)
    var (loss, activities) = (0.0, [[Float]]())
    // Every layer learns from what the layers below were before this step.
    for k in layers.indices {
      var y = Matrix<Float>(rowCount: 2 * n, columnCount: layers[k].unitCount)
      layers[k].read(input.elements, samples: 2 * n, into: &y.elements, key: read.child(k))
      loss += layers[k].learn(
        x: input.elements, y: y.elements, positives: n, samples: 2 * n, rule: rule,
        rate: rule.rate * gain)
      normalise(&y)
      activities.append(y.elements)
      input = y
    }
    return (loss, activities)
  }

  /// The logits of the softmax head after one pass, with a neutral label where labels have a place;
  /// samples × classes.
  public mutating func softmaxLogits(
    _ x: Matrix<Float>, key: StreamKey = StreamKey(seed: 0)
  ) -> Matrix<Float> {
    begin(isTraining: false, key: key)
    let activities = passes(
      rule.negatives == .labels ? labelled(x, nil) : x, key: key.child("neutral"))
    return Matrix(
      rowCount: x.rowCount, columnCount: classCount,
      elements: head.logits(headFeatures(activities, samples: x.rowCount), samples: x.rowCount))
  }

  /// The goodness of all layers but the first with each label, one pass a label, samples × classes.
  /// - Precondition: the layers learn from labels.
  public mutating func goodnessByLabel(
    _ x: Matrix<Float>, key: StreamKey = StreamKey(seed: 0)
  ) -> Matrix<Float> {
    precondition(
      rule.negatives == .labels, "goodness tells labels apart only where they were learnt")
    begin(isTraining: false, key: key)
    let n = x.rowCount
    var scores = Matrix<Float>(rowCount: n, columnCount: classCount)
    for label in 0..<classCount {
      let activities = passes(
        labelled(x, Array(repeating: Int32(label), count: n)), normalised: false,
        key: key.child(label))
      for k in layers.indices.dropFirst() {
        let goodness = layers[k].goodness(activities[k], samples: n)
        for s in 0..<n { scores[s, label] += goodness[s] }
      }
    }
    return scores
  }

  /// The class of each sample by the softmax head.
  public mutating func classesBySoftmax(_ x: Matrix<Float>) -> [Int] {
    let scores = softmaxLogits(x)
    return (0..<x.rowCount).map { Classification.largest(scores, row: $0) }
  }

  /// The class of each sample by goodness.
  public mutating func classesByGoodness(_ x: Matrix<Float>) -> [Int] {
    let scores = goodnessByLabel(x)
    return (0..<x.rowCount).map { Classification.largest(scores, row: $0) }
  }

  /// The activities of every layer, normalised where asked for.
  private mutating func passes(
    _ labelled: Matrix<Float>, normalised: Bool = true, key: StreamKey
  ) -> [[Float]] {
    var input = labelled
    normalise(&input)
    var all: [[Float]] = []
    for k in layers.indices {
      var y = Matrix<Float>(rowCount: input.rowCount, columnCount: layers[k].unitCount)
      layers[k].read(
        input.elements, samples: input.rowCount, into: &y.elements, key: key.child(k))
      if !normalised { all.append(y.elements) }
      normalise(&y)
      if normalised { all.append(y.elements) }
      input = y
    }
    return all
  }

  /// Draws the arrays of the passes that follow; one chip stays one chip.
  private mutating func begin(isTraining: Bool, key: StreamKey) {
    guard let hardware else { return }
    for k in layers.indices {
      let pass = TrainingPass(
        key: key, isTraining: isTraining,
        chip: hardware.sampling == .fixed ? self.key.child("chip") : key,
        renewal: hardware.renewal(at: step)
      ).layer(k)
      layers[k].site.begin(pass, vectors: nil, samples: 1)
    }
  }

  private func headFeatures(_ activities: [[Float]], samples: Int) -> [Float] {
    var features: [Float] = []
    features.reserveCapacity(samples * head.inputCount)
    for s in 0..<samples {
      for k in layers.indices.dropFirst() {
        let n = layers[k].unitCount
        features += activities[k][s * n..<(s + 1) * n]
      }
    }
    return features
  }

  /// `x` with its first columns set to a label, or to a tenth each where there is none.
  private func labelled(_ x: Matrix<Float>, _ labels: [Int32]?) -> Matrix<Float> {
    var result = x
    for s in 0..<x.rowCount {
      for c in 0..<classCount {
        result[s, c] =
          labels.map { $0[s] == Int32(c) ? rule.labelStrength : 0 }
          ?? rule.labelStrength / Float(classCount)
      }
    }
    return result
  }

  private func normalise(_ x: inout Matrix<Float>) {
    let (rows, count) = (x.rowCount, x.columnCount)
    x.elements.withUnsafeMutableBufferPointer {
      LengthNormalisation.apply($0.baseAddress!, rows: rows, count: count)
    }
  }
}
