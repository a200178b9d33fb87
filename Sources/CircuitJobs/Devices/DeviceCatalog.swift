import DeviceModels
import InputOutput
import PhysicalUnits
import Reporting

/// The tables of `ohmweave device list` and `ohmweave device show`.
public enum DeviceCatalog {
  /// Every device of the library: its name, what its sections are, its title.
  /// - Throws: `InputErrors` where a file is wrong.
  public static func list() throws(InputErrors) -> Table {
    var table = Table(columns: ["name", "dynamics", "pulses", "statistics", "title"])
    for name in DeviceLibrary.names {
      let file = try DeviceFile(named: name)
      var statistics: [String] = []
      if let device = file.programming {
        if !device.writeError.deviation.isEmpty { statistics.append("writing") }
        if device.readNoise != .none { statistics.append("reading") }
        if device.drift != nil { statistics.append("drift") }
      }
      if let switching = file.switching { statistics.append(switching.lawName) }
      if file.fluctuations != nil { statistics.append("noise") }
      table.append([
        .text(name), .text(file.dynamics?.law ?? ""), .text(file.pulses?.lawName ?? ""),
        .text(statistics.joined(separator: ", ")), .text(file.title),
      ])
    }
    return table
  }

  /// The content of one device file.
  public struct Card: Sendable {
    /// Title, source and validity.
    public var heading: String
    /// Every parameter with its value, unit, allowed range and meaning.
    public var parameters: Table
    /// The check points, what the file promises and what the law gives.
    public var checkPoints: Table

    /// All of it for a terminal.
    public var text: String {
      var parts = [heading, parameters.plainText]
      if !checkPoints.rows.isEmpty { parts += ["check points", checkPoints.plainText] }
      return parts.joined(separator: "\n")
    }
  }

  /// The card of the device called `name`, or in the file `name`.
  /// - Throws: `InputErrors`: no such device, or every fault of its file.
  public static func card(of name: String) throws(InputErrors) -> Card {
    let file = try DeviceFile(named: name)
    return Card(
      heading: "\(file.name): \(file.title)\nsource: \(file.source)\nvalid for: \(file.validity)\n",
      parameters: parameters(file), checkPoints: checkPoints(file))
  }

  private static func parameters(_ file: DeviceFile) -> Table {
    var table = Table(columns: ["parameter", "value", "spread", "allowed", "meaning"])
    func add(
      _ section: String, _ specification: [ParameterSpecification], _ set: ParameterSet,
      _ spread: [String: ParameterSpread] = [:]
    ) {
      for (key, choice) in set.choices.sorted(by: { $0.key < $1.key }) {
        table.append([.text("\(section).\(key)"), .text(choice), .text(""), .text(""), .text("")])
      }
      for p in specification {
        let deviation = spread[p.key].map {
          "\(significant(100 * $0.deviation, digits: 3)) % \($0.form.rawValue)"
        }
        table.append([
          .text("\(section).\(p.key)"), .text(shown(set[p.key], p.unit)), .text(deviation ?? ""),
          .text("\(significant(p.range.lowerBound))…\(significant(p.range.upperBound))"),
          .text(p.meaning),
        ])
      }
    }
    func addRow(_ key: String, _ value: String, _ meaning: String) {
      table.append([.text(key), .text(value), .text(""), .text(""), .text(meaning)])
    }
    for row in StatisticsRows(file).rows { addRow(row.key, row.value, row.meaning) }
    if let dynamics = file.dynamics {
      addRow("dynamics.law", dynamics.law, "")
      add(
        "dynamics", DynamicLaws.named(dynamics.law)?.parameters ?? [], dynamics.parameters,
        dynamics.spread.single)
      for (key, spread) in dynamics.cycleSpread.single.sorted(by: { $0.key < $1.key }) {
        addRow(
          "dynamics.cycle-spread.\(key)",
          "\(significant(100 * spread.deviation, digits: 3)) % \(spread.form.rawValue)",
          "per cycle, about the device's own value")
      }
      if let loop = dynamics.loop {
        var parts = [
          loop.shape, "\(loop.positive) V", "\(loop.negative) V",
          engineering(loop.period, unit: "s", digits: 6),
        ]
        if let limit = loop.compliance {
          parts.append("compliance \(engineering(limit, unit: "A"))")
        }
        if let ohms = loop.resistor { parts.append("resistor \(engineering(ohms, unit: "Ohm"))") }
        addRow("dynamics.loop", parts.joined(separator: ", "), "the loop of the source")
      }
    }
    if let pulses = file.pulses {
      addRow("pulses.law", pulses.lawName, "")
      add("pulses", PulseLaws.named(pulses.lawName)?.parameters ?? [], pulses.parameters)
    }
    if let switching = file.switching {
      addRow("switching.law", switching.lawName, "")
      add(
        "switching",
        SwitchingSection.laws.first { $0.name == switching.lawName }?.parameters ?? [],
        switching.parameters)
    }
    return table
  }

  private static func shown(_ value: Double, _ unit: String) -> String {
    if unit.isEmpty { return significant(value, digits: 6) }
    let isCompound = unit.contains("/") || unit.contains("*") || unit.contains("^")
    return isCompound
      ? "\(significant(value, digits: 6)) \(unit)" : engineering(value, unit: unit, digits: 6)
  }

  /// "gap 500 pm": names and values of the state variables.
  private static func stateText(_ state: [Double], _ variables: [StateVariable]) -> String {
    zip(state, variables).map { value, variable in
      "\(variable.name) \(shown(value, variable.unit))"
    }.joined(separator: ", ")
  }

  private static func checkPoints(_ file: DeviceFile) -> Table {
    var table = Table(columns: ["where", "the file says", "the law gives"])
    for point in file.programming?.checkPoints ?? [] {
      let later = point.time.map { ", \(engineering($0.value, unit: "s")) later" } ?? ""
      let hot = point.temperature.map { " at \(significant($0, digits: 6)) K" } ?? ""
      let place = "programmed to \(engineering(point.target.value, unit: "S"))\(later)\(hot)"
      for (name, value) in [
        ("mean error", point.meanError.value), ("deviation", point.deviation.value),
      ] {
        // What the law gives is drawn by a test: 40,000 cells.
        table.append([.text("\(name), \(place)"), .number(value), .text("")])
      }
    }
    for point in file.fluctuations?.checkPoints ?? [] {
      table.append([
        .text("spectral density at \(engineering(point.frequency, unit: "Hz"))"),
        .number(point.density), .number(file.fluctuations?.spectrum(point.frequency) ?? .nan),
      ])
    }
    if let dynamics = file.dynamics {
      let device = dynamics.device()
      for point in dynamics.checkPoints {
        table.append([
          .text(
            "current at \(point.voltage) V, \(Self.stateText(point.state, device.states))"),
          .number(point.current),
          .number(device.current(state: point.state, voltage: point.voltage)),
        ])
      }
    }
    if let pulses = file.pulses {
      for point in pulses.checkPoints {
        table.append([
          .text("step up from state \(significant(point.state))"), .number(point.up),
          .number(pulses.nominal.up.step(from: point.state)),
        ])
        table.append([
          .text("step down from state \(significant(point.state))"), .number(point.down),
          .number(pulses.nominal.down.step(from: point.state)),
        ])
      }
    }
    if let switching = file.switching {
      for point in switching.checkPoints {
        table.append([
          .text("probability at \(point.height) V, \(significant(point.width)) s"),
          .number(point.probability),
          .number(switching.probability(height: point.height, width: point.width)),
        ])
      }
    }
    return table
  }
}
