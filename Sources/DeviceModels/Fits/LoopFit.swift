import Foundation
import NumericalMethods

/// Parameters of a law of dynamics fitted to a measured current under a measured voltage.
///
/// The law and its other parameters are those of a device; the named ones are free, positive ones as
/// logarithms. Residuals are differences of asinh(I/I₀) with I₀ a thousandth of the largest current,
/// so that high and low resistances count alike.
///
/// A fit has failed where the data switch and its law leaves more than a curve without memory would: the straight
/// pieces, one per fortieth of the voltages, that come closest to the data.
public struct LoopFit: DeviceFit {
  /// The law's name.
  public let law: String
  /// The parameters of the fitted device.
  public let parameters: ParameterSet
  public let estimates: [FitEstimate]
  /// The correlations of the estimates, row major.
  public let correlation: [Double]
  public let residual: (value: Double, unit: String)
  public let notes: [String]
  public let curves: FitCurves
  public let validity: String

  public var name: String { "I–V loop, \(law)" }

  /// Fits the parameters `free` of `section`.
  ///
  /// - Parameters:
  ///   - times: in seconds, from 0 on, rising.
  ///   - voltages: of the source, in volts.
  ///   - currents: in amperes.
  ///   - circuit: what is between source and device.
  ///   - file: the file of the data, for notes about its units.
  /// - Throws: `NumericalFailure` where a name is not one of the law's, the data are too few, the
  ///   law cannot be integrated at its start, or the fit has failed.
  public init(
    _ section: DynamicsSection, free: [String], times: [Double], voltages: [Double],
    currents: [Double], circuit: DriveCircuit = .ideal, file: String = "the loop"
  ) throws(NumericalFailure) {
    let known = DynamicLaws.named(section.law)?.parameters ?? []
    let specifications = free.compactMap { key in known.first { $0.key == key } }
    guard specifications.count == free.count, !free.isEmpty else {
      let wrong = free.filter { key in !known.contains { $0.key == key } }
      throw NumericalFailure(
        "the law '\(section.law)' has no parameters \(wrong.joined(separator: ", ")): it has \(known.map(\.key).joined(separator: ", "))"
      )
    }
    guard times.count == voltages.count, times.count == currents.count, times.count > free.count,
      times.first ?? -1 >= 0, zip(times, times.dropFirst()).allSatisfy({ $0 < $1 })
    else { throw NumericalFailure("times must rise from 0, with a voltage and a current each") }
    let waveform = Waveform.piecewiseLinear(Array(zip(times, voltages)).map { ($0, $1) })
    let unit = 1e-3 * max(currents.map { abs($0) }.max() ?? 1, 1e-15)
    let begins = specifications.map { section.parameters[$0.key] }
    let isLog = zip(specifications, begins).map { $0.range.lowerBound >= 0 && $1 > 0 }
    let scales = begins.map { $0 == 0 ? 1 : abs($0) }
    func set(_ x: [Double]) -> ParameterSet {
      var set = section.parameters
      for (k, p) in specifications.enumerated() {
        let value = isLog[k] ? begins[k] * exp(x[k]) : begins[k] + scales[k] * x[k]
        set.numbers[p.key] = min(max(value, p.range.lowerBound), p.range.upperBound)
      }
      return set
    }
    func simulated(_ set: ParameterSet) throws(NumericalFailure) -> [Double] {
      try DeviceSimulation(section.device(set), circuit: circuit).trace(waveform, at: times).current
    }
    let largest = { (values: [Double]) in values.reduce(0) { max($0, abs($1)) } }
    var notes: [String] = []
    if let loop = section.loop {
      notes += UnitPlausibility.notices(
        "voltage", unit: "V", of: file, largest: largest(voltages),
        expected: max(loop.positive, -loop.negative))
    }
    // At a voltage in the wrong unit the law gives no current to compare with, or none at all.
    if let note = notes.first { throw NumericalFailure(note) }
    notes += UnitPlausibility.notices(
      "current", unit: "A", of: file, largest: largest(currents),
      expected: largest(try simulated(section.parameters)))
    let start = [Double](repeating: 0, count: free.count)
    let fit = try NonlinearFit(from: start, count: times.count, limit: 100) { x, out in
      let model = try? simulated(set(x))
      for k in times.indices {
        // A device that cannot be integrated is far from any data.
        out[k] = model.map { asinh(currents[k] / unit) - asinh($0[k] / unit) } ?? 100
      }
    }
    let left = Self.deviation(fit.residuals)
    let memoryless = Self.deviation(
      Self.memorylessResiduals(voltages, currents.map { asinh($0 / unit) }))
    // Noise of 10 % is no switching.
    guard left < memoryless || memoryless < 0.1 else {
      throw NumericalFailure(
        "the fit of \(free.joined(separator: ", ")) failed: the law '\(section.law)' leaves residuals of \(String(format: "%.2g", left)) in asinh(I/\(String(format: "%.3g", unit)) A), a curve without switching \(String(format: "%.2g", memoryless)): start from a device with other values, free other parameters, or use another law"
      )
    }
    law = section.law
    parameters = set(fit.values)
    estimates = specifications.enumerated().map { k, p in
      let value = set(fit.values)[p.key]
      return FitEstimate(
        p.key, value, fit.standardErrors[k] * (isLog[k] ? value : scales[k]), unit: p.unit,
        isDetermined: !fit.undetermined.contains(k))
    }
    correlation = fit.correlation
    residual = (fit.residualDeviation, "in asinh(I/\(String(format: "%.3g", unit)) A)")
    self.notes = notes
    let model = try simulated(set(fit.values))
    curves = FitCurves(
      x: "time (s)", y: "current (A)", isLogarithmic: (false, false),
      series: [FitCurves.Series(name: "loop", x: times, measured: currents, law: (times, model))])
    let (low, high) = (voltages.min() ?? 0, voltages.max() ?? 0)
    validity =
      "\(String(format: "%.3g", low)) V to \(String(format: "%.3g", high)) V within \(String(format: "%.3g", times[times.count - 1])) s, one device"
    states = section.device(parameters).states
    loop = section.loop
  }

