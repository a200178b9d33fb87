import Foundation
import InputOutput
import Networks
import StrictYAML
import Training

/// The training run that a network comes from, as the `run.yaml` beside it says.
struct TrainingOrigin {
  /// The path of that run file.
  let runFile: String
  /// The data of the training: a name or a file.
  let data: String
  /// The loss that the run file names, if any.
  let loss: Loss?
  /// How the training made samples of recordings of events, if it did.
  let events: EventFrames?

  /// `nil` where the folder of `model` holds no run file of `train`.
  init?(model: String) {
    let folder = (model as NSString).deletingLastPathComponent
    runFile = folder.isEmpty ? "run.yaml" : "\(folder)/run.yaml"
    guard let root = try? StrictFile(path: runFile).root, root.unaskedText("job") == "train",
      let data = root.child("data").unaskedText("name")
    else { return nil }
    self.data = data
    loss = root.unaskedText("loss").flatMap(Loss.init(rawValue:))
    let node = root.child("data")
    events = node.has("events") ? EventFrames(reading: node.mapping("events")) : nil
  }

  /// How the recordings in the folder `name` become samples of `model`: as those of its training did; `nil` where `name` is no
  /// folder or the training read none.
  static func events(_ name: String, model: String) -> EventFrames? {
    AtomicFile.isFolder(name) ? TrainingOrigin(model: model)?.events : nil
  }

  /// A sentence where `name` is the file that the network was trained on; sets with parts of their own have a test part.
  func notice(evaluating name: String) -> String? {
    guard !DataSetRegistry.entries.contains(where: { $0.name == name }), !AtomicFile.isFolder(name),
      Self.path(name) == Self.path(data)
    else { return nil }
    return
      "the network was trained on samples of \(name) (\(runFile)): what is reported is not measured on held-out samples alone, "
      + "whose places are the 'indices' in the predictions.npz of the training run"
  }

  private static func path(_ name: String) -> String {
    URL(filePath: name).standardizedFileURL.resolvingSymlinksInPath().path
  }
}
