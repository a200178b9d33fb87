public import ArrayFiles
import Foundation
public import InputOutput

extension DataSet {
  /// How stored numbers become samples: `factor·x + shift`.
  public struct Scaling: Sendable, Hashable {
    /// What a stored number is multiplied by.
    public var factor: Float
    /// What is added then.
    public var shift: Float

    /// `factor·x + shift`.
    public init(factor: Float, shift: Float = 0) {
      self.factor = factor
      self.shift = shift
    }

    /// Numbers as they are stored.
    public static let none = Scaling(factor: 1)
    /// Pixels of 0…255 become 0…1. A network's own normalization stays with the network.
    public static let pixels = Scaling(factor: 1 / 255)
    /// Log-mel features stored in bytes: `q/255·20 - 12`, the natural logarithm of the band energy.
    public static let logMel = Scaling(factor: 20 / 255, shift: -12)
  }

  /// A set of two arrays: samples first, and one whole number a sample.
  ///
  /// - Parameters:
  ///   - sampleShape: the shape of one sample, or `nil` for that of the array.
  ///   - classNames: the classes; where `nil`, they are 0 up to the largest label.
  ///   - files: the names of the two files, for errors.
  /// - Throws: `InputError` where the counts differ, a number is not finite, or a label is out of range.
  public init(
    name: String, samples: NumericArray, labels: NumericArray, sampleShape: [Int]? = nil,
    scaling: Scaling = .none, classNames: [String]? = nil, files: (samples: String, labels: String)
  ) throws(InputError) {
    let tensor = try Self.tensor(
      samples, sampleShape: sampleShape, scaling: scaling, source: files.samples)
    guard labels.shape == [tensor.sampleCount] else {
      throw InputError(
        files.labels,
        "labels have the shape \(labels.shapeText), one for each of the \(tensor.sampleCount) samples is expected"
      )
    }
    guard let numbers = labels.integers else {
      throw InputError(files.labels, "a label is not a whole number")
    }
    let (classes, names) = try Self.classes(numbers, names: classNames, source: files.labels)
    self.init(name: name, samples: tensor, targets: .classes(classes), classNames: names)
  }

  /// The set in an NPZ file: `x`, samples first, and `y`: class numbers where its type is a whole
  /// number, classes in alphabetical order where it holds texts, else targets, samples first. The numbers
  /// are taken as they are stored; complex ones, samples × numbers, become their real parts, then their
  /// imaginary parts.
  public init(npz path: String) throws(InputError) {
    let file = try NPZ.read(path: path)
    for name in ["x", "y"] where file[name] == nil && file.texts(name) == nil {
      throw InputError(
        path,
        "has no array '\(name)': x, samples first, and y, their class numbers or targets, are expected"
      )
    }
    func real(_ name: String) throws(InputError) -> NumericArray {
      guard let array = file[name], array.isComplex else { return try file.finite(name) }
      guard let samples = array.realSamples, samples.isFinite else {
        throw InputError(
          path, at: "array '\(name)'",
          "has the shape \(array.shapeText), samples × finite complex numbers is expected")
      }
      return samples
    }
    let x = try real("x")
    if file["y"] == nil, let texts = file.texts("y") {
      let samples = try Self.tensor(x, sampleShape: nil, scaling: .none, source: path)
      guard texts.count == samples.sampleCount else {
        throw InputError(
          path, "y holds \(texts.count) texts, \(samples.sampleCount) samples are there")
      }
      self.init(name: path, samples: samples, texts: texts)
      return
    }
    try self.init(
      name: path, samples: x, targets: try real("y"), files: (path, path),
      isComplex: file["y"]?.isComplex == true)
  }

  /// The set of two arrays: samples first, and class numbers where the type of `y` is a whole number, else
  /// targets, samples first.
  init(
    name path: String, samples x: NumericArray, targets y: NumericArray,
    files: (samples: String, targets: String), isComplex: Bool = false
  ) throws(InputError) {
    // Whole numbers are class numbers, one per sample; several per sample are targets.
    guard y.elementType.isFloatingPoint || y.shape.count == 2 && y.shape[1] > 1 else {
      try self.init(name: path, samples: x, labels: y, files: (files.samples, files.targets))
      return
    }
    let samples = try Self.tensor(x, sampleShape: nil, scaling: .none, source: files.samples)
    guard y.shape.first == samples.sampleCount else {
      throw InputError(
        files.targets,
        "x has the shape \(x.shapeText) and y \(y.shapeText); both begin with the samples")
    }
    let targets = try Self.tensor(y, sampleShape: nil, scaling: .none, source: files.targets)
    self.init(
      name: path, samples: samples, targets: .values(targets), hasComplexTargets: isComplex)
  }

