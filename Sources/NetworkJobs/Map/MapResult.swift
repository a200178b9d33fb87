import Crossbar
import Networks
import NumericalMethods
import PhysicalUnits
import Reporting

/// What a network came to on crossbars: everything that the map job prints, writes and draws.
struct MapResult: Sendable, Encodable {
  /// What one layer came to.
  struct Layer: Sendable, Encodable {
    /// The layer's name in the model file.
    var name: String
    /// Word lines that carry inputs.
    var inputs: Int
    /// Outputs of the layer.
    var outputs: Int
    /// How many tiles the layer takes.
    var tiles: Int
    /// How many cells the tiles have in use.
    var cells: Int
    /// The share of the tiles' cells in use, 0 … 1.
    var utilization: Double
    /// Siemens a unit of weight, the mean where several are in use.
    var scale: Double
    /// Root mean square of programmed less target conductance, in siemens, over all chips.
    var programmingError: Double
    /// The share of the weights that are clipped to the largest that the mapping represents, 0…1.
    var saturatedWeights: Double
    /// The share of the inputs beyond the range of the input converters, 0…1.
    var clippedInputs: Double
    /// The share of the converters' readings that stood at an end of their range, 0 … 1.
    var clippedReadings: Double
    /// Power of the digital outputs over the power of the analog outputs' error, in decibels.
    var signalToNoise: Double
    /// Where the converters' ranges come from: "own" or "trained".
    var ranges: String
    /// Why they are not those of training, where that told some.
    var misfit: String?
  }

  /// What one chip came to.
  struct Chip: Sendable, Encodable {
    /// The figure of merit: for classes, the share of samples that got their own, 0 … 1.
    var value: Double
    /// How far the outputs follow the digital ones, at most 1, as `MapTask.agreement` tells.
    var agreement: Double
  }

  /// What the network comes to on another digital engine.
  struct Baseline: Sendable, Encodable {
    /// The engine as the run file names it.
    var name: String
    /// The figure of merit.
    var value: Double
    /// How far the outputs follow those in single precision, at most 1.
    var agreement: Double
  }

  /// The figure of merit at one time after programming.
  struct Age: Sendable, Encodable {
    /// Seconds after programming.
    var time: Double
    /// The value of each chip.
    var values: [Double]
  }

  /// What one part of the hardware costs an inference.
  struct CostPart: Sendable, Encodable {
    /// "array", "DAC", "ADC", "digital".
    var name: String
    /// Joules per inference.
    var energy: Double
    /// Seconds per inference.
    var latency: Double
    /// Square meters.
    var area: Double
    /// What the numbers include, and their technology node.
    var scope: String
  }

  /// What the events at the inputs of one matrix cost.
  struct Events: Sendable, Encodable {
    /// The layer's name.
    var layer: String
    /// Events per inference.
    var count: Double
    /// Joules per event, by part and in all: the energy of the matrix per inference over its events.
    var energy: [String: Double]
  }

  /// How much the chip computes, one inference after the other.
  struct Performance: Sendable, Encodable {
    /// Multiplications and additions of the weight matrices per inference.
    var operations: Double
    /// Operations per second.
    var perSecond: Double
    /// Operations per joule; 1e12 are 1 TOPS/W.
    var perJoule: Double
    /// Operations per second and square meter; 1e18 are 1 TOPS/mm².
    var perSecondAndArea: Double
    /// The cost file and its technology node, in meters.
    var model: String
    var node: Double

    init(_ cost: CostReport) {
      operations = cost.operations
      perSecond = cost.operationsPerSecond
      perJoule = cost.operationsPerJoule
      perSecondAndArea = cost.operationsPerSecondAndArea
      (model, node) = (cost.model, cost.node)
    }

    /// One line for people.
    var line: String {
      "\(significant(perSecond * 1e-12, digits: 3)) TOPS, \(significant(perJoule * 1e-12, digits: 3)) TOPS/W, "
        + "\(significant(perSecondAndArea * 1e-18, digits: 3)) TOPS/mm² "
        + "(\(significant(operations)) operations per inference, one inference after the other; "
        + "\(model), \(engineering(node, unit: "m")))"
    }
  }

