import Foundation
import InputOutput
import Reporting
import StrictYAML

/// Reads the parts of a study file; faults gather in the file.
struct StudyReader {
  let root: StrictNode
  let path: String

  /// The columns of the results that every study has.
  static let reserved = [
    "row", "point", "repeat", "seed", "status", "message", "seconds", "session",
  ]

  /// The job that the study names; the first of `jobs` beside a fault where there is none.
  func job(_ jobs: [any StudyJob.Type]) -> any StudyJob.Type {
    let name = root.text("job")
    for job in jobs where job.name == name { return job }
    if root.has("job") {
      root.child("job").fault(unknownName("job", name, known: jobs.map { $0.name }))
    }
    return jobs[0]
  }

  func settings() -> [Setting] {
    let node = root.mapping("settings", required: false)
    return node.keys.compactMap { key in
      let child = node.child(key)
      if key == "seed" {
        child.fault("the seeds of the points follow from the study's own key 'seed'")
      }
      return child.text().map { Setting(key: key, text: $0, source: path, place: child.place) }
    }
  }

  func design() -> Study.Design {
    let names = ["grid", "sobol", "latin-hypercube", "saltelli"]
    let name = root.choice("design", of: names, default: "grid")
    if name == "grid" {
      if root.has("samples") { root.child("samples").fault("a grid has no 'samples'") }
      return .grid
    }
    let count = root.integer("samples", in: 1...10_000_000)
    switch name {
    case "sobol": return .sobol(count)
    case "latin-hypercube": return .latinHypercube(count)
    default: return .saltelli(count)
    }
  }

  func parameters(_ design: Study.Design) -> [StudyParameter] {
    let node = root.mapping("parameters", required: false)
    if node.exists && node.keys.isEmpty { node.fault("at least one parameter is expected") }
    let parameters = node.keys.map { parameter(node.child($0), name: $0, design) }
    let limit = design == .grid ? 64 : 40
    if parameters.count > limit { node.fault("at most \(limit) parameters are possible") }
    if case .saltelli = design, !(1...20).contains(parameters.count) {
      root.child("design").fault("Saltelli's design takes 1 to 20 parameters")
    } else if design != .grid && parameters.isEmpty {
      root.child("design").fault("there are no parameters to sample")
    }
    return parameters
  }

  private func parameter(
    _ node: StrictNode, name: String, _ design: Study.Design
  ) -> StudyParameter {
    var one = StudyParameter(
      name: name, keys: keys(node, name: name), unit: node.text("unit", default: ""),
      label: node.text("label", default: name.replacingOccurrences(of: "-", with: " ")),
      isLogarithmic: false, levels: [], range: nil, isWhole: false)
    let hasRange = node.has("range")
    if node.has("values") == hasRange {
      node.fault("one of 'values' and 'range' is expected")
    } else if hasRange {
      range(node.mapping("range"), &one, design)
    } else {
      levels(node.child("values"), &one)
      let axis = node.choice("axis", of: ["linear", "logarithmic"], default: "linear")
      one.isLogarithmic = axis == "logarithmic"
      let isPositive = one.levels.allSatisfy {
        if case .number(let v) = $0 { v > 0 } else { false }
      }
      if one.isLogarithmic && !isPositive {
        node.child("axis").fault("a logarithmic axis needs numbers above 0")
      }
    }
    return one
  }

  func keys(_ node: StrictNode, name: String) -> [String] {
    if node.has("key") && node.has("keys") { node.fault("'key' and 'keys' exclude each other") }
    if node.has("keys") { return node.child("keys").elements().compactMap { $0.text() } }
    let key = node.text("key", default: name)
    return key == "none" ? [] : [key]
  }

  private func levels(_ node: StrictNode, _ one: inout StudyParameter) {
    let elements = node.elements()
    if elements.isEmpty { node.fault("at least one value is expected") }
    if elements.count > 1_000_000 { node.fault("at most 1000000 values are possible") }
    let texts = elements.compactMap { $0.text() }
    let numbers = texts.map(StudyValue.numberAndUnit)
    guard numbers.allSatisfy({ $0 != nil }) else {
      one.levels = texts.map(StudyValue.text)
      return
    }
    let units = Set(numbers.compactMap { $0!.unit })
    if units.count > 1 {
      node.fault("the values have different units, one is expected")
    } else if let unit = units.first, !unit.isEmpty {
      if !one.unit.isEmpty && one.unit != unit {
        node.fault("the values are in '\(unit)', the parameter in '\(one.unit)'")
      }
      one.unit = unit
    }
    one.levels = numbers.map { .number($0!.value) }
  }

