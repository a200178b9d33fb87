import DeviceModels
import Foundation
import InputOutput
import NumericalMethods
import PhysicalUnits
import Randomness
import Reporting

/// `ohmweave device noise`: a conductance in time and its power spectrum.
///
/// From `fluctuations:` where there is such a section, else from 1/f read noise, else from the noise
/// of the dynamic law at the read voltage.
struct NoiseTask: DeviceTask {
  static let name = "noise"
  private let file: DeviceFile
  private let source: Source
  private let times: [Double]
  private let population: Int
  private let compare: String?
  private let key: StreamKey

  private enum Source: Sendable {
    case relative(FluctuationSection, conductance: Double)
    case dynamics(DynamicsSection, voltage: Double)
  }

  init(_ reader: DeviceReader) throws {
    file = try reader.device()
    let settings = reader.settings
    let window = file.programming?.window
    let middle =
      file.fluctuations?.conductance
      ?? window.map { 0.5 * ($0.minimum.value + $0.maximum.value) } ?? 1e-5
    func conductance() -> Double {
      settings.quantity(
        "conductance", unit: "S", in: 1e-15...1, default: "\(significant(middle, digits: 9)) S")
    }
    let defaults: (rate: String, samples: Int)
    if let section = file.fluctuations {
      source = .relative(section, conductance: conductance())
      defaults = ("\(Self.rate(of: section)) Hz", 65536)
    } else if case .oneOverF(let a, let b, let c, let reference, let readTime)? =
      file.programming?.readNoise
    {
      // A reading averages over its time: what is faster than the samples does not fold into them.
      let sampled = max(
        1, 0.5 * settings.quantity("rate", unit: "Hz", in: 1e-9...1e18, default: "1 kHz"))
      // σ² = G²Q²·ln(…) is what S = G²Q²/f gives between the time of reading and the band's end.
      let g = conductance()
      let relative = min(a / max(pow(g / reference, b), 1e-3), c)
      source = .relative(
        FluctuationSection(
          telegraph: [],
          flicker: FlickerNoise(
            level: relative * relative, lowest: 1e-2,
            highest: min(0.5 / readTime, sampled))),
        conductance: g)
      defaults = ("1 kHz", 65536)
    } else if let section = file.dynamics, section.device() is any NoisyDevice {
      let loop = section.loop
      source = .dynamics(
        section,
        voltage: settings.quantity("read-voltage", unit: "V", in: -100...100, default: "0.1 V"))
      defaults = ("\(1e6 / (loop?.period ?? 1)) Hz", 16384)
    } else {
      throw InputErrors([
        InputError(
          file.name,
          "has no noise in time: a section 'fluctuations', a read noise of the law 'one-over-f', or a "
            + "dynamic law with noise is needed")
      ])
    }
    let rate = settings.quantity("rate", unit: "Hz", in: 1e-9...1e18, default: defaults.rate)
    let count = settings.integer("samples", in: 64...10_000_000, default: defaults.samples)
    population = settings.integer("population", in: 1...1000, default: 1)
    compare = settings.optionalText("compare")
    if count * population > 50_000_000 {
      settings.fault("samples", "samples × population must stay below 5e7")
    }
    times = (0..<count).map { Double($0) / rate }
    key = StreamKey(seed: settings.seed()).child("noise")
  }

  /// Ten samples in the shortest time that counts.
  private static func rate(of section: FluctuationSection) -> Double {
    var fastest = 1.0
    for trap in section.telegraph {
      fastest = max(fastest, 1 / trap.captureTime + 1 / trap.emissionTime)
    }
    return 10 * (section.telegraph.isEmpty ? (section.flicker?.corners.last ?? 1) / 20 : fastest)
  }

  func run(_ context: RunContext) throws -> DeviceResult {
    let traces = try (0..<population).map(trace)
    let interval = times[1] - times[0]
    let spectra = traces.map { PowerSpectrum($0, interval: interval).averaged() }
    let mean = spectra[0].densities.indices.map { i in
      spectra.reduce(0) { $0 + $1.densities[i] } / Double(population)
    }
    let slope = Self.slope(spectra[0].frequencies, mean)
    var table = Table.quantities
    let all = traces.map(SampleStatistics.init)
    let center = all.reduce(0) { $0 + $1.mean } / Double(population)
    let deviation = (all.reduce(0) { $0 + $1.deviation * $1.deviation } / Double(population))
      .squareRoot()
    table.add("mean conductance", .number(center), "S")
    table.add("standard deviation", .number(deviation), "S")
    table.add("relative to the mean", .number(deviation / abs(center)))
    table.add("slope of the spectrum", .number(slope), "decades per decade")
    table.add("length of the record", .number(times.last! + interval), "s")
    var result = DeviceResult(
      title: "Noise of \(file.heading)",
      summary: "\(file.title). Source: \(file.source). Valid for: \(file.validity)",
      table: table, caption: "\(times.count) samples of \(counted(population, "device")).")
    var trace = Table(columns: ["time (s)"] + traces.prefix(20).indices.map { "device \($0) (S)" })
    for i in times.indices {
      trace.append([.number(times[i])] + traces.prefix(20).map { .number($0[i]) })
    }
    result.files.append(("trace.csv", trace.csv))
    var spectrum = Table(columns: ["frequency (Hz)", "density (S^2/Hz)"])
    for (f, s) in zip(spectra[0].frequencies, mean) { spectrum.append([.number(f), .number(s)]) }
    result.files.append(("spectrum.csv", spectrum.csv))
    let measured = try compare.map {
      try MeasuredColumns(csv: $0, [("time", "s"), ("conductance", "S")]).columns
    }
    result.figures = try figures(traces[0], spectra[0].frequencies, mean, measured)
    return result
  }

