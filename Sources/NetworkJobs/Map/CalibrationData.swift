import Foundation
import InputOutput
import Networks

/// The samples that set the ranges of the converters.
struct CalibrationData {
  /// The samples.
  let samples: Tensor
  /// What `calibration-data` has to be for the same samples in another run.
  let source: String

  /// Loads what `calibration-data` names: `training`, the part of the set that networks are trained on;
  /// `evaluated`, the first of the samples that the accuracy is measured on; another set or file; or
  /// `auto`, the training part where it is at hand, else the evaluated samples.
  ///
  /// - Throws: `InputError` where there is no such set, or it does not fit the network.
  init(_ options: MapOptions, evaluated: DataSet, network: Network) throws(InputError) {
    let count = options.calibrationSamples
    func first(_ set: DataSet) throws(InputError) -> Tensor {
      guard set.count > 0 else { throw InputError(set.name, "holds no samples") }
      return try set.subset(0..<min(count, set.count)).fitting(inputShape: network.inputShape)
        .samples
    }
    switch options.calibrationData {
    case "evaluated": (samples, source) = (try first(evaluated), "evaluated")
    case "training":
      (samples, source) = (try first(try Self.training(options, network)), "training")
    case "auto":
      if let set = try? Self.training(options, network) {
        (samples, source) = (try first(set), "training")
      } else {
        (samples, source) = (try first(evaluated), "evaluated")
      }
    case let name:
      let folder = DataFolder(option: options.dataFolder)
      samples = try first(
        try DataSet.load(
          name, split: .train, from: folder, window: MapJob.window(network),
          events: TrainingOrigin.events(name, model: options.model)))
      source = name
    }
  }

  private static func training(
    _ options: MapOptions, _ network: Network
  ) throws(InputError) -> DataSet {
    var isFolder: ObjCBool = false
    let isKnown = DataSetRegistry.entries.contains { $0.name == options.data }
    _ = FileManager.default.fileExists(atPath: options.data, isDirectory: &isFolder)
    guard isKnown || isFolder.boolValue else {
      throw InputError(
        options.data, "is one file without a training part, name another one as calibration data")
    }
    return try DataSet.load(
      options.data, split: .train, from: DataFolder(option: options.dataFolder),
      label: options.label, window: MapJob.window(network),
      events: TrainingOrigin.events(options.data, model: options.model))
  }
}