  /// √(mean of r²).
  private static func deviation(_ residuals: [Double]) -> Double {
    (residuals.reduce(0) { $0 + $1 * $1 } / Double(max(1, residuals.count))).squareRoot()
  }

  /// What the best straight line in each fortieth of the voltages leaves of `values`.
  private static func memorylessResiduals(_ voltages: [Double], _ values: [Double]) -> [Double] {
    guard let low = voltages.min(), let high = voltages.max(), low < high else { return values }
    let pieces = 40
    let width = (high - low) / Double(pieces)
    func piece(_ v: Double) -> Int { min(pieces - 1, Int((v - low) / width)) }
    var regressions = [LinearRegression](repeating: LinearRegression(count: 2), count: pieces)
    func regressors(_ v: Double) -> [Double] {
      [1, 2 * ((v - low) / width - Double(piece(v))) - 1]
    }
    for (v, y) in zip(voltages, values) { regressions[piece(v)].add(regressors(v), value: y) }
    let lines = regressions.map(\.solution.coefficients)
    return zip(voltages, values).map { v, y in
      y - zip(lines[piece(v)], regressors(v)).reduce(0) { $0 + $1.0 * $1.1 }
    }
  }

  private let states: [StateVariable]
  private let loop: SuggestedLoop?

  public var sections: String {
    let type = DynamicLaws.named(law)
    var lines = ["dynamics:", "  law: \(law)"]
    for choice in type?.choices ?? [] {
      if let name = parameters.choices[choice.key] { lines.append("  \(choice.key): \(name)") }
    }
    lines.append("  parameters:")
    for p in type?.parameters ?? [] {
      guard let value = parameters.numbers[p.key] else { continue }
      lines.append("    \(p.key): \(value)\(p.unit.isEmpty ? "" : " \(p.unit)")")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
