import ArrayFiles
import Networks

extension PhysicalLocalLearning {
  /// The whole classifier: features, a row for every label, the blocks, and the sum of their goodness. A label is as
  /// strong as it was in the last training batch.
  ///
  /// Where a layer does not work on rows (a convolution, a recurrent layer), the file holds the blocks alone: it reads
  /// features with a label and gives the values at the end of the last block.
  func exported(_ features: NetworkDescription) -> NetworkDescription {
    let parts = blocks.map { $0.exported() }
    let rows = parts.compactMap(\.onRows)
    guard rows.count == parts.count else {
      var result = parts[0]
      result.title = "\(features.title): from features with a label to the last block"
      for part in parts.dropFirst() { result.append(part) }
      return result
    }
    var result = features
    result.append([
      .labelRows(classes: classCount, strength: strength, replaces: overlay == .replace)
    ])
    var scores: [LayerSource] = []
    for (k, part) in rows.enumerated() {
      result.append(part)
      let end = result.layers.count
      result.append(Self.goodness(blocks[k].direction, name: "goodness\(k + 1)"))
      scores.append(.place(result.layers.count))
      if k < rows.count - 1 {
        // The next block reads the values, not their goodness.
        result.append([.concatenate([end])])
      }
    }
    if scores.count > 1 { result.append([.add(from: scores)]) }
    return result
  }

  /// The cosine between |h| and `direction`, of every row h.
  private static func goodness(_ direction: [Float], name: String) -> NetworkDescription {
    let (count, epsilon) = (direction.count, Float(1e-5))
    let length = Float(count).squareRoot()
    func array(_ part: String, _ values: [Float]) -> (name: String, array: NumericArray) {
      ("\(name).\(part)", NumericArray(shape: [count], floats: values))
    }
    return NetworkDescription(
      title: name, inputShape: [count],
      layers: [
        .activation(.relu),
        NetworkDescription.Layer.scaleShift(scale: -1, shift: 0).called(nil, from: [.place(0)]),
        .activation(.relu), .add(from: [.place(1), .place(3)]),
        .lengthNormalization, .transpose([1, 0]),
        .batchNormalization(name: name, epsilon: epsilon), .meanOverTime,
      ],
      arrays: NamedArrays(
        source: name,
        [
          array("weight", direction.map { $0 * length }),
          array("bias", Array(repeating: 0, count: count)),
          array("running_mean", Array(repeating: 0, count: count)),
          array("running_var", Array(repeating: 1 - epsilon, count: count)),
        ]))
  }
}
