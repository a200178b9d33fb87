import Randomness

/// A kind of output converter, described by the thresholds between its codes.
///
/// A new one is one file and one line in `ConverterLaws.all`: `ohmweave map --adc NAME` converts with it, and
/// `ohmweave adc` compares it with ramps. Uniform converters and ramps of cells have kernels and files of their own.
public protocol ConverterLaw: Sendable {
  /// What run files call it.
  static var name: String { get }
  /// Clock cycles of a conversion of `bits` bits.
  static func cycles(bits: Int) -> Int
  /// The levels of one converter.
  ///
  /// - Parameters:
  ///   - lowest: the lower end of the range, relative to the upper, below 1.
  ///   - mismatch: relative standard deviation of one unit element, such as a unit capacitor; 0 is the design.
  ///   - key: of the elements of this converter.
  static func levels(bits: Int, lowest: Double, mismatch: Double, key: StreamKey) -> ConverterLevels
}

/// Where the codes of a converter change and what they stand for, relative to the upper end of the range.
public struct ConverterLevels: Sendable, Hashable {
  /// Rising, one less than codes; two of them are equal where a code is missing.
  public var thresholds: [Double]
  /// What each code stands for.
  public var outputs: [Double]

  /// Levels.
  /// - Precondition: a threshold between two codes.
  public init(thresholds: [Double], outputs: [Double]) {
    precondition(thresholds.count == outputs.count - 1, "a threshold between two codes")
    (self.thresholds, self.outputs) = (thresholds, outputs)
  }

  /// The code of a value: how many thresholds are not above it.
  public func code(_ value: Double) -> Int {
    var (low, high) = (0, thresholds.count)
    while low < high {
      let middle = (low + high) / 2
      if thresholds[middle] <= value { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The largest distance of a threshold from that of `design`, in steps between the outputs beside it: the integral
  /// nonlinearity in least significant bits.
  public func integralNonlinearity(of design: ConverterLevels) -> Double {
    thresholds.indices.reduce(0) {
      let step = design.outputs[$1 + 1] - design.outputs[$1]
      return max($0, abs(thresholds[$1] - design.thresholds[$1]) / step)
    }
  }
}

/// The kinds of converters that run files can name.
public enum ConverterLaws {
  /// One line a kind.
  public static let all: [any ConverterLaw.Type] = [
    SuccessiveApproximation.self,
    LogarithmicConverter.self,
  ]

  /// Their names.
  public static var names: [String] { all.map { $0.name } }

  /// The kind called `name`.
  public static func named(_ name: String) -> (any ConverterLaw.Type)? {
    all.first { $0.name == name }
  }
}

/// A kind of converter with its mismatch, as an output converter has it.
public struct ChosenConverter: Sendable, Hashable {
  /// The kind's name.
  public let name: String
  /// Relative standard deviation of one unit element.
  public let mismatch: Double

  /// A kind of `ConverterLaws`; `nil` where there is none of that name.
  public init?(_ name: String, mismatch: Double = 0) {
    guard ConverterLaws.named(name) != nil else { return nil }
    (self.name, self.mismatch) = (name, mismatch)
  }

  /// The kind.
  public var law: any ConverterLaw.Type { ConverterLaws.named(name)! }

  /// The levels of one converter; those of the design without mismatch.
  public func levels(bits: Int, lowest: Double, key: StreamKey) -> ConverterLevels {
    law.levels(bits: bits, lowest: lowest, mismatch: mismatch, key: key)
  }

  /// The converters of the columns of some tiles on one chip, with the upper end 1 until another is set: one for each
  /// tile or column.
  ///
  /// - Parameters:
  ///   - lowest: the lower end of the range, relative to the upper.
  ///   - tiles: the columns of each tile, the first from 0.
  /// - Precondition: 1 to 10 bits.
  public func converters(
    bits: Int, lowest: Float, tiles: [Range<Int>], sharing: OutputConverter.Sharing,
    key: StreamKey
  ) -> ColumnConverters {
    let count =
      mismatch == 0 ? 1 : sharing == .tile ? tiles.count : tiles.last!.upperBound
    let all = (0..<count).map { levels(bits: bits, lowest: Double(lowest), key: key.child($0)) }
    return ColumnConverters(
      all.map { $0.thresholds.map { Float($0) } }, outputs: all[0].outputs.map { Float($0) },
      lowest: lowest, tiles: tiles)
  }
}
