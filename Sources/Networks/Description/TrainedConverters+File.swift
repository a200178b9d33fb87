internal import StrictYAML

extension TrainedConverters {
  /// What ends of ranges and weights may be.
  private static let sizes = 1e-30...1e30

  /// Reads `converters` of a layer, a mapping or a list with a mapping or `none` for each of its matrices; `nil` where
  /// nothing is said.
  static func all(layer node: StrictNode) -> [TrainedConverters?]? {
    guard node.has("converters") else { return nil }
    let part = node.child("converters")
    return part.isList
      ? part.elements().map { $0.isText && $0.text() == "none" ? nil : TrainedConverters($0) }
      : [TrainedConverters(node.mapping("converters"))]
  }

  private init(_ part: StrictNode) {
    inputBits = part.optionalInteger("dac-bits", in: 2...16, default: nil)
    let ownMaximum = part.text("input-range") == "absolute-maximum"
    inputRange = ownMaximum ? nil : Float(part.number("input-range", in: Self.sizes))
    outputBits = part.optionalInteger("adc-bits", in: 2...16, default: nil)
    largestWeight = Float(part.number("largest-weight", in: Self.sizes))
    (usesRamps, activation, tileRows, outputRanges) = (false, nil, 1, [])
    guard outputBits != nil else { return }
    usesRamps = part.choice("adc", of: ["uniform", "ramp"], default: "uniform") == "ramp"
    if usesRamps, part.has("activation") {
      activation = part.choice("activation", of: ActivationDescription.types)
    }
    tileRows = part.integer("tile-rows", in: 1...1 << 20)
    outputRanges = part.quantities("output-ranges", unit: "", in: Self.sizes).map { Float($0) }
    sendsBits =
      part.choice("input-coding", of: ["whole", "bit-serial"], default: "whole") == "bit-serial"
    if part.has("bound-management") {
      boundManagement = part.choice("bound-management", of: ["iterative", "worst-case"])
    }
    guard part.has("converted-sums") else { return }
    let sums = part.text("converted-sums")
    if !sums.utf8.allSatisfy({ (97...122).contains($0) || (45...58).contains($0) }) {
      part.child("converted-sums").fault("names a scheme such as bit-sliced:8:4")
    }
    convertedSums = sums
    sliceCount = part.integer("slices", in: 1...24, default: 1)
  }

  /// What `all(layer:)` reads.
  static func text(of all: [TrainedConverters?]) -> String {
    let texts = all.map { $0?.text ?? "none" }
    return all.count == 1 && all[0] != nil ? texts[0] : "[\(texts.joined(separator: ", "))]"
  }

  private var text: String {
    var keys = [
      ("dac-bits", inputBits.map(String.init) ?? "none"),
      ("input-range", inputRange.map { "\($0)" } ?? "absolute-maximum"),
      ("adc-bits", outputBits.map(String.init) ?? "none"),
    ]
    if outputBits != nil {
      let ends = outputRanges.map { "\($0)" }.joined(separator: ", ")
      if usesRamps { keys.append(("adc", "ramp")) }
      if let activation { keys.append(("activation", activation)) }
      if sendsBits { keys.append(("input-coding", "bit-serial")) }
      if let boundManagement { keys.append(("bound-management", boundManagement)) }
      if let convertedSums {
        keys += [("converted-sums", convertedSums), ("slices", "\(sliceCount)")]
      }
      keys += [("tile-rows", "\(tileRows)"), ("output-ranges", "[\(ends)]")]
    }
    keys.append(("largest-weight", "\(largestWeight)"))
    return "{\(keys.map { "\($0): \($1)" }.joined(separator: ", "))}"
  }
}
