/// How a signed weight is laid on conductances, which have no sign.
public enum WeightMapping: Sendable, Hashable {
  /// Two cells a weight, subtracted as currents: w ∝ G⁺ − G⁻.
  case differentialPair(Pair = .oneSided)
  /// One cell a weight above a fixed pedestal: w ∝ G − (G_min + G_max)/2.
  case offset(Subtraction = .digital)
  /// The weight as an integer of `weightBits` bits, split into cells of `bitsPerCell` bits.
  case bitSliced(weightBits: Int, bitsPerCell: Int, pairing: Pairing)

  /// Where the two cells of a pair stand.
  public enum Pair: String, Sendable, CaseIterable {
    /// One cell carries |w|, the other stays at G_min.
    case oneSided = "one-sided"
    /// Both move about the middle of the window, in opposite directions.
    case twoSided = "two-sided"
  }

  /// How the pedestal of an offset mapping is taken off.
  public enum Subtraction: String, Sendable, CaseIterable {
    /// After conversion: the sum of the inputs times the nominal pedestal.
    case digital
    /// Before conversion: a column of cells programmed to the pedestal, one a tile.
    case referenceColumn = "reference-column"
  }

  /// How the slices of a bit-sliced weight get their sign.
  public enum Pairing: String, Sendable, CaseIterable {
    /// Two cells a slice: the magnitude on one side.
    case differential
    /// One cell a slice: the integer is shifted to be positive, and the shift subtracted digitally.
    case offset
    /// The same with a column of cells a slice and tile that carries the shift.
    case referenceColumn = "reference-column"
  }

  /// Whether a weight is the difference of two cells.
  var hasPairs: Bool {
    switch self {
    case .differentialPair, .bitSliced(_, _, .differential): true
    default: false
    }
  }

  /// Whether a pedestal is subtracted after conversion.
  package var hasDigitalPedestal: Bool {
    switch self {
    case .offset(.digital), .bitSliced(_, _, .offset): true
    default: false
    }
  }

  /// Why nothing can be subtracted after separate conversions, as the end of a sentence; `nil` where pairs or reference
  /// columns can.
  package var digitalSubtractionFault: String? {
    hasDigitalPedestal
      ? "'\(scheme)' has no second column to convert: pairs and reference columns have" : nil
  }

  /// How many slices a weight has.
  public var sliceCount: Int {
    switch self {
    case .differentialPair, .offset: return 1
    case .bitSliced(let weightBits, let bitsPerCell, let pairing):
      let bits = pairing == .differential ? weightBits - 1 : weightBits
      return (bits + bitsPerCell - 1) / bitsPerCell
    }
  }

  /// How many columns of cells a weight takes, reference columns left out.
  public var columnsPerWeight: Int {
    switch self {
    case .differentialPair: 2
    case .offset: 1
    case .bitSliced(_, _, let pairing): sliceCount * (pairing == .differential ? 2 : 1)
    }
  }

  /// How many columns of a tile serve all its weights: a reference column a slice.
  public var referenceColumns: Int {
    switch self {
    case .offset(.referenceColumn): 1
    case .bitSliced(_, _, .referenceColumn): sliceCount
    default: 0
    }
  }

  func check() {
    if case .bitSliced(let weightBits, let bitsPerCell, _) = self {
      precondition((2...24).contains(weightBits), "2 to 24 bits a weight")
      precondition((1...8).contains(bitsPerCell), "1 to 8 bits a cell")
    }
  }
}
