import Foundation
import InputOutput
import Networks
import NumericalMethods
import PhysicalUnits

/// What a network is asked to do with its samples, and how well outputs do it.
indirect enum MapTask: Sendable {
  /// A class number a sample, given by the largest output; with a threshold, by whether the only output is
  /// above it.
  case classes([Int], threshold: Float?)
  /// The next symbol at each of several places of a sample, told by a probability.
  case symbols([Int], places: Int)
  /// Labels of 0 and 1 (or probabilities, above ½ or not), samples first, one per output; an output above the threshold
  /// stands for 1.
  case probabilities(Tensor, threshold: Float)
  /// Numbers to be reproduced, samples first; complex ones as real parts, then as many imaginary parts.
  case values(Tensor, isComplex: Bool)
  /// What the digital network gives for the samples, where its own answers mean nothing: outputs are read as those of a task.
  case digital(MapTask, outputs: Tensor)

  /// What `data` asks of `network`.
  /// - Throws: `InputError` where a label has no output, or a sample has another number of targets than
  ///   the network has outputs.
  init(_ data: DataSet, for network: Network, metric: Metric = .auto) throws(InputError) {
    let outputs = network.outputShape.reduce(1, *)
    if let task = try Self.named(metric, data, network, outputs: outputs) {
      self = task
      return
    }
    switch Self.targets(of: data, outputs: outputs, threshold: network.decisionThreshold) {
    case .classes(let labels):
      let places = data.labelsPerSample
      guard outputs % places == 0 else {
        throw InputError(
          data.name, "has \(places) labels per sample, the network has \(outputs) outputs")
      }
      let isBinary = outputs == 1 && places == 1
      try data.checkClasses(outputs: outputs / places, isBinary: isBinary)
      self =
        places > 1
        ? .symbols(labels, places: places)
        : .classes(labels, threshold: isBinary ? network.decisionThreshold : nil)
    case .values(let values):
      guard values.sampleSize == outputs else {
        throw InputError(
          data.name,
          "a sample has \(values.sampleSize) target number\(values.sampleSize == 1 ? "" : "s"), the network has \(outputs) output\(outputs == 1 ? "" : "s")"
        )
      }
      self = .values(values, isComplex: data.hasComplexTargets)
    }
  }

  /// The targets as `outputs` outputs answer them: stored numbers are class numbers where there is one whole
  /// number per sample for several outputs, or 0 and 1 for one output from 0 to 1.
  private static func targets(
    of data: DataSet, outputs: Int, threshold: Float
  ) -> DataSet.Targets {
    guard case .values(let values) = data.targets, values.sampleSize == 1,
      let classes = data.asClasses,
      outputs > 1 || (threshold == 0.5 && classes.classCount <= 2)
    else { return data.targets }
    return classes.targets
  }

  /// The metric by which another run has the same figure of merit.
  var metric: Metric {
    switch self {
    case .values: .error
    case .probabilities: .accuracy
    case .classes, .symbols: .auto
    case .digital(let task, _): task.metric
    }
  }

  /// The figure of merit.
  var merit: Merit {
    switch self {
    case .classes, .probabilities: Merit(name: "accuracy", isShare: true)
    case .symbols: Merit(name: "bits per symbol", isShare: false)
    case .values(_, let isComplex):
      Merit(
        name: "root mean square error" + (isComplex ? " of complex outputs" : ""), isShare: false)
    case .digital(.values, _):
      Merit(
        name: "root mean square deviation from the digital network", isShare: false,
        isOfDigital: true)
    case .digital:
      Merit(name: "agreement with the digital network", isShare: true, isOfDigital: true)
    }
  }

  /// The task that the outputs are read as.
  var answered: MapTask {
    if case .digital(let task, _) = self { return task }
    return self
  }

  /// The class that `outputs` give each sample (place of a sequence, output with a label of its own), if any.
  func classes(of outputs: Tensor) -> [Int?] {
    switch self {
    case .classes(_, let threshold?), .probabilities(_, let threshold):
      let each = Tensor(shape: [outputs.elements.count, 1], elements: outputs.elements)
      return Networks.classes(of: each, threshold: threshold)
    case .symbols(_, let places):
      return Networks.classes(of: outputs.rows(outputs.sampleCount * places))
    case .classes, .values: return Networks.classes(of: outputs)
    case .digital(let task, _): return task.classes(of: outputs)
    }
  }

  /// The shape of the classes of `samples` samples; `nil` where outputs give none.
  func classShape(samples: Int, outputs: Int) -> [Int]? {
    switch self {
    case .classes: [samples]
    case .symbols(_, let places): [samples, places]
    case .probabilities: [samples, outputs]
    case .values: nil
    case .digital(let task, _): task.classShape(samples: samples, outputs: outputs)
    }
  }

  /// The figure of merit of `outputs`.
  func score(_ outputs: Tensor) -> Double {
    switch self {
    case .classes(let labels, _): accuracy(of: classes(of: outputs), labels: labels)
    case .probabilities(let targets, _):
      accuracy(of: classes(of: outputs), labels: targets.elements.map { $0 > 0.5 ? 1 : 0 })
    case .symbols(let labels, _): bitsPerSymbol(outputs.rows(labels.count), labels: labels)
    case .values(let values, let isComplex):
      // |Δz|² of a complex number is the sum of two squares.
      (Self.meanSquare(outputs, values) * (isComplex ? 2 : 1)).squareRoot()
    case .digital(.values(_, let isComplex), let digital):
      (Self.meanSquare(outputs, digital) * (isComplex ? 2 : 1)).squareRoot()
    case .digital(let task, let digital): task.agreement(outputs, with: digital)
    }
  }

  /// How far `outputs` follow those of the digital network, at most 1: the share of samples or places
  /// that get the same class or both none, or the coefficient of determination 1 - Σ(y - d)²/Σ(d - d̄)².
  func agreement(_ outputs: Tensor, with digital: Tensor) -> Double {
    switch self {
    case .classes, .probabilities, .symbols:
      return Self.share(of: classes(of: outputs), equalTo: classes(of: digital))
    case .values:
      let count = Double(max(1, digital.elements.count))
      let mean = digital.elements.reduce(0.0) { $0 + Double($1) } / count
      let spread = digital.elements.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
      return 1 - Self.meanSquare(outputs, digital) * count / spread
    case .digital(let task, _): return task.agreement(outputs, with: digital)
    }
  }

  private static func share(of a: [Int?], equalTo b: [Int?]) -> Double {
    Double(zip(a, b).count { $0 == $1 }) / Double(max(1, a.count))
  }

  private static func meanSquare(_ a: Tensor, _ b: Tensor) -> Double {
    var sum = 0.0
    for (x, y) in zip(a.elements, b.elements) {
      sum += (Double(x) - Double(y)) * (Double(x) - Double(y))
    }
    return sum / Double(max(1, a.elements.count))
  }
}

