import ArrayFiles
import Foundation
public import InputOutput

extension DataSet {
  /// The set that `name` stands for: a known name, or a path to an NPZ file, a CSV or TSV file, a
  /// `.ts` file, an IDX file of samples beside one of labels, or a folder with such a pair.
  ///
  /// - Parameters:
  ///   - split: which part, where the set has parts.
  ///   - label: the label's column in a CSV file; the last one where `nil`. Several, separated by commas, are targets.
  ///   - targets: a `.npy` or `.csv` file with the targets, in the place of those of the set.
  ///   - window: how a text becomes samples.
  ///   - series: the task of a computed series; `name` with the usual lengths where `nil`.
  ///   - events: how the recordings of event cameras in the folder `name` become samples.
  /// - Throws: `InputError` that says what is missing or wrong.
  public static func load(
    _ name: String, split: DataSplit, from folder: DataFolder = DataFolder(), label: String? = nil,
    targets: String? = nil, window: TextWindow? = nil, series: SeriesTask? = nil,
    events: EventFrames? = nil
  ) throws(InputError) -> DataSet {
    try InputFile.checkPath(name)
    if let series = series ?? SeriesTask(named: name) { return try series.series(split) }
    if let events { return try DataSet(eventsIn: name, split: split, frames: events) }
    if let targets {
      return try samples(name, split: split, from: folder, label: label, window: window)
        .with(targetsIn: targets)
    }
    if name.hasSuffix(".npy") {
      throw InputError(
        name,
        "holds one array, and samples need targets: name a .npy or .csv file with them as 'targets', or use an .npz file with the arrays x and y"
      )
    }
    return try samples(name, split: split, from: folder, label: label, window: window)
  }

  /// The set without targets of a file of its own; samples in a `.npy` file get 0 each.
  private static func samples(
    _ name: String, split: DataSplit, from folder: DataFolder, label: String?, window: TextWindow?
  ) throws(InputError) -> DataSet {
    if let window, isText(name) {
      return try text(name, split: split, window: window, from: folder)
    }
    if DataSetRegistry.entries.contains(where: { $0.name == name }) {
      return try load(try DataSetRegistry.entry(name), split: split, from: folder)
    }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: name, isDirectory: &isFolder) else {
      if name.contains("/") || name.contains(".") { throw InputError(name, "no such file") }
      _ = try DataSetRegistry.entry(name)
      throw InputError(name, "no such file")
    }
    if isFolder.boolValue { return try load(idxFolder: name, split: split) }
    let plain = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
    switch (plain as NSString).pathExtension.lowercased() {
    case "npz": return try DataSet(npz: name)
    case "npy":
      let samples = try tensor(
        try NPY.read(path: name), sampleShape: nil, scaling: .none, source: name)
      return DataSet(
        name: name, samples: samples,
        targets: .classes(Array(repeating: 0, count: samples.sampleCount)), classNames: ["0"])
    case "csv", "tsv", "txt": return try DataSet(csv: name, label: label)
    case "ts": return try DataSet(ts: name)
    default: return try load(idxSamples: name)
    }
  }

  private static func load(
    _ entry: DataSetEntry, split: DataSplit, from folder: DataFolder
  ) throws(InputError) -> DataSet {
    let paths = try folder.paths(entry, split)
    switch entry.format {
    case .idx(let shape, let scaling):
      return try DataSet(
        name: entry.name, samples: paths[0], labels: paths[1], sampleShape: shape,
        scaling: scaling, classNames: entry.classNames)
    case .timeSeries(let frames):
      return try DataSet(ts: paths[0], frames: frames)
    case .text:
      throw InputError(
        entry.name,
        "is a text: 'data.window' of the run file, or the model's input, sets the length of a sample"
      )
    }
  }

  /// Whether `name` is a text: a known one, or a file that ends in .txt or .txt.gz.
  public static func isText(_ name: String) -> Bool {
    if let entry = DataSetRegistry.entries.first(where: { $0.name == name }) {
      return entry.format == .text
    }
    return name.hasSuffix(".txt") || name.hasSuffix(".txt.gz")
  }

  /// Pixels in bytes become 0…1; images of one channel get its axis.
  private static func load(idxSamples path: String) throws(InputError) -> DataSet {
    let file = (path as NSString).lastPathComponent
    let partner = file.replacing("images", with: "labels").replacing("idx3", with: "idx1")
    let folder = (path as NSString).deletingLastPathComponent
    let labels = (folder as NSString).appendingPathComponent(partner)
    if let fault = FileKind.mismatch(
      try InputFile.bytes(of: path), source: path,
      expected: "a data set (.npz, .csv, .tsv, .ts or .npy by its name, else IDX, plain or .gz)",
      allowed: [.idx, .gzip])
    {
      throw fault
    }
    guard partner != file, FileManager.default.fileExists(atPath: labels) else {
      throw InputError(
        path,
        "is read as IDX samples, whose labels are in a file with 'labels' for 'images' and 'idx1' "
          + "for 'idx3' in its name; there is none")
    }
    let samples = try IDX.read(path: path)
    let isBytes = samples.elementType == .uint8
    let shape =
      samples.shape.count == 3 ? [1, samples.shape[1], samples.shape[2]] : nil
    return try DataSet(
      name: path, samples: samples, labels: try IDX.read(path: labels), sampleShape: shape,
      scaling: isBytes ? .pixels : .none, files: (path, labels))
  }

  private static func load(idxFolder folder: String, split: DataSplit) throws(InputError) -> DataSet
  {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let prefixes = split == .train ? ["train"] : ["t10k", "test"]
    let found = names.sorted().first { name in
      name.contains("images") && prefixes.contains { name.hasPrefix($0) }
    }
    guard let found else {
      let names = prefixes.map { $0 + "-images-idx3-ubyte" }.joined(separator: " or ")
      throw InputError(folder, "holds no \(names), plain or .gz")
    }
    return try load(idxSamples: folder + "/" + found)
  }
}

/// A text for language models.
public enum TextCorpus {
  /// The text of the set called `name`, or of the file at that path.
  /// - Parameter split: which part, where the set has parts.
  public static func load(
    _ name: String, split: DataSplit = .train, from folder: DataFolder = DataFolder()
  ) throws(InputError) -> String {
    guard let entry = DataSetRegistry.entries.first(where: { $0.name == name }) else {
      return try Gzip.text(path: name)
    }
    guard entry.format == .text else { throw InputError(name, "is not a text") }
    return try Gzip.text(path: try folder.paths(entry, split)[0])
  }
}
