import Crossbar
import InputOutput
import Reporting

extension MapResult {
  /// What a time step of the recurrent layers costs on one kind of chip.
  struct Step: Sendable, Encodable {
    /// Bits of all inputs and converters.
    var bits: Int
    /// Clock periods per digital activation; `nil` where ramps compute the functions.
    var cycles: Int?
    /// Digital processors; `nil` where ramps compute the functions.
    var processors: Int?
    /// The cost.
    var cost: StepCost

    /// The kind of chip: "ramps", "conventional, 32 processors, 2 cycles".
    var chip: String {
      guard let cycles, let processors else { return "ramps" }
      return "conventional, \(processors) processors, \(cycles) cycles"
    }
    /// Kind and bits, as rows of `metrics.csv` have them.
    var item: String { "\(chip), \(bits) bits" }

    /// Every figure with its unit.
    var figures: [(name: String, value: Double, unit: String)] {
      let (time, energy) = (cost.time, cost.energy)
      return [
        ("time per step", time.total, "s"), ("time per step, array", time.array, "s"),
        ("time per step, nonlinear", time.nonlinear, "s"), ("time per step, rest", time.rest, "s"),
        ("energy per step", energy.total, "J"), ("energy per step, array", energy.array, "J"),
        ("energy per step, nonlinear", energy.nonlinear, "J"),
        ("energy per step, rest", energy.rest, "J"), ("power", cost.power, "W"),
        ("area", cost.area, "m^2"), ("operations per step", cost.operations, ""),
        ("operations per second", cost.operationsPerSecond, "1/s"),
        ("operations per joule", cost.operationsPerJoule, "1/J"),
        ("operations per second and area", cost.operationsPerSecondAndArea, "1/(s m^2)"),
      ]
    }

    func add(to rows: inout MetricTable) {
      for figure in figures { rows.add("step", item, figure.name, figure.value, figure.unit) }
    }

    enum CodingKeys: String, CodingKey { case chip, bits, cycles, processors, figures }

    func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode(chip, forKey: .chip)
      try values.encode(bits, forKey: .bits)
      try values.encodeIfPresent(cycles, forKey: .cycles)
      try values.encodeIfPresent(processors, forKey: .processors)
      try values.encode(
        Dictionary(uniqueKeysWithValues: figures.map { ($0.name, $0.value) }), forKey: .figures)
    }
  }

  /// What the columns of `stepTable` mean.
  static let stepCaption =
    "One time step of the recurrent layers. The energy is split into the array (cells and row drivers), nonlinear "
    + "processing (conversions and digital activations) and the rest (control, element-wise operations, what the chip "
    + "takes all of the time)."

  /// The costs of a step as a table for people.
  var stepTable: Table {
    var table = Table(columns: [
      "bits", "functions", "time (ns)", "energy (nJ)", "array (nJ)", "nonlinear (nJ)", "rest (nJ)",
      "power (mW)", "TOPS", "TOPS/W", "TOPS/mm²",
    ])
    for step in steps {
      let (cost, energy) = (step.cost, step.cost.energy)
      table.append([
        .whole(step.bits), .text(step.chip), .number(cost.time.total * 1e9),
        .number(energy.total * 1e9), .number(energy.array * 1e9), .number(energy.nonlinear * 1e9),
        .number(energy.rest * 1e9), .number(cost.power * 1e3),
        .number(cost.operationsPerSecond * 1e-12), .number(cost.operationsPerJoule * 1e-12),
        .number(cost.operationsPerSecondAndArea * 1e-18),
      ])
    }
    return table
  }

  /// The names of the figures of a step.
  static let stepFigureNames = ["step-efficiency", "step-throughput", "step-energy"]

  /// Efficiency and throughput against bits, and the parts of the energy; none where no step was counted.
  var stepFigures: [Figure] {
    guard let first = steps.first else { return [] }
    var kinds: [String] = []
    for step in steps where !kinds.contains(step.chip) { kinds.append(step.chip) }
    func curves(_ label: String, _ value: (StepCost) -> Double) -> Plot {
      Plot(
        x: .init("bits", step: 1), y: .init(label, isLogarithmic: true),
        series: kinds.enumerated().map { k, kind in
          let own = steps.filter { $0.chip == kind }.sorted { $0.bits < $1.bits }
          let name = own[0].cycles.map { "conventional, \($0) cycles" } ?? kind
          return PlotSeries(
            name, .linePoints, x: own.map { Double($0.bits) }, y: own.map { value($0.cost) },
            color: k)
        })
    }
    let own = steps.filter { $0.bits == first.bits }
    var parts = Plot(
      x: .init("", range: -0.6...2.6), y: .init("energy per step (nJ)"),
      series: own.enumerated().map { k, step in
        let width = 0.8 / Double(own.count)
        let shift = (Double(k) - Double(own.count - 1) / 2) * width
        return PlotSeries(
          step.cycles.map { "conventional, \($0) cycles" } ?? step.chip, .bars(width: 0.9 * width),
          x: [shift, 1 + shift, 2 + shift],
          y: [step.cost.energy.array, step.cost.energy.nonlinear, step.cost.energy.rest].map {
            $0 * 1e9
          }, color: k)
      })
    parts.categories = ["array", "nonlinear", "rest"]
    let processors = steps.compactMap(\.processors).first ?? 0
    return [
      Figure(
        name: Self.stepFigureNames[0],
        plot: curves("energy efficiency (TOPS/W)") { $0.operationsPerJoule * 1e-12 },
        caption:
          "Operations per joule of a time step, with ramps that compute the functions and with linear "
          + "converters and \(counted(processors, "digital processor"))."),
      Figure(
        name: Self.stepFigureNames[1],
        plot: curves("throughput (TOPS)") { $0.operationsPerSecond * 1e-12 },
        caption: "Operations per second of the same chips."),
      Figure(
        name: Self.stepFigureNames[2], plot: parts,
        caption: "Energy of a time step by part, at \(first.bits) bits."),
    ]
  }
}
