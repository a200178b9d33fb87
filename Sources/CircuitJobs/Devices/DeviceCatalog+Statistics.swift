import DeviceModels
import InputOutput
import PhysicalUnits

/// The statistics of a device file as rows of its card.
struct StatisticsRows {
  /// Key, value with unit, meaning.
  private(set) var rows: [(key: String, value: String, meaning: String)] = []

  /// The rows of everything that `file` states beside its laws' parameters.
  init(_ file: DeviceFile) {
    if let device = file.programming { add(device) }
    if let pulses = file.pulses { add(pulses) }
    if file.programming == nil, file.readNoise != .none { addReadNoise(file.readNoise) }
    if let fluctuations = file.fluctuations { add(fluctuations) }
    if let conduction = file.conduction { add("conduction", "\(conduction)", "I = G·f(V)") }
  }

  private mutating func add(_ key: String, _ value: String, _ meaning: String) {
    rows.append((key, value, meaning))
  }

  private func siemens(_ value: Double) -> String { engineering(value, unit: "S", digits: 6) }

  /// "1.2 µS + 0.3 µS·x + …", x = G/reference.
  private func polynomial(_ c: [Double], _ reference: Double) -> String {
    if c.count == 2, c[0] == 0, reference == 1 { return "\(significant(100 * c[1])) % of G" }
    let terms = c.enumerated().map { k, value in
      let power = k == 0 ? "" : k == 1 ? "·x" : "·x^\(k)"
      let sign = k == 0 ? (value < 0 ? "-" : "") : value < 0 ? " - " : " + "
      return sign + siemens(abs(value)) + power
    }
    return terms.joined()
      + (c.count > 1 ? ", x = G/\(siemens(reference))" : "")
  }

  private mutating func add(_ device: DeviceModel) {
    let window = device.window
    add("conductance-window.minimum", siemens(window.minimum.value), "")
    add("conductance-window.maximum", siemens(window.maximum.value), "")
    if let levels = window.levels {
      add("conductance-window.levels", "\(levels)", "evenly spaced, both ends included")
    }
    if window.spread > 0 {
      add("conductance-window.spread", "\(significant(100 * window.spread)) %", "of both ends")
    }
    add("read-voltage", engineering(device.readVoltage.value, unit: "V", digits: 6), "")
    let write = device.writeError
    if write.deviation.isEmpty {
      add("write-error", "none", "cells take their targets exactly")
    } else {
      let mean = write.mean == 0 ? "" : ", mean \(siemens(write.mean))"
      add(
        "write-error", "\(polynomial(write.deviation, write.reference))\(mean)",
        "deviation, \(write.distribution.rawValue)")
    }
    addReadNoise(device.readNoise)
    let stuck = device.stuck
    if stuck.onFraction > 0 {
      add(
        "stuck-cells.on-fraction", significant(stuck.onFraction),
        "at \(siemens(stuck.onConductance.value))")
    }
    if stuck.offFraction > 0 {
      add(
        "stuck-cells.off-fraction", significant(stuck.offFraction),
        "at \(siemens(stuck.offConductance.value))")
    }
    add(device.drift)
  }

  private mutating func add(_ drift: ConductanceDrift?) {
    guard let drift else { return add("drift", "none", "conductances stay as written") }
    func exponent(_ e: ConductanceDrift.Exponent) -> String {
      e.slope == 0
        ? significant(e(1))
        : "\(significant(e.slope))·ln(G/\(siemens(drift.reference))) \(e.intercept < 0 ? "-" : "+") \(significant(abs(e.intercept))), within \(significant(e.minimum))…\(significant(e.maximum))"
    }
    switch drift.form {
    case .power:
      add("drift.exponent", exponent(drift.mean), "ν of ((t + t₀)/t₀)^(−ν)")
      add("drift.exponent-deviation", exponent(drift.deviation), "from cell to cell")
    case .logarithmic(let mean, let deviation, let slope):
      add("drift.mean", siemens(mean), "per e-fold of time")
      add(
        "drift.deviation", "\(siemens(deviation)) + \(siemens(slope)) per e-fold of time",
        "from cell to cell")
    case .broadening(let points):
      for point in points {
        let time = engineering(point.time, unit: "s", digits: 4)
        add(
          "drift.points", polynomial(point.polynomial, drift.reference),
          "deviation of cells at \(time)")
        if point.shift.contains(where: { $0 != 0 }) {
          add(
            "drift.points.mean", polynomial(point.shift, drift.reference),
            "mean shift of cells at \(time)")
        }
      }
    case .decay(let timeConstant, let spread):
      add(
        "drift.time-constant", engineering(timeConstant, unit: "s", digits: 6),
        "τ of exp(−(t − t₀)/τ)")
      add("drift.spread", significant(spread), "deviation of ln τ between cells")
    }
    if let energy = drift.activationEnergy {
      add("drift.activation-energy", "\(significant(energy)) eV", "of the times")
      add(
        "drift.temperature", "\(significant(drift.temperature, digits: 6)) K", "at which they hold")
    }
    if let latest = drift.latest {
      add("drift.until", engineering(latest.value, unit: "s", digits: 4), "measured until then")
    }
    add("drift.origin", engineering(drift.origin.value, unit: "s", digits: 4), "t₀")
  }

