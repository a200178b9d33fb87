import Foundation
import PhysicalUnits

/// The tics of an axis: places that people count in, as many as there is room for their labels.
package struct AxisTics: Sendable {
  /// One tic; a label that is empty marks a minor one.
  package struct Tic: Sendable, Hashable {
    package var place: Double
    /// With `^{…}` for a power where the axis is logarithmic.
    package var label: String
  }

  /// In rising order of their places.
  package var tics: [Tic]
  /// Labels are the values over ten to this power, which the axis label names.
  package var exponent = 0

  /// The width of the widest label, in heights of its font.
  package var width: Double { tics.map { TextWidth.ems($0.label) }.max() ?? 0 }

  /// The most lines of a label.
  var lineCount: Int { tics.map { $0.label.split(separator: "\n").count }.max() ?? 0 }

  /// The only tic of an axis whose data are all at `place`; `nil` if its label would be long.
  static func only(_ place: Double) -> AxisTics? {
    let label = TypesetUnit.number(String(format: "%.6g", place))
    guard !label.contains("e"), label.count <= 7 else { return nil }
    return AxisTics(tics: [Tic(place: place, label: label)])
  }

  /// Tics of a linear axis.
  ///
  /// - Parameters:
  ///   - smallest: the least distance.
  ///   - room: how many labels of a width in heights of their font find a place.
  package static func linear(
    _ range: ClosedRange<Double>, smallest: Double?, room: (_ ems: Double) -> Int
  ) -> AxisTics {
    let (low, high) = (range.lowerBound, range.upperBound)
    let peak = max(abs(low), abs(high))
    var exponent = 0
    if peak >= 1e5 || (peak > 0 && peak < 1e-3) {
      exponent = Int((log10(peak * (1 + 1e-9)) / 3).rounded(.down)) * 3
    }
    let span = high - low
    var power = Int(log10(span).rounded(.down)) - 2
    var last = AxisTics(tics: [], exponent: exponent)
    // The finest step whose labels have room.
    for _ in 0..<6 {
      for digit in [1.0, 2, 5] {
        let step = power < 0 ? digit / pow(10, Double(-power)) : digit * pow(10, Double(power))
        if let smallest, step < smallest * (1 - 1e-9) { continue }
        let decimals = max(0, exponent - power)
        let first = (low / step - 1e-9).rounded(.up)
        let end = (high / step + 1e-9).rounded(.down)
        guard end >= first, end - first < 200 else { continue }
        let tics = (0...Int(end - first)).map { k -> Tic in
          let count = first + Double(k)
          let shown = count * digit * pow(10, Double(power - exponent))
          return Tic(
            place: count * step,
            label: TypesetUnit.number(String(format: "%.\(decimals)f", count == 0 ? 0 : shown)))
        }
        last = AxisTics(tics: tics, exponent: exponent)
        if tics.count <= max(2, room(last.width)) { return last }
      }
      power += 1
    }
    return last
  }

  /// Tics of a logarithmic axis: powers of ten, or 1, 2 and 5 of each where there are few.
  package static func logarithmic(
    _ range: ClosedRange<Double>, room: (_ ems: Double) -> Int
  ) -> AxisTics {
    let (low, high) = (range.lowerBound * (1 - 1e-9), range.upperBound * (1 + 1e-9))
    let first = Int(log10(low).rounded(.down))
    let last = Int(log10(high).rounded(.down))
    func tic(_ digit: Int, _ power: Int, _ label: String) -> Tic? {
      let place = Double("\(digit)e\(power)") ?? 0
      return place >= low && place <= high ? Tic(place: place, label: label) : nil
    }
    let powers = (first...last).filter { tic(1, $0, "") != nil }
    if powers.count >= 2 {
      let raised = powers.map { "10^{\(TypesetUnit.number("\($0)"))}" }
      let width = raised.map(TextWidth.ems).max() ?? 2
      let every = (powers.count + max(2, room(width)) - 1) / max(2, room(width))
      var tics: [Tic] = []
      for power in first...last {
        let isLabeled = (power - powers[0]) % every == 0
        if let own = tic(
          1, power, isLabeled ? "10^{\(TypesetUnit.number("\(power)"))}" : "")
        {
          tics.append(own)
        }
        if powers.count <= 8 { tics += (2...9).compactMap { tic($0, power, "") } }
      }
      return AxisTics(tics: tics)
    }
    // Less than two powers of ten: plain numbers where they are short.
    func label(_ digit: Int, _ power: Int) -> String {
      (-3...3).contains(power)
        ? String(format: "%g", Double("\(digit)e\(power)") ?? 0)
        : "\(digit)×10^{\(TypesetUnit.number("\(power)"))}"
    }
    for digits in [[1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]] {
      let tics = (first...last).flatMap { power in
        (1...9).compactMap { tic($0, power, digits.contains($0) ? label($0, power) : "") }
      }
      let labeled = tics.filter { !$0.label.isEmpty }
      let width = labeled.map { TextWidth.ems($0.label) }.max() ?? 1
      // Numbers stand closest at the upper end of a decade.
      if labeled.count * 3 / 2 <= max(2, room(width)) || digits.count <= 2, !labeled.isEmpty {
        return AxisTics(tics: tics)
      }
    }
    return linear(range, smallest: nil, room: room)
  }
}