  /// The model's name.
  var model: String
  /// The data set's name.
  var data: String
  /// The device's name.
  var device: String
  /// How many samples were evaluated.
  var samples: Int
  /// What the values of the network and of the chips are.
  var merit: Merit
  /// The value of the digital network.
  var digital: Double
  /// One result a chip.
  var chips: [Chip]
  /// The layers that stand on crossbars, in their order.
  var layers: [Layer]
  /// What an inference costs, by part.
  var cost: [CostPart]
  /// What events cost, of the layers that read events.
  var events: [Events] = []
  /// Throughput and efficiency; `nil` where no chip was evaluated.
  var performance: Performance?
  /// Values over time; empty where the device does not drift.
  var ages: [Age]
  /// Other digital engines; empty where none was asked for.
  var baselines: [Baseline] = []
  /// What a time step costs; empty where that was not asked for.
  var steps: [Step] = []

  /// That the device states no errors; `nil` where it does, or is the ideal one.
  var deviceNotice: String?

  /// What a reader must know about the evaluated samples, one sentence each.
  var dataNotices: [String] = []

  /// The statistics of the chips' values.
  var spread: SampleStatistics { SampleStatistics(chips.map(\.value)) }
  /// The 95 % confidence interval of the chips' mean value; `nil` from one chip. Shares stay between 0 and
  /// 1, errors at 0 or above.
  var confidence: ClosedRange<Double>? {
    guard spread.count > 1 else { return nil }
    let half = spread.confidenceHalfWidth()
    let top = merit.isShare ? max(1, spread.mean) : .infinity
    return max(min(0, spread.mean), spread.mean - half)...min(top, spread.mean + half)
  }
  /// What the chips lose against the digital network, in the mean; positive is worse.
  var loss: Double { merit.isShare ? digital - spread.mean : spread.mean - digital }
}

extension MapResult {
  /// Every metric as one row: scope, item, metric, value, unit.
  var metrics: Table {
    var rows = MetricTable()
    let name = merit.name
    rows.add("network", model, "samples", Double(samples), "")
    rows.add("network", model, "digital \(name)", digital, "")
    rows.add("network", model, "analog \(name), mean", spread.mean, "")
    rows.add("network", model, "analog \(name), standard deviation", spread.deviation, "")
    if spread.count > 1 {
      rows.add(
        "network", model, "analog \(name), half width of the 95 % confidence interval",
        spread.confidenceHalfWidth(), "")
    }
    for baseline in baselines {
      rows.add("baseline", baseline.name, name, baseline.value, "")
      rows.add(
        "baseline", baseline.name, "agreement with the digital outputs", baseline.agreement, "")
    }
    for (k, chip) in chips.enumerated() {
      rows.add("chip", "\(k)", name, chip.value, "")
      rows.add("chip", "\(k)", "agreement with the digital outputs", chip.agreement, "")
    }
    for layer in events {
      rows.add("layer", layer.layer, "events per inference", layer.count, "")
      rows.add("layer", layer.layer, "energy per event", layer.energy["all"] ?? 0, "J")
    }
    for layer in layers {
      rows.add("layer", layer.name, "inputs", Double(layer.inputs), "")
      rows.add("layer", layer.name, "outputs", Double(layer.outputs), "")
      rows.add("layer", layer.name, "tiles", Double(layer.tiles), "")
      rows.add("layer", layer.name, "cells", Double(layer.cells), "")
      rows.add("layer", layer.name, "utilization", layer.utilization, "")
      rows.add("layer", layer.name, "scale", layer.scale, "S")
      rows.add(
        "layer", layer.name, "programming error, root mean square", layer.programmingError, "S")
      rows.add("layer", layer.name, "saturated weights", layer.saturatedWeights, "")
      rows.add("layer", layer.name, "clipped inputs", layer.clippedInputs, "")
      rows.add("layer", layer.name, "clipped readings", layer.clippedReadings, "")
      rows.add("layer", layer.name, "signal-to-noise ratio", layer.signalToNoise, "dB")
    }
    for part in cost {
      rows.add("cost", part.name, "energy per inference", part.energy, "J")
      rows.add("cost", part.name, "latency per inference", part.latency, "s")
      rows.add("cost", part.name, "area", part.area, "m^2")
    }
    if let performance {
      rows.add("cost", "all", "operations per inference", performance.operations, "")
      rows.add("cost", "all", "operations per second", performance.perSecond, "1/s")
      rows.add("cost", "all", "operations per joule", performance.perJoule, "1/J")
      rows.add(
        "cost", "all", "operations per second and area", performance.perSecondAndArea, "1/(s m^2)")
    }
    for step in steps { step.add(to: &rows) }
    for age in ages {
      let spread = SampleStatistics(age.values)
      rows.add("age", "\(age.time) s", "\(name), mean", spread.mean, "")
      rows.add("age", "\(age.time) s", "\(name), standard deviation", spread.deviation, "")
    }
    return rows.table
  }