  private func trace(_ k: Int) throws -> [Double] {
    switch source {
    case .relative(let section, let g):
      return section.relativeValues(at: times, key.child(k)).map { g * (1 + $0) }
    case .dynamics(let section, let voltage):
      let parameters = population == 1 ? section.parameters : section.parameters(k, key)
      guard let device = section.device(parameters) as? any NoisyDevice else { return [] }
      let end = times.last!
      let waveform = Waveform.piecewiseLinear([(0, voltage), (end, voltage)])
      do {
        let trace = try device.noisyTrace(
          waveform, steps: 10 * (times.count - 1), every: 10, key: key.child(k))
        return trace.current.map { $0 / voltage }
      } catch { throw RunError("device \(k) of '\(file.name)': \(error)") }
    }
  }

  /// The slope of log S against log f, by least squares.
  private static func slope(_ f: [Double], _ s: [Double]) -> Double {
    let points = zip(f, s).filter { $0 > 0 && $1 > 0 }.map { (log($0), log($1)) }
    let n = Double(points.count)
    let x = points.reduce(0) { $0 + $1.0 } / n
    let y = points.reduce(0) { $0 + $1.1 } / n
    let numerator = points.reduce(0) { $0 + ($1.0 - x) * ($1.1 - y) }
    return numerator / points.reduce(0) { $0 + ($1.0 - x) * ($1.0 - x) }
  }

  private func figures(
    _ trace: [Double], _ f: [Double], _ s: [Double], _ measured: [String: [Double]]?
  ) throws -> [Figure] {
    let shown = min(trace.count, 3000)
    let scale = LoopFigures.scale(Array(trace[..<shown]))
    let time = LoopFigures.scale(Array(times[..<shown]))
    var first = [
      PlotSeries(
        measured == nil ? "" : "simulated", .trace, x: times[..<shown].map { $0 * time.factor },
        y: trace[..<shown].map { $0 * scale.factor }, color: 0)
    ]
    var spectrum: [PlotSeries] = []
    if case .relative(let section, let g) = source {
      // Samples fold what is faster than half their rate into the band below.
      let rate = 1 / (times[1] - times[0])
      spectrum.append(
        PlotSeries(
          "law", .dashedLine, x: f, y: f.map { g * g * section.spectrum($0) }, color: 5))
      spectrum.append(
        PlotSeries(
          "law, sampled", .line, x: f,
          y: f.map { g * g * section.spectrum($0, sampledAt: rate) }, color: 6))
    }
    spectrum.append(PlotSeries("simulated", .points, x: f, y: s, color: 0))
    if let t = measured?["time"], let g = measured?["conductance"], t.count > 15 {
      let part = min(t.count, 3000)
      first.append(
        PlotSeries(
          "measured", .trace, x: t[..<part].map { ($0 - t[0]) * time.factor },
          y: g[..<part].map { $0 * scale.factor }, color: 1))
      let interval = (t[t.count - 1] - t[0]) / Double(t.count - 1)
      guard interval > 0 else { throw InputError(compare ?? "", "the times must rise") }
      let own = PowerSpectrum(g, interval: interval).averaged()
      spectrum.append(
        PlotSeries("measured", .points, x: own.frequencies, y: own.densities, color: 1))
    }
    return [
      Figure(
        name: "trace",
        plot: Plot(
          x: .init("time (\(time.prefix)s)"), y: .init("conductance (\(scale.prefix)S)"),
          series: first),
        caption: "The first \(shown) of \(trace.count) samples."),
      Figure(
        name: "spectrum",
        plot: Plot(
          x: .init("frequency (Hz)", isLogarithmic: true),
          y: .init("power spectral density (S²/Hz)", isLogarithmic: true), series: spectrum),
        caption:
          "One-sided power spectral density by Welch's method, averaged in bands, over that of the law and "
          + "over the law at this sampling rate, which folds faster noise into the band."),
    ]
  }
}
