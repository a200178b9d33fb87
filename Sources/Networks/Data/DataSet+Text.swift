public import InputOutput

/// How a text becomes samples of a model of language.
public struct TextWindow: Sendable, Hashable {
  /// Characters of a sample.
  public let length: Int
  /// How many of the last places of a sample have the next character as their target; the ones before
  /// only warm the state up. Neighboring samples begin this far apart, so that every character but
  /// the first few is a target once.
  public let counted: Int

  /// A window.
  /// - Precondition: 0 < counted ≤ length.
  public init(length: Int, counted: Int) {
    precondition(counted > 0 && counted <= length, "places that count lie in the window")
    self.length = length
    self.counted = counted
  }
}

extension DataSet {
  /// The share of a text without parts that is its test part: its end.
  static let testShare = 0.05

  /// A text as windows of symbols' numbers; the classes are the symbols of the whole text in the order of
  /// their code points, and every window has `window.counted` of them.
  ///
  /// - Parameter name: a text that is known by name, or the path of one.
  /// - Throws: `InputError` where it is missing, is no text, or is shorter than a window.
  public static func text(
    _ name: String, split: DataSplit, window: TextWindow, from folder: DataFolder = DataFolder()
  ) throws(InputError) -> DataSet {
    let text = try TextCorpus.load(name, split: split, from: folder)
    let budget = InputBudget(name)
    // A character of the text, its number and the set of symbols.
    try budget.spend(text.utf8.count, times: 12, "its text of \(text.utf8.count) bytes")
    let all = Array(text.unicodeScalars)
    var symbols = Set(all)
    var part = all[...]
    let entry = DataSetRegistry.entries.first { $0.name == name }
    if entry?.files.allSatisfy({ $0.split == nil }) ?? true {
      let end = all.count - Int(testShare * Double(all.count))
      part = split == .train ? all[..<end] : all[end...]
    } else {
      let other = try TextCorpus.load(name, split: split == .train ? .test : .train, from: folder)
      symbols.formUnion(other.unicodeScalars)
    }
    let known = symbols.sorted { $0.value < $1.value }
    let numbers = Dictionary(uniqueKeysWithValues: known.enumerated().map { ($1, $0) })
    let codes = part.map { numbers[$0]! }
    let count = (codes.count - 1 - (window.length - window.counted)) / window.counted
    guard count > 0, known.count > 1 else {
      throw InputError(
        name,
        "its \(split.rawValue) part of \(codes.count) characters has no room for a window of "
          + "\(window.length)")
    }
    try budget.spend(
      shape: [count, window.length], times: 4, "\(count) windows of \(window.length) characters")
    try budget.spend(shape: [count, window.counted], times: 8, "the targets of \(count) windows")
    var elements: [Float] = []
    elements.reserveCapacity(count * window.length)
    var targets: [Int] = []
    targets.reserveCapacity(count * window.counted)
    for k in 0..<count {
      let first = k * window.counted
      elements += codes[first..<first + window.length].lazy.map(Float.init)
      let last = first + window.length
      targets += codes[last - window.counted + 1...last]
    }
    return DataSet(
      name: name, samples: Tensor(shape: [count, window.length], elements: elements),
      targets: .classes(targets), classNames: known.map(Self.written))
  }

  private static func written(_ symbol: Unicode.Scalar) -> String {
    symbol.properties.isWhitespace || symbol.value < 32
      ? "U+" + String(symbol.value, radix: 16, uppercase: true) : String(symbol)
  }
}
