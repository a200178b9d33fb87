import ArrayFiles
import Crossbar
import DeviceModels
import Foundation
import InputOutput
import Jobs
import Networks
import Randomness
import Studies
import TestSupport

/// One kind of file: how a case of it is made, and what reads it.
struct Reader: Sendable {
  let name: String
  /// Makes the files of a case in `folder` and returns what reads them.
  let prepare: @Sendable (inout Mutator, Corpus, String) throws -> () throws -> Void

  static let all: [Reader] = [
    onnx, safetensors, npy, npz, idx, csv, series, device, network, cost, study, training, database,
    measurement,
  ]

  private static let arrays: [(name: String, array: NumericArray)] = [
    ("x", NumericArray(shape: [4, 6], floats: (0..<24).map { Float($0) })),
    ("y", NumericArray(shape: [4], integers: [0, 1, 2, 1])),
    ("weight", NumericArray(shape: [2, 3], doubles: [1, 2, 3, 4, 5, 6])),
    ("zeros", NumericArray(shape: [40], uint8: [UInt8](repeating: 0, count: 40))),
  ]

  private static func mutated(_ bytes: [UInt8], _ m: inout Mutator) -> [UInt8] {
    var result = bytes
    for _ in 0...m.index(4) { m.bytes(&result, other: bytes) }
    return result
  }

  private static func mutated(_ text: String, _ m: inout Mutator, _ corpus: Corpus) -> String {
    var result = text
    for _ in 0...m.index(4) { m.text(&result, words: corpus.words) }
    if m.chance(20) { result = "a: &a [x, y]\nb: &b [*a, *a]\n" + result }
    return result
  }

  private static func write(_ bytes: [UInt8], _ path: String) throws {
    try Data(bytes).write(to: URL(filePath: path))
  }

  /// Evaluates a network on one sample.
  private static func evaluate(_ network: Network) throws {
    let x = Tensor(shape: [1] + network.inputShape, repeating: 0.5)
    _ = try network.evaluate(x, engine: DigitalEngine(network))
  }

  static let onnx = Reader(name: "onnx") { m, corpus, _ in
    var bytes = m.pick(corpus.onnx)
    if !m.chance(4), var tree = ProtobufTree.fields(bytes[...]) {
      for _ in 0...m.index(3) { ProtobufTree.mutate(&tree, &m) }
      bytes = ProtobufTree.encoded(tree)
    } else {
      bytes = mutated(bytes, &m)
    }
    let folding: ScaleFolding = m.chance(2) ? .allButNormalizations : .everything
    return {
      [bytes] in
      try evaluate(
        ONNXReader.network(from: Data(bytes), source: "m.onnx", folding: folding))
    }
  }

  static let safetensors = Reader(name: "safetensors") { m, corpus, _ in
    var bytes = Safetensors.bytes(arrays)
    if m.chance(2) {
      // The header is JSON behind its length.
      let length = Int(bytes[0]) | Int(bytes[1]) << 8
      var header = String(decoding: bytes[8..<8 + length], as: UTF8.self)
      for _ in 0...m.index(3) { m.text(&header, words: ["F64", "I8", "x", "[]", "{", "dtype"]) }
      let changed = Array(header.utf8)
      bytes =
        (0..<8).map { UInt8(truncatingIfNeeded: changed.count >> (8 * $0)) } + changed
        + bytes[(8 + length)...]
    } else {
      bytes = mutated(bytes, &m)
    }
    return { [bytes] in
      for (_, array) in try Safetensors.read(Data(bytes), source: "m") { try use(array) }
    }
  }

  private static func use(_ array: NumericArray) throws {
    _ = array.floats.count + array.doubles.count + (array.integers?.count ?? 0)
    _ = array.firstNotFinite()
  }

  /// The bytes of an NPY file whose header and elements were changed.
  private static func changedNPY(_ m: inout Mutator) -> [UInt8] {
    let bytes = NPY.bytes(arrays[m.index(arrays.count)].array)
    guard m.chance(2) else { return mutated(bytes, &m) }
    let length = Int(bytes[8]) | Int(bytes[9]) << 8
    var header = String(decoding: bytes[10..<10 + length], as: UTF8.self)
    for _ in 0...m.index(3) {
      m.text(&header, words: ["'<f8'", "'|S5'", "'>U3'", "True", "(3,)", "()", "(0,"])
    }
    let changed = Array(header.utf8.prefix(60_000))
    return bytes[..<8] + [UInt8(changed.count & 255), UInt8(changed.count >> 8)] + changed
      + bytes[(10 + length)...]
  }

  static let npy = Reader(name: "npy") { m, _, _ in
    let bytes = changedNPY(&m)
    return { try use(NPY.read(Data(bytes), source: "m")) }
  }

  static let npz = Reader(name: "npz") { m, _, folder in
    let path = folder + "/m.npz"
    var bytes: [UInt8]
    if m.chance(3) {
      bytes = mutated(try NPZ.bytes(arrays, compressed: m.chance(2)), &m)
    } else {
      let entries = [("x.npy", changedNPY(&m)), ("y.npy", changedNPY(&m))]
      bytes = ZipFile.bytes(entries)
      if m.chance(4) { m.bytes(&bytes, other: bytes) }
    }
    try write(bytes, path)
    return { _ = try DataSet(npz: path) }
  }