/// A figure of merit of a network: what it is called and how it is written.
struct Merit: Sendable, Encodable, Hashable {
  /// "accuracy".
  var name: String
  /// Whether it is a share, larger is better, and it is written in per cent; else smaller is better.
  var isShare: Bool
  /// Whether it compares with the digital network, whose own value is then perfect.
  var isOfDigital = false

  /// What values are multiplied with where people read them.
  var factor: Double { isShare ? 100 : 1 }
  /// "Accuracy", as a sentence begins.
  var title: String { name.prefix(1).uppercased() + name.dropFirst() }
  /// "accuracy (%)".
  var label: String { isShare ? "\(name) (%)" : name }

  /// "97.91 %" or "0.0312".
  func shown(_ value: Double) -> String {
    isShare ? String(format: "%.2f %%", value * 100) : significant(value)
  }

  /// "97.91 ± 0.08 %"; of one chip "97.91 %".
  func shown(_ spread: SampleStatistics) -> String {
    let (mean, deviation) = (spread.mean, spread.deviation)
    guard spread.count > 1 else { return shown(mean) }
    return isShare
      ? String(format: "%.2f ± %.2f %%", mean * 100, deviation * 100)
      : "\(significant(mean)) ± \(significant(deviation, digits: 2))"
  }
}
