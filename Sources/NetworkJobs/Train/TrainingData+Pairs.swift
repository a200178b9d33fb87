import InputOutput
import Randomness
import Training

extension TrainingData {
  /// The samples of the trained pairs, labeled by their pair, and in `pairs` all that the rule reads of both kinds. Without
  /// `pairs` where the run file has a fault.
  ///
  /// - Parameters:
  ///   - partner: the samples of the other kind.
  ///   - request: the section `partner`, where faults of its classes are recorded.
  ///   - key: of all draws.
  /// - Throws: `InputError` where a class of a pair has no samples, or one of the kinds has no single class per sample.
  func paired(
    with partner: TrainingData, _ request: PartnerRequest, key: StreamKey
  ) throws(InputError) -> TrainingData {
    for set in [self, partner] {
      guard set.kind == .classes, set.train.labelsPerSample == 1 else {
        throw InputError(set.name, "has no single class per sample, which pairs of classes need")
      }
    }
    var result = self
    guard let found = request.resolved((classNames, partner.classNames), key: key) else {
      return result
    }
    let pairs = PairedSamples(
      data: try side(of: found.pairs.map(\.data)),
      partner: try partner.side(of: found.pairs.map(\.partner)), count: found.pairs.count,
      trainedCount: found.trainedCount)
    result.pairs = pairs
    result.heldOutPairs = found.pairs.dropFirst(found.trainedCount).map {
      "\(classNames[$0.data])–\(partner.classNames[$0.partner])"
    }
    result.classCount = found.trainedCount
    result.train = train.keeping(found.pairs[..<found.trainedCount].map(\.data))
    result.test = test.keeping(found.pairs[..<found.trainedCount].map(\.data))
    return result
  }

  /// The samples of some classes, each with the place of its class.
  private func side(of classes: [Int]) throws(InputError) -> PairedSamples.Side {
    let (train, test) = (train.keeping(classes), test.keeping(classes))
    for (name, part) in [("training", train), ("test", test)] {
      let present = Set(part.labels)
      for (place, number) in classes.enumerated() where !present.contains(Int32(place)) {
        throw InputError(
          self.name,
          "has no \(name) samples of the class '\(classNames[number])', which is in a pair")
      }
    }
    return PairedSamples.Side(
      shape: sampleShape, train: .init(x: train.samples, pairs: train.labels),
      test: .init(x: test.samples, pairs: test.labels))
  }
}

extension TrainingData.Part {
  /// The samples of `classes`, labeled by the place of their class in it.
  fileprivate func keeping(_ classes: [Int]) -> TrainingData.Part {
    var places: [Int32: Int32] = [:]
    for (place, number) in classes.enumerated() { places[Int32(number)] = Int32(place) }
    var kept = TrainingData.rows(
      labels.indices.filter { places[labels[$0]] != nil }[...], of: self)
    kept.labels = kept.labels.map { places[$0]! }
    return kept
  }
}
