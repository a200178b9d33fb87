import InputOutput
import Reporting
import StrictYAML

extension StudyReader {
  func derived(_ parameters: [StudyParameter]) -> [DerivedParameter] {
    let node = root.mapping("derived", required: false)
    var names = parameters.filter(\.isNumeric).map(\.name)
    return node.keys.compactMap { name in
      let child = node.mapping(name)
      let text = child.text("formula")
      let keys = keys(child, name: name)
      let unit = child.text("unit", default: "")
      do throws(RunError) {
        let expression = try Formula(text, names: names)
        names.append(name)
        return DerivedParameter(
          name: name, keys: keys, unit: unit, expression: expression)
      } catch {
        child.child("formula").fault(error.message)
        return nil
      }
    }
  }

  func specification() -> [Study.Limit] {
    let node = root.mapping("specification", required: false)
    return node.keys.map { metric in
      let child = node.mapping(metric)
      let low = child.optionalQuantity("minimum", unit: "")
      let high = child.optionalQuantity("maximum", unit: "")
      if low == nil && high == nil { child.fault("'minimum' or 'maximum' is expected") }
      if let low, let high, low > high { child.fault("'minimum' is above 'maximum'") }
      return Study.Limit(
        metric: metric, minimum: low ?? -.infinity, maximum: high ?? .infinity)
    }
  }

  func metrics() -> [Study.MetricStyle] {
    let node = root.mapping("metrics", required: false)
    return node.keys.map { name in
      let child = node.mapping(name)
      return Study.MetricStyle(
        name: name, label: child.text("label", default: name),
        scale: child.number("scale", in: 1e-30...1e30, default: 1))
    }
  }

  func figures(_ parameters: [StudyParameter]) -> [FigureRequest] {
    root.child("figures").elements().map { FigureRequest(reading: $0, parameters) }
  }

  /// Names are columns of a table and names in formulas, and a setting has one value.
  func checkNames(
    _ parameters: [StudyParameter], _ derived: [DerivedParameter], _ settings: [Setting]
  ) {
    var names: Set<String> = []
    let all =
      parameters.map { ("parameters", $0.name, $0.keys) }
      + derived.map { ("derived", $0.name, $0.keys) }
    var keys = Set(settings.map(\.key))
    for (section, name, sets) in all {
      let node = root.child(section).child(name)
      let isWord = name.unicodeScalars.allSatisfy {
        $0.properties.isAlphabetic || $0.properties.numericType != nil
          || "-_.".unicodeScalars.contains($0)
      }
      if !isWord || name.utf8.count > 100 || name.first?.isLetter != true {
        node.fault("'\(name)' is not a name of letters, digits, '-', '_' and '.'")
      }
      if Self.reserved.contains(name.lowercased()) || Formula.constants[name] != nil {
        node.fault("'\(name)' has a meaning of its own in the results, another name is expected")
      }
      if !names.insert(name.lowercased()).inserted {
        node.fault("the name '\(name)' occurs twice")
      }
      for key in sets {
        if key == "seed" {
          node.fault("the seeds of the points follow from the study's own key 'seed'")
        } else if !keys.insert(key).inserted {
          node.fault("the key '\(key)' is set twice")
        }
      }
    }
    if parameters.isEmpty && !root.has("repeats") {
      root.fault("'parameters' or 'repeats' is expected")
    }
  }
}
