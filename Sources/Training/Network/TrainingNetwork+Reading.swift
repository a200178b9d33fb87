import InputOutput
import Networks
import Randomness
import StrictYAML

extension TrainingNetwork {
  /// The network under `network` of a run file, with random weights.
  ///
  /// Either `hidden: [256, 128]` with `activation` (the rectifier by default), dense layers that end in one output
  /// per class; or `layers`, a list of mappings with a `type`. Faults are recorded in the file, and the network is
  /// then any allowed one.
  ///
  /// - Parameters:
  ///   - inputShape: of what the network reads; a sample unless something else is given.
  ///   - endsInClasses: whether the last layer of `layers` must give one number per class.
  ///   - prepare: adds to the network what its rule needs, before layers are read.
  package init(
    _ setup: TrainingSetup, initial: InitialWeights = .normal, hasBias: Bool = true,
    key: StreamKey? = nil, inputShape: [Int]? = nil, endsInClasses: Bool = true,
    prepare: (inout TrainingNetwork) -> Void = { _ in }
  ) {
    let node = setup.network
    self.init(
      inputShape: inputShape ?? setup.inputShape, initial: initial, hasBias: hasBias,
      key: key ?? setup.key.child("weights"))
    prepare(&self)
    let start = self
    let needed = endsInClasses ? setup.classCount * setup.labelsPerSample : nil
    var isAllowed = true
    if node.has("layers") {
      isAllowed = readLayers(node.child("layers"), setup, needed)
    } else {
      let hidden = TrainingLayers.activation(node, default: "relu")
      do throws(InputError) {
        for size in Self.hiddenSizes(node) { try dense(size, hidden) }
        try dense(setup.classCount)
      } catch {
        node.child("hidden").fault(Self.text(of: error))
        isAllowed = false
      }
    }
    guard !isAllowed else { return }
    // Any network will do to find the other faults of the file.
    self = start
    try? dense(needed ?? setup.classCount)
  }

  /// Reads the entries of `layers`; whether they make a network for the data.
  private mutating func readLayers(
    _ list: StrictNode, _ setup: TrainingSetup, _ needed: Int?
  ) -> Bool {
    var isAllowed = true
    for entry in list.elements() {
      do throws(InputError) {
        try TrainingLayers.read(entry, into: &self)
      } catch {
        entry.fault(Self.text(of: error))
        isAllowed = false
      }
    }
    let found = isEmpty ? 0 : shape.reduce(1, *)
    guard let needed else {
      if isAllowed, isEmpty { list.fault("there must be a layer") }
      return isAllowed && !isEmpty
    }
    if isAllowed, found != needed {
      list.fault(
        "the last layer gives \(found) numbers, the data has \(setup.targetText)"
          + (setup.labelsPerSample > 1 ? " at \(setup.labelsPerSample) places" : ""))
    }
    return isAllowed && found == needed
  }

  /// A fault of the network without the file, which the run file's own faults name.
  static func text(of error: InputError) -> String {
    "\(error.place.isEmpty ? error.source : error.place): \(error.problem)"
  }

  /// The list under `hidden`, each from 1 to 1,048,576; may be empty.
  static func hiddenSizes(_ node: StrictNode) -> [Int] {
    node.child("hidden").elements().compactMap { element in
      guard let text = element.text(), let size = Int(text), (1...1 << 20).contains(size) else {
        element.fault("a whole number from 1 to \(1 << 20) is expected")
        return nil
      }
      return size
    }
  }
}

extension TrainingSetup {
  /// "10 classes", "1 target number per sample".
  var targetText: String {
    guard targets == .classes else {
      return "\(classCount) target number\(classCount == 1 ? "" : "s") per sample"
    }
    return "\(classCount) classes"
  }

  /// The network that trains with the file's loss.
  ///
  /// A layer that `site` refuses is a fault of the file; the network is then any allowed one.
  /// - Throws: what `site` throws otherwise.
  func trained(
    _ network: TrainingNetwork, optimizer: Optimizer, title: String,
    _ site: (ProductSite) throws -> any TrainableSite
  ) throws -> Backpropagation {
    let loss = loss()
    do {
      return try Backpropagation(network, loss: loss, optimizer: optimizer, title: title, site)
    } catch let error as InputError where error.source.hasPrefix("layer '") {
      self.network.fault(TrainingNetwork.text(of: error))
      return try Backpropagation(
        TrainingNetwork(sizes: [1, classCount], key: key), loss: loss, optimizer: optimizer)
    }
  }
}