  static let idx = Reader(name: "idx") { m, _, folder in
    let image = NumericArray(shape: [3, 4, 4], uint8: (0..<48).map { UInt8($0) })
    let label = NumericArray(shape: [3], uint8: [0, 1, 2])
    func bytes(_ array: NumericArray) -> [UInt8] {
      var content = IDX.bytes(array)
      if m.chance(2) { content = mutated(content, &m) }
      if m.chance(2) { content = Gzip.pack(content) }
      return m.chance(4) ? mutated(content, &m) : content
    }
    let paths = [folder + "/a-images-idx3-ubyte", folder + "/a-labels-idx1-ubyte"]
    try write(bytes(image), paths[0])
    try write(bytes(label), paths[1])
    return { _ = try DataSet.load(paths[0], split: .test) }
  }

  static let csv = Reader(name: "csv") { m, corpus, folder in
    var text = mutated("a;b;label\n1;2.5;x\n-3;4e2;y\n\"5\";6;x\n# end\n", &m, corpus)
    if m.chance(2) { text = text.replacing(";", with: ",") }
    var bytes = Array(text.utf8)
    if m.chance(3) { m.bytes(&bytes, other: bytes) }
    if m.chance(4) { bytes = Gzip.pack(bytes) }
    let path = folder + "/m.csv"
    try write(bytes, path)
    return { _ = try DataSet.load(path, split: .test) }
  }

  static let series = Reader(name: "ts") { m, corpus, folder in
    let text = "@problemName v\n@classLabel true 1 2 3\n@data\n1,2,3:4,5,6:1\n1,2:3,4:2\n9:8:3\n"
    var bytes = Array(mutated(text, &m, corpus).utf8)
    if m.chance(3) { m.bytes(&bytes, other: bytes) }
    let path = folder + "/m.ts"
    try write(bytes, path)
    return { _ = try DataSet.load(path, split: .test) }
  }

  static let device = Reader(name: "device") { m, corpus, _ in
    let text = mutated(m.pick(corpus.devices), &m, corpus)
    return { _ = try DeviceFile(text: text, name: "m") }
  }

  static let network = Reader(name: "network") { m, corpus, folder in
    let source = Corpus.root + "/Tests/NetworksTests/Fixtures/description"
    for name in try FileManager.default.contentsOfDirectory(atPath: source)
    where !name.hasSuffix(".yaml") && !FileManager.default.fileExists(atPath: folder + "/" + name) {
      try FileManager.default.copyItem(atPath: source + "/" + name, toPath: folder + "/" + name)
    }
    let path = folder + "/m.yaml"
    try write(Array(mutated(m.pick(corpus.networks), &m, corpus).utf8), path)
    return { try evaluate(NetworkDescription(path: path).network(source: path)) }
  }

  static let cost = Reader(name: "cost") { m, corpus, _ in
    let text = mutated(m.pick(corpus.costs), &m, corpus)
    return { _ = try CostModel(text: text, source: "m") }
  }

  static let study = Reader(name: "study") { m, corpus, _ in
    let text = mutated(m.pick(corpus.studies), &m, corpus)
    return {
      let plan = try Plan(try Study(text: text, path: "m.yaml", jobs: StudyJobs.all))
      _ = plan.identity
      _ = plan.columnValues(at: plan.pointCount - 1)
      try plan.check()
    }
  }

  static let training = Reader(name: "training") { m, corpus, folder in
    let path = folder + "/train.yaml"
    try write(Array(mutated(m.pick(corpus.trainings), &m, corpus).utf8), path)
    return {
      let text =
        "study: t\njob: train\nsettings: {run-file: \(path), data.name: "
        + "Examples/digits/digits-test.npz}\n"
      try Plan(try Study(text: text, path: "m.yaml", jobs: StudyJobs.all)).check()
    }
  }

  static let database = Reader(name: "database") { m, corpus, folder in
    let path = folder + "/results.sqlite"
    for end in ["", "-wal", "-shm", "-journal"] {
      try? FileManager.default.removeItem(atPath: path + end)
    }
    var bytes = m.pick(corpus.databases)
    for _ in 0...m.index(6) { m.bytes(&bytes, other: bytes) }
    try write(bytes, path)
    return {
      let store = try ResultsStore(reading: path)
      let plan = try store.plan(jobs: StudyJobs.all)
      _ = try ResultsQuery.status(of: [path])
      _ = try ResultsQuery(conditions: ["row >= 0"], metrics: [], groups: [], limit: 10)
        .table(of: store, plan: plan)
      _ = try ResultsQuery(conditions: [], metrics: [], groups: ["point"], limit: 10)
        .table(of: store, plan: plan)
      try ResultsExport.csv(store, plan: plan, to: folder + "/x.csv")
    }
  }

  static let measurement = Reader(name: "measurement") { m, corpus, folder in
    let path = folder + "/m.csv"
    let texts = [
      "pulse,up (uS),down (uS)\n0,1,5\n1,2,4\n2,3,3\n3,3.5,2\n",
      "time (ns),voltage (V)\n0,0\n5,1\n10,0\n",
    ]
    try write(Array(mutated(m.pick(texts), &m, corpus).utf8), path)
    return {
      _ = try PulseMeasurement(csv: path)
      _ = try Waveform.contents(ofCSV: path)
    }
  }
}