  private mutating func add(_ pulses: PulseModel) {
    add("pulses.conductance.zero", siemens(pulses.zero.value), "at state 0")
    add("pulses.conductance.unit", siemens(pulses.unit.value), "of one unit of state")
    let bounds = pulses.bounds
    add("pulses.bounds.minimum", significant(bounds.minimum), "of the state")
    add("pulses.bounds.maximum", significant(bounds.maximum), "of the state")
    let step = pulses.step
    add("pulses.step.size", significant(step.size), "in state units")
    let noise = pulses.noise
    let relaxation = pulses.relaxation
    let optional: [(String, Double, String)] = [
      ("pulses.bounds.minimum-spread", bounds.minimumSpread, "relative, between devices"),
      ("pulses.bounds.maximum-spread", bounds.maximumSpread, "relative, between devices"),
      ("pulses.step.asymmetry", step.asymmetry, "below 0: smaller steps up; above 0: down"),
      ("pulses.step.spread", step.spread, step.isLogNormal ? "log-normal" : "relative"),
      ("pulses.step.asymmetry-spread", step.asymmetrySpread, "between devices"),
      ("pulses.stuck.fraction", pulses.stuck.fraction, "fraction of devices that no pulse moves"),
      (
        "pulses.noise.cycle", noise.cycle,
        noise.isOfStepSize ? "of the device's step size, per pulse" : "of the step, per pulse"
      ),
      ("pulses.noise.floor", noise.floor, "deviation of every step, in state units"),
      ("pulses.noise.slope", noise.slope, "deviation per unit of |state|"),
      ("pulses.noise.write", noise.write, "deviation of the state as read, in state units"),
      ("pulses.decay.lifetime", relaxation.lifetime, "in updates"),
      ("pulses.decay.spread", relaxation.lifetimeSpread, "relative, between devices"),
      ("pulses.reset.state", relaxation.reset ?? 0, "after a reset"),
      ("pulses.reset.spread", relaxation.resetSpread, "between devices"),
      ("pulses.reset.deviation", relaxation.resetDeviation, "from reset to reset"),
    ]
    for (key, value, meaning) in optional where value != 0 && value.isFinite {
      add(key, significant(value), meaning)
    }
    let nodes = pulses.nodes
    for (key, values) in [
      ("nodes-up", nodes.up), ("nodes-down", nodes.down), ("deviation-up", nodes.upDeviation),
      ("deviation-down", nodes.downDeviation),
    ] where values.contains(where: { $0 != 0 }) {
      let shown = values.prefix(8).map { significant($0, digits: 4) }.joined(separator: ", ")
      add("pulses.\(key)", values.count > 8 ? shown + ", …" : shown, "\(values.count) nodes")
    }
  }

  private mutating func addReadNoise(_ noise: ReadNoise) {
    switch noise {
    case .none: add("read-noise", "none", "reads are exact")
    case .polynomial(let c, let reference):
      add("read-noise", polynomial(c, reference), "deviation of one read")
    case .oneOverF(let a, let b, let c, let reference, let time):
      add(
        "read-noise",
        "min(\(significant(a))/x^\(significant(b)), \(significant(c))) of G, x = G/\(siemens(reference))",
        "1/f, times √ln((t + t_r)/(2·t_r)), t_r = \(engineering(time, unit: "s", digits: 4))")
    case .electrical(let electrical, let other):
      if other != .none { addReadNoise(other) }
      var parts: [String] = []
      if electrical.hasJohnson {
        parts.append("Johnson noise at \(significant(electrical.temperature, digits: 6)) K")
      }
      if electrical.hasShot { parts.append("shot noise") }
      if electrical.flickerLevel > 0 {
        parts.append(
          "\(significant(electrical.flickerLevel))·I²/f^\(significant(electrical.flickerExponent)) from \(engineering(electrical.flickerLowest, unit: "Hz", digits: 4))"
        )
      }
      add(
        "read-noise.electrical", parts.joined(separator: ", "),
        "in \(engineering(electrical.bandwidth, unit: "Hz", digits: 4)) at \(engineering(electrical.voltage, unit: "V", digits: 4))"
      )
    }
  }

  private mutating func add(_ fluctuations: FluctuationSection) {
    for one in fluctuations.telegraph {
      add(
        "fluctuations.telegraph", "\(significant(100 * one.amplitude)) % of the conductance",
        "capture \(engineering(one.captureTime, unit: "s", digits: 4)), emission \(engineering(one.emissionTime, unit: "s", digits: 4))"
      )
    }
    if let flicker = fluctuations.flicker, let low = flicker.corners.min(),
      let high = flicker.corners.max()
    {
      add(
        "fluctuations.flicker", significant(flicker.level),
        "1/f\(flicker.exponent == 1 ? "" : "^\(significant(flicker.exponent))") from \(engineering(low, unit: "Hz", digits: 4)) to \(engineering(high, unit: "Hz", digits: 4))"
      )
    }
    if fluctuations.white > 0 {
      add("fluctuations.white", "\(significant(fluctuations.white)) 1/Hz", "of ΔG/G, one-sided")
    }
    if let conductance = fluctuations.conductance {
      add("fluctuations.conductance", siemens(conductance), "where the noise was measured")
    }
  }
}
