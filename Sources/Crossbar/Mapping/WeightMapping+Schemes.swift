extension WeightMapping {
  /// The names of the schemes in run files and options.
  public static let schemes = [
    "differential-pair", "two-sided-pair", "offset-column", "reference-column", "bit-sliced",
    "bit-sliced-offset", "bit-sliced-reference",
  ]

  /// The scheme of this name.
  ///
  /// - Parameters:
  ///   - weightBits: bits of a weight with its sign, 2 to 24; of effect only where weights are sliced.
  ///   - bitsPerCell: bits of one cell, 1 to 8; of effect only where weights are sliced.
  /// - Precondition: `scheme` is one of `schemes`.
  public init(scheme: String, weightBits: Int = 8, bitsPerCell: Int = 4) {
    switch scheme {
    case "differential-pair": self = .differentialPair(.oneSided)
    case "two-sided-pair": self = .differentialPair(.twoSided)
    case "offset-column": self = .offset(.digital)
    case "reference-column": self = .offset(.referenceColumn)
    default:
      let pairings: [String: Pairing] = [
        "bit-sliced": .differential, "bit-sliced-offset": .offset,
        "bit-sliced-reference": .referenceColumn,
      ]
      guard let pairing = pairings[scheme] else { preconditionFailure("'\(scheme)' is a scheme") }
      self = .bitSliced(weightBits: weightBits, bitsPerCell: bitsPerCell, pairing: pairing)
    }
  }

  /// Its name in run files and options.
  public var scheme: String {
    switch self {
    case .differentialPair(.oneSided): "differential-pair"
    case .differentialPair(.twoSided): "two-sided-pair"
    case .offset(.digital): "offset-column"
    case .offset(.referenceColumn): "reference-column"
    case .bitSliced(_, _, .differential): "bit-sliced"
    case .bitSliced(_, _, .offset): "bit-sliced-offset"
    case .bitSliced(_, _, .referenceColumn): "bit-sliced-reference"
    }
  }

  /// The part of `CrossbarDesign.convertedSums` that the scheme alone decides.
  var convertedSums: String? {
    switch self {
    case .differentialPair, .offset(.referenceColumn): nil
    case .offset(.digital): scheme
    case .bitSliced(let weightBits, let bitsPerCell, _): "\(scheme):\(weightBits):\(bitsPerCell)"
    }
  }
}
