import ArrayFiles
import Crossbar
import DeviceModels
import Foundation
import InputOutput
import LinearAlgebra
import Networks
import NumericalMethods
import PhysicalUnits
import Randomness
import Reporting

/// Programs the chips of a map run one after the other and gathers what they show.
struct MapEvaluation {
  let options: MapOptions
  let mapped: MappedNetwork
  let samples: Tensor
  let task: MapTask
  /// What the statistics of normalizations are taken from, where they are.
  let calibration: Tensor
  /// The digital network's outputs, where they are known.
  var digital: Tensor?
  /// Whether the accuracy is followed from the drift's origin to the run's time.
  var followsAging = true
  /// Whether the outputs of all chips are kept.
  var keepsOutputs = false

  /// What the chips showed.
  struct Outcome {
    var digitalOutputs: Tensor
    var chips: [MapResult.Chip] = []
    /// Classes of all chips, chip after chip; empty where the task has no classes.
    var classes: [Int?] = []
    /// The outputs of the first chip.
    var firstOutputs: [Float] = []
    /// The outputs of all chips, chip after chip, where they are kept.
    var outputs: [Float] = []
    /// The first chip, as written.
    var firstChip: AnalogEngine?
    /// Conductances of the first chip, or of all.
    var conductances: [(name: String, array: NumericArray)] = []
    /// Signal-to-noise ratio a site on the first chip, in decibels.
    var ratios: [Double] = []
    /// Share of clipped output conversions per site, the mean of the chips.
    var clipped: [Double]
    /// Share of clipped inputs per site, the mean of the chips.
    var clippedInputs: [Double]
    /// Mean square of the programming error a site, the mean of the chips, in S².
    var squaredErrors: [Double]
    var ages: [MapResult.Age] = []
    /// What other digital engines come to.
    var baselines: [MapResult.Baseline] = []
  }

  private var network: Network { mapped.network }

  /// - Throws: `InputError` where the samples do not fit the network, or an output is NaN or infinite.
  func run(progress: any RunProgress) throws(InputError) -> Outcome {
    let digital: Tensor
    if let known = self.digital {
      digital = known
    } else {
      digital = try network.evaluate(samples, engine: DigitalEngine(network))
    }
    try checkFinite(digital, of: "the digital network")
    var outcome = Outcome(
      digitalOutputs: digital, clipped: Array(repeating: 0, count: network.sites.count),
      clippedInputs: Array(repeating: 0, count: network.sites.count),
      squaredErrors: Array(repeating: 0, count: network.sites.count))
    outcome.baselines = try baselines(digital)
    let times = ageTimes
    outcome.ages = times.map { MapResult.Age(time: $0, values: []) }
    let root = StreamKey(seed: options.seed).child("chip")
    let work =
      "Evaluating \(counted(options.chips, "chip")) on \(counted(samples.sampleCount, "sample"))"
    for chip in 0..<options.chips {
      progress.report(work, done: chip, of: options.chips)
      let fresh = mapped.chip(key: root.child(chip))
      let engine = options.time > 0 ? fresh.aged(to: Seconds(options.time)) : fresh
      let outputs = try evaluate(on: engine)
      try checkFinite(outputs, of: "chip \(chip)")
      let score = task.score(outputs)
      outcome.chips.append(
        MapResult.Chip(value: score, agreement: task.agreement(outputs, with: digital)))
      if keepsOutputs { outcome.outputs += outputs.elements }
      if case .classes = task { outcome.classes += task.classes(of: outputs) }
      for site in network.sites.indices {
        outcome.clipped[site] += engine.clippedShare(site: site) / Double(options.chips)
        outcome.clippedInputs[site] +=
          engine.clippedInputShare(site: site) / Double(options.chips)
        let error = fresh.matrices[site].programmingError.rootMeanSquare
        outcome.squaredErrors[site] += error * error / Double(options.chips)
      }
      if chip < options.savedChips {
        outcome.conductances += ConductanceArrays.arrays(
          of: fresh, number: chip, names: network.sites.map(\.name))
        outcome.conductances += ConductanceArrays.rampArrays(of: fresh, in: mapped, number: chip)
      }
      if chip == 0 {
        outcome.firstOutputs = outputs.elements
        outcome.firstChip = fresh
        outcome.ratios = try ratios(engine)
      }
      for (k, time) in times.enumerated() {
        let same = time == options.time
        outcome.ages[k].values.append(
          same
            ? score
            : task.score(try evaluate(on: fresh.aged(to: Seconds(time)))))
      }
    }
    progress.report(work, done: options.chips, of: options.chips)
    return outcome
  }

  /// The network on the digital engines that the options name.
  private func baselines(_ digital: Tensor) throws(InputError) -> [MapResult.Baseline] {
    guard !options.baselines.isEmpty else { return [] }
    let recorder = InputRecorder(network, samples: calibration.sampleCount)
    _ = try network.evaluate(calibration, engine: recorder)
    let inputs = network.sites.indices.map { recorder.vectors(site: $0) }
    return try options.baselines.map { (choice) throws(InputError) in
      let outputs = try network.evaluate(
        samples, engine: choice.engine(network, inputs: inputs))
      try checkFinite(outputs, of: "the baseline '\(choice.text)'")
      return MapResult.Baseline(
        name: choice.text, value: task.score(outputs),
        agreement: task.agreement(outputs, with: digital))
    }
  }

  /// Rejects outputs that are NaN or infinite: neither a figure of merit nor a figure has a meaning then.
  private func checkFinite(_ outputs: Tensor, of what: String) throws(InputError) {
    guard let place = outputs.elements.firstIndex(where: { !$0.isFinite }) else { return }
    let size = max(1, outputs.sampleSize)
    throw InputError(
      options.model, at: "sample \(place / size)",
      "output \(place % size) of \(what) is \(outputs.elements[place]), finite outputs are expected"
    )
  }

  /// The outputs of one chip, its normalizations as the options say.
  private func evaluate(on chip: AnalogEngine) throws(InputError) -> Tensor {
    guard options.batchNormalization == .estimated else {
      return try network.evaluate(samples, engine: chip)
    }
    return try network.normalized(on: calibration, engine: chip.apart("statistics"))
      .evaluate(samples, engine: chip)
  }

  /// The times of the curve of the figure of merit over time: six steps of equal ratio from the drift's origin to
  /// the run's time. None where the device does not drift or the run reads at once.
  private var ageTimes: [Double] {
    guard followsAging, let drift = options.design.device.drift, options.time > drift.origin.value
    else {
      return []
    }
    let first = drift.origin.value > 0 ? drift.origin.value : 1
    let steps = 6
    return (0...steps).map { k in
      k == steps
        ? options.time : first * pow(options.time / first, Double(k) / Double(steps))
    }
  }

  /// Each layer of the first chip against the digital one, on the samples that calibrate.
  private func ratios(_ engine: AnalogEngine) throws(InputError) -> [Double] {
    let comparison = OutputComparison(network, analog: engine.withoutActivations)
    let count = min(options.calibrationSamples, samples.sampleCount)
    _ = try network.evaluate(samples.samples(0..<count), engine: comparison)
    return network.sites.indices.map { comparison.signalToNoise(site: $0) }
  }
}