  /// Every pair of a true and a given class that occurs, with how many samples the digital network and
  /// all chips together gave it; the given class is "none" where several outputs are the largest.
  static func confusionTable(digital: ConfusionMatrix, analog: ConfusionMatrix) -> Table {
    var table = Table(columns: ["true class", "given class", "digital samples", "analog samples"])
    for i in 0..<digital.counts.rowCount {
      for j in 0..<digital.counts.columnCount
      where digital.counts[i, j] + analog.counts[i, j] > 0 {
        table.append([
          .whole(i), .whole(j), .whole(digital.counts[i, j]), .whole(analog.counts[i, j]),
        ])
      }
      if digital.undecided[i] + analog.undecided[i] > 0 {
        table.append([
          .whole(i), .text("none"), .whole(digital.undecided[i]), .whole(analog.undecided[i]),
        ])
      }
    }
    return table
  }

  /// Which layers have the converters' ranges of training, and which have not, and why; empty where
  /// training told none.
  var rangeLines: [String] {
    let trained = layers.filter { $0.ranges == "trained" }.map(\.name)
    let first = "converters' ranges of training: \(trained.joined(separator: ", "))"
    let others = layers.filter { $0.ranges != "trained" && $0.misfit == nil }.map(\.name)
    let second =
      "converters' ranges from calibration, because the network stores none for them: \(others.joined(separator: ", "))"
    return (trained.isEmpty ? [] : [first] + (others.isEmpty ? [] : [second]))
      + layers.compactMap { layer in
        layer.misfit.map { "\(layer.name) has converters' ranges of its own: \($0)" }
      }
  }

  /// The layers as a table for people.
  var layerTable: Table {
    var table = Table(columns: [
      "layer", "size", "tiles", "cells in use", "utilization (%)", "scale (µS per unit)",
      "programming error (µS)", "saturated weights (%)", "clipped inputs (%)",
      "clipped outputs (%)", "SNR (dB)",
    ])
    for layer in layers {
      table.append([
        .text(layer.name), .text("\(layer.inputs)×\(layer.outputs)"), .whole(layer.tiles),
        .whole(layer.cells), .number(layer.utilization * 100), .number(layer.scale * 1e6),
        .number(layer.programmingError * 1e6), .number(layer.saturatedWeights * 100),
        .number(layer.clippedInputs * 100), .number(layer.clippedReadings * 100),
        .number(layer.signalToNoise),
      ])
    }
    return table
  }

  /// What each part of the cost includes.
  var scopeTable: Table {
    var table = Table(columns: ["part", "includes"])
    for part in cost { table.append([.text(part.name), .text(part.scope)]) }
    return table
  }

  /// Events and their energy as a table for people.
  var eventTable: Table {
    let parts = cost.map(\.name) + ["all"]
    var table = Table(
      columns: ["layer", "events per inference"] + parts.map { "\($0) (pJ per event)" })
    for layer in events {
      table.append(
        [.text(layer.layer), .number(layer.count)]
          + parts.map { .number((layer.energy[$0] ?? 0) * 1e12) })
    }
    return table
  }

  /// The cost as a table for people.
  var costTable: Table {
    var table = Table(columns: ["part", "energy (nJ)", "latency (ns)", "area (mm²)"])
    for part in cost {
      table.append([
        .text(part.name), .number(part.energy * 1e9), .number(part.latency * 1e9),
        .number(part.area * 1e6),
      ])
    }
    table.append([
      "all", .number(cost.reduce(0) { $0 + $1.energy } * 1e9),
      .number(cost.reduce(0) { $0 + $1.latency } * 1e9),
      .number(cost.reduce(0) { $0 + $1.area } * 1e6),
    ])
    return table
  }
}
