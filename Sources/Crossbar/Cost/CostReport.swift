/// A cost split by part of the chip.
public struct PartCosts: Sendable, Hashable {
  /// The cells.
  public var array: Double
  /// The row drivers with their digital-to-analog converters.
  public var dac: Double
  /// The analog-to-digital converters.
  public var adc: Double
  /// Additions, shifts and control.
  public var digital: Double

  /// A split cost.
  public init(array: Double, dac: Double, adc: Double, digital: Double) {
    self.array = array
    self.dac = dac
    self.adc = adc
    self.digital = digital
  }

  /// The sum of the parts.
  public var total: Double { array + dac + adc + digital }

  /// Part by part.
  public static func + (a: Self, b: Self) -> Self {
    Self(
      array: a.array + b.array, dac: a.dac + b.dac, adc: a.adc + b.adc,
      digital: a.digital + b.digital)
  }

  /// The parts with their names, in the order of the signal's path.
  public var parts: [(name: String, value: Double)] {
    [("array", array), ("DAC", dac), ("ADC", adc), ("digital", digital)]
  }

  /// Nothing.
  public static let zero = Self(array: 0, dac: 0, adc: 0, digital: 0)
}

/// The energy and latency of one inference, and the area of the chip.
public struct CostReport: Sendable, Hashable {
  /// One weight matrix.
  public struct Site: Sendable, Hashable {
    /// The layer's name.
    public var name: String
    /// How many output converters its tiles have.
    public var converters: Int
    /// How many conversions they take per inference.
    public var conversions: Double
    /// Input vectors of the matrix per inference.
    public var vectors: Double
    /// Events at its inputs per inference; `nil` where these are numbers.
    public var events: Double?
    /// The part of the digital energy that evaluates activation functions.
    public var activationEnergy: Double
    /// The part of the digital latency that evaluates activation functions.
    public var activationLatency: Double
    /// In joules per inference.
    public var energy: PartCosts
    /// In seconds per inference. Where reading and converting overlap, this is an upper bound.
    public var latency: PartCosts
    /// In m².
    public var area: PartCosts
  }

  /// The cost file's name.
  public var model: String
  /// The technology node, in meters.
  public var node: Double
  /// The weight matrices, in the order of the network.
  public var sites: [Site]
  /// Multiplications and additions per inference, those of the weight matrices.
  public var operations: Double

  /// In joules per inference.
  public var energy: PartCosts { sites.reduce(.zero) { $0 + $1.energy } }
  /// In seconds per inference, the layers one after the other.
  public var latency: PartCosts { sites.reduce(.zero) { $0 + $1.latency } }
  /// In m².
  public var area: PartCosts { sites.reduce(.zero) { $0 + $1.area } }
  /// Operations per second, one inference after the other; 1e12 are one TOPS.
  public var operationsPerSecond: Double { operations / latency.total }
  /// Operations per joule; 1e12 are one TOPS/W.
  public var operationsPerJoule: Double { operations / energy.total }
  /// Operations per second and m²; 1e18 are one TOPS/mm².
  public var operationsPerSecondAndArea: Double { operationsPerSecond / area.total }
}
