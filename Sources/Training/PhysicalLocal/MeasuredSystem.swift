import ArrayFiles
import InputOutput
import Networks
import StrictYAML

/// A physical system that is known by what was measured of it: a network that was fitted to pairs of drives and answers,
/// in the place of the system, and how a layer drives it.
///
/// The network is any chain of dense layers and layers without arrays, for example one that the rule `backpropagation`
/// trained on pairs of numbers. Nothing in it learns; gradients go through it. It says nothing about drives outside the
/// range that was measured, so drives are brought into that range before.
struct MeasuredSystem: Sendable {
  /// How the numbers of a vector become drives.
  enum Drive: String, CaseIterable, Sendable {
    /// low + (high − low)·|xᵢ|/√(Σ x²): within low … high whatever x is, as Momeni et al. (Science 382, 1297, 2023)
    /// drive their acoustic system.
    case unitLength = "unit-length"
    /// x limited to low … high.
    case clip
  }

  let file: String
  private let network: NetworkDescription
  private let drive: Drive
  /// The smallest and the largest drive that was measured.
  private let range: (low: Float, high: Float)
  /// The deviation of an output from read to read, relative to the root mean square of the outputs.
  private let outputNoise: Float

  /// Reads `file`, `drive`, `low`, `high` and `output-noise`; `nil` where one has a fault, which is recorded.
  init?(_ node: StrictNode) {
    let drive = node.choice("drive", of: Drive.self, default: .unitLength)
    let low = Float(node.number("low", in: -1e9...1e9, default: 0))
    let high = Float(node.number("high", in: -1e9...1e9, default: 1))
    let noise = Float(node.number("output-noise", in: 0...10, default: 0))
    let path = node.text("file")
    guard !path.isEmpty else { return nil }
    guard low < high else {
      node.child("high").fault("it must be above 'low', \(low)")
      return nil
    }
    do {
      let network = try NetworkDescription(path: path)
      try self.init(
        file: path, network, drive: drive, low: low, high: high, outputNoise: noise)
    } catch {
      node.child("file").fault("\(error)")
      return nil
    }
  }

  /// - Parameter low: the smallest drive that was measured, below `high`, the largest.
  /// - Throws: `InputError` where the network is no chain of dense layers and layers without arrays on a vector, its
  ///   arrays do not fit, or outputs have noise and it does not end in a dense layer.
  init(
    file: String, _ network: NetworkDescription, drive: Drive, low: Float, high: Float,
    outputNoise: Float
  ) throws(InputError) {
    guard network.inputShape.count == 1 else {
      throw InputError(file, at: "input", "a system is driven by one vector, such as [20]")
    }
    for (k, layer) in network.layers.enumerated() {
      let place = "layer '\(layer.name ?? "\(k + 1)")'"
      guard layer.isDense || layer.arrayName == nil else {
        throw InputError(
          file, at: place,
          "has arrays: in a fixed network only dense layers have, a layer of type '\(layer.type)' cannot"
        )
      }
      guard try network.places(ofLayer: k, source: file) == [k] else {
        throw InputError(
          file, at: place, "does not read the layer before it: a fixed network has no branches")
      }
    }
    guard outputNoise == 0 || network.layers.last?.isDense == true else {
      throw InputError(file, "must end in a dense layer where its outputs have noise")
    }
    guard try network.shapes(source: file).last?.count == 1 else {
      throw InputError(file, "must give one vector")
    }
    self.file = file
    self.network = network
    self.drive = drive
    range = (low, high)
    self.outputNoise = outputNoise
  }

  /// How many numbers drive it.
  var inputs: Int { network.inputShape[0] }

  /// The layers from a vector to the outputs, the first and those with arrays under names that begin with `name`, and
  /// their arrays under names without it.
  func layers(
    name: String
  ) -> (layers: [NetworkDescription.Layer], arrays: [TrainingNetwork.OwnArray]) {
    let driving: [NetworkDescription.Layer]
    switch drive {
    case .clip:
      driving = [.activation(.clip(low: range.low, high: range.high)).called(name)]
    case .unitLength:
      // The length normalization leaves √n for a vector of n numbers.
      let scale = (range.high - range.low) / Float(inputs).squareRoot()
      driving = [
        .activation(.absolute).called(name), .lengthNormalization,
        .scaleShift(scale: scale, shift: range.low),
      ]
    }
    let last = network.layers.count - 1
    let own = network.layers.enumerated().map { k, layer in
      guard layer.isDense, let array = layer.arrayName else {
        return NetworkDescription.Layer(layer.kind)
      }
      return .dense(
        name: "\(name).\(array)", fixed: FixedWeights(outputNoise: k == last ? outputNoise : 0))
    }
    // A file may hold arrays that no layer reads.
    let names = Set(
      network.layers.compactMap(\.arrayName).flatMap { ["\($0).weight", "\($0).bias"] })
    let arrays = network.arrays.filter { names.contains($0.name) }
    return (driving + own, arrays.map { ($0.name, $0.array.shape, $0.array.floats) })
  }
}

extension TrainingNetwork {
  /// A measured system, driven by all numbers of a sample.
  /// - Throws: `InputError` where it takes another number of drives.
  mutating func append(_ system: MeasuredSystem, name: String?) throws(InputError) {
    let (name, _) = try next(name)
    let count = shape.reduce(1, *)
    guard count == system.inputs else {
      throw InputError(
        "layer '\(name)'",
        "the system in '\(system.file)' takes \(system.inputs) drives, the layer before gives \(count)"
      )
    }
    let (layers, arrays) = system.layers(name: name)
    systemLayers.append(name)
    try append(name, (shape.count == 1 ? [] : [.flatten]) + layers, nil, arrays)
  }
}