  private func range(_ node: StrictNode, _ one: inout StudyParameter, _ design: Study.Design) {
    func end(_ key: String) -> Double {
      let text = node.text(key)
      guard let (value, unit) = StudyValue.numberAndUnit(text) else {
        if node.has(key) { node.child(key).fault("'\(text)' is not a number") }
        return 0
      }
      if !unit.isEmpty {
        if !one.unit.isEmpty && unit != one.unit {
          node.child(key).fault("'\(text)' is not in '\(one.unit)' like the rest")
        }
        one.unit = unit
      }
      return value
    }
    let low = end("from")
    let high = end("to")
    let scale = node.choice("scale", of: ["linear", "logarithmic"], default: "linear")
    one.isLogarithmic = scale == "logarithmic"
    one.isWhole = node.flag("whole", default: false)
    if !(low < high) { node.fault("'from' must be below 'to'") }
    if !(high - low).isFinite || (one.isLogarithmic && low > 0 && !(high / low).isFinite) {
      node.fault("the ends are too far apart, at most 308 decades are possible")
    }
    if one.isLogarithmic && !(low > 0) { node.fault("a logarithmic range begins above 0") }
    if one.isWhole && (low != low.rounded() || high != high.rounded() || one.isLogarithmic) {
      node.fault("a range of whole numbers is linear and has whole ends")
    }
    let isSampled = design != .grid
    guard !isSampled || node.has("count") else {
      one.range = low...max(low, high)
      return
    }
    let count = node.integer("count", in: 2...1_000_000)
    one.levels = (0..<count).map { k in
      let u = Double(k) / Double(count - 1)
      if k == count - 1 { return .number(high) }
      let value = one.isLogarithmic ? low * pow(high / low, u) : low + u * (high - low)
      return .number(one.isWhole ? value.rounded() : value)
    }
    if Set(one.levels).count < one.levels.count { node.fault("the range has fewer whole numbers") }
  }

  func groups(_ parameters: [StudyParameter], _ design: Study.Design) -> [[Int]] {
    var grouped: [[Int]] = []
    var seen: Set<Int> = []
    let zip = root.child("zip")
    if zip.exists && design != .grid { zip.fault("only a grid has parameters zipped") }
    for list in zip.elements() {
      var places: [Int] = []
      for element in list.elements() {
        let name = element.text() ?? ""
        guard let place = parameters.firstIndex(where: { $0.name == name }) else {
          element.fault(unknownName("parameter", name, known: parameters.map(\.name)))
          continue
        }
        if !seen.insert(place).inserted { element.fault("'\(name)' is zipped twice") }
        places.append(place)
      }
      if Set(places.map { parameters[$0].levels.count }).count > 1 {
        list.fault("zipped parameters have the same number of values")
      }
      if !places.isEmpty { grouped.append(places.sorted()) }
    }
    // A group stands where its first parameter does.
    let alone = parameters.indices.filter { !seen.contains($0) }.map { [$0] }
    for group in grouped + alone { rejectRepeatedRow(of: group.map { parameters[$0] }) }
    return (grouped + alone).sorted { $0[0] < $1[0] }
  }

  /// Faults numbers that make a row of parameters zipped together, or of one alone, occur twice.
  private func rejectRepeatedRow(of group: [StudyParameter]) {
    let count = group.map(\.levels.count).min() ?? 0
    let rows = (0..<count).map { row in group.map { $0.levels[row] } }
    guard Set(rows).count < count else { return }
    for parameter in group where parameter.levels.allSatisfy({ !$0.number.isNaN }) {
      let values = root.mapping("parameters").child(parameter.name).child("values")
      if values.exists { return values.fault("a value occurs twice in the list") }
    }
  }
}