  /// Samples with one text each: the classes are the texts in alphabetical order.
  /// - Precondition: a text per sample.
  init(name: String, samples: Tensor, texts: [String]) {
    let names = Set(texts).sorted()
    let number = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    self.init(
      name: name, samples: samples, targets: .classes(texts.map { number[$0]! }),
      classNames: names)
  }

  /// The same samples with targets as classes: numbers that are whole, 0 or more and one per sample are class
  /// numbers. `nil` for other numbers.
  public var asClasses: DataSet? {
    guard case .values(let values) = targets else { return self }
    guard values.sampleSize == 1,
      values.elements.allSatisfy({ $0 >= 0 && $0 < Float(Self.mostClasses) && $0 == $0.rounded() })
    else { return nil }
    let classes = values.elements.map { Int($0) }
    return DataSet(
      name: name, samples: samples, targets: .classes(classes),
      classNames: (0...(classes.max() ?? 0)).map(String.init), lengths: lengths)
  }

  /// The same samples with the targets in the file at `path`: `.npy`, whole numbers for classes, or `.csv`,
  /// one column of labels, or several of numbers.
  /// - Throws: `InputError` where the counts differ or the file is neither.
  func with(targetsIn path: String) throws(InputError) -> DataSet {
    let x = NumericArray(shape: samples.shape, floats: samples.elements)
    if path.hasSuffix(".npy") {
      return try DataSet(
        name: name, samples: x, targets: try NPY.read(path: path), files: (name, path))
    }
    let table = try CSVTable(path: path)
    guard table.rows.count == count else {
      throw InputError(path, "has \(table.rows.count) rows, \(count) samples are there")
    }
    let (targets, names) = try Self.targets(of: table, columns: Array(table.columns.indices))
    return DataSet(
      name: name, samples: samples, targets: targets, classNames: names, lengths: lengths)
  }

  /// The set in two IDX files, plain or compressed.
  public init(
    name: String, samples: String, labels: String, sampleShape: [Int]? = nil,
    scaling: Scaling = .none, classNames: [String]? = nil
  ) throws(InputError) {
    try self.init(
      name: name, samples: try IDX.read(path: samples), labels: try IDX.read(path: labels),
      sampleShape: sampleShape, scaling: scaling, classNames: classNames, files: (samples, labels))
  }

  static func tensor(
    _ array: NumericArray, sampleShape: [Int]?, scaling: Scaling, source: String
  ) throws(InputError) -> Tensor {
    guard let count = array.shape.first, count > 0, array.count > 0 else {
      throw InputError(source, "holds no samples: its shape is \(array.shapeText)")
    }
    let stored = Array(array.shape.dropFirst())
    if let sampleShape, sampleShape.reduce(1, *) != stored.reduce(1, *) {
      throw InputError(
        source,
        "a sample has the shape \(describe(shape: stored)), \(describe(shape: sampleShape)) is "
          + "expected")
    }
    if let place = array.firstNotFinite() {
      throw InputError(
        source, at: "sample \(place / (array.count / count))", "a number is not finite")
    }
    try InputBudget(source).spend(array.count, times: 4, "its \(array.count) numbers")
    var values = array.floats
    if let place = values.firstIndex(where: { !$0.isFinite }) {
      throw InputError(
        source, at: "sample \(place / (array.count / count))",
        "a number is beyond ±3.4e38, the range of single precision")
    }
    if scaling != .none {
      for i in values.indices { values[i] = values[i] * scaling.factor + scaling.shift }
    }
    return Tensor(shape: [count] + (sampleShape ?? stored), elements: values)
  }

  /// The most classes a set may have.
  static let mostClasses = 1 << 20

  static func classes(
    _ numbers: [Int64], names: [String]?, source: String
  ) throws(InputError) -> ([Int], [String]) {
    let allowed = names?.count ?? mostClasses
    var largest = 0
    for (row, number) in numbers.enumerated() {
      guard number >= 0, number < allowed else {
        throw InputError(
          source, at: "sample \(row)",
          "the label \(number) is out of range, 0…\(allowed - 1) are allowed")
      }
      largest = max(largest, Int(number))
    }
    return (numbers.map { Int($0) }, names ?? (0...largest).map(String.init))
  }
}
