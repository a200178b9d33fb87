import ArrayFiles
import Foundation
import InputOutput
import Networks
import TestSupport
import Testing

@Suite struct DataSetTests {
  private static let repository = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../..").standardizedFileURL.path

  /// Runs `body` with a fresh folder that is removed afterwards.
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "ohmweave-data-\(UUID().uuidString)"
    try AtomicFile.makeFolder(folder)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  @Test("MNIST's test images come with the repository, sound and scaled to 0…1")
  func shipped() throws {
    let folder = DataFolder(roots: [Self.repository + "/Examples"])
    let entry = try DataSetRegistry.entry("mnist")
    #expect(folder.available(entry) == [.test])
    for file in entry.files(.test) {
      #expect(DataFetcher.isSound(try #require(folder.path(of: file, in: entry)), file))
    }
    let set = try DataSet.load("mnist", split: .test, from: folder)
    #expect(set.samples.shape == [10_000, 1, 28, 28])
    #expect(set.samples.elements.min() == 0)
    #expect(set.samples.elements.max() == 1)
    #expect(set.classCount == 10)
    // The published counts of the digits among the 10,000 test images.
    let counts = try #require(set.labels).reduce(into: [Int](repeating: 0, count: 10)) {
      $0[$1] += 1
    }
    #expect(counts == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
    #expect(try set.fitting(inputShape: [784]).samples.shape == [10_000, 784])
    #expect(throws: InputError.self) { try set.fitting(inputShape: [783]) }
    #expect(throws: InputError.self) { try set.checkClasses(outputs: 9) }
    #expect(set.subset(1..<3).labels == [2, 1])
  }

  @Test("a file with another content than the published one is told by its checksum")
  func checksum() throws {
    try withFolder { folder in
      let file = try #require(try DataSetRegistry.entry("mnist").files(.test).last)
      let path = folder + "/labels.gz"
      try IDX.write(NumericArray(shape: [2], uint8: [7, 2]), to: path)
      #expect(!DataFetcher.isSound(path, file))
    }
  }

  @Test(
    "a set is found in every usual layout",
    arguments: ["", "/mnist", "/MNIST/raw"], ["-idx", ".idx"])
  func layouts(folder: String, joint: String) throws {
    try withFolder { root in
      let images = NumericArray(shape: [2, 28, 28], uint8: [UInt8](repeating: 51, count: 1568))
      try IDX.write(images, to: "\(root)\(folder)/t10k-images\(joint)3-ubyte.gz")
      try IDX.write(
        NumericArray(shape: [2], uint8: [3, 9]), to: "\(root)\(folder)/t10k-labels\(joint)1-ubyte")
      let set = try DataSet.load("mnist", split: .test, from: DataFolder(roots: [root]))
      #expect(set.labels == [3, 9])
      #expect(set.samples.elements.allSatisfy { abs($0 - 0.2) < 1e-7 })
      // The same file names must not pass for the other set.
      #expect(throws: InputError.self) {
        try DataSet.load("fashion-mnist", split: .test, from: DataFolder(roots: [root]))
      }
    }
  }

  @Test("a label out of range names file, sample and range; a missing set says what to do")
  func faults() throws {
    try withFolder { root in
      let images = NumericArray(shape: [2, 28, 28], uint8: [UInt8](repeating: 0, count: 1568))
      try IDX.write(images, to: "\(root)/t10k-images-idx3-ubyte")
      try IDX.write(NumericArray(shape: [2], uint8: [3, 10]), to: "\(root)/t10k-labels-idx1-ubyte")
      let folder = DataFolder(roots: [root])
      #expect {
        try DataSet.load("mnist", split: .test, from: folder)
      } throws: {
        "\($0)".contains("t10k-labels-idx1-ubyte: sample 1: the label 10 is out of range, 0…9")
      }
      #expect {
        try DataSet.load("mnist", split: .train, from: folder)
      } throws: {
        "\($0)".contains("ohmweave data fetch mnist") && "\($0)".contains("train-images-idx3-ubyte")
      }
      #expect {
        try DataSet.load("mnits", split: .test, from: folder)
      } throws: {
        "\($0)".contains("did you mean 'mnist'")
      }
    }
  }

  @Test("NPZ files hold class numbers or targets, CSV files labels, targets or names")
  func files() throws {
    try withFolder { root in
      let x = NumericArray(shape: [3, 2], floats: [1, 2, 3, 4, 5, 6])
      let npz = root + "/set.npz"
      try NPZ.write([("x", x), ("y", NumericArray(shape: [3], integers: [0, 2, 1]))], to: npz)
      let classes = try DataSet.load(npz, split: .test)
      #expect(classes.labels == [0, 2, 1])
      #expect(classes.classCount == 3)
      #expect(classes.samples == Tensor(shape: [3, 2], elements: [1, 2, 3, 4, 5, 6]))
      let y = NumericArray(shape: [3, 1], doubles: [0.5, 1, 2])
      try NPZ.write([("x", x), ("y", y)], to: npz)
      #expect(
        try DataSet.load(npz, split: .test).targets
          == .values(Tensor(shape: [3, 1], elements: [0.5, 1, 2])))
      try NPZ.write([("x", x), ("y", NumericArray(shape: [2], integers: [0, 1]))], to: npz)
      #expect(throws: InputError.self) { try DataSet.load(npz, split: .test) }
      try NPZ.write([("x", x), ("y", NumericArray(shape: [3], integers: [0, -1, 1]))], to: npz)
      #expect {
        try DataSet.load(npz, split: .test)
      } throws: {
        "\($0)".contains("sample 1: the label -1 is out of range")
      }
    }
    let names = try DataSet(
      table: CSVTable(text: "kind,a\nrose,1\niris,2\nrose,3\n", source: "f.csv"), label: "kind")
    #expect(names.labels == [1, 0, 1])
    #expect(names.classNames == ["iris", "rose"])
    let targets = try DataSet(table: CSVTable(text: "1,0.5\n2,1\n", source: "g.csv"))
    #expect(targets.targets == .values(Tensor(shape: [2, 1], elements: [0.5, 1])))
    #expect {
      try DataSet(table: CSVTable(text: "a,label\n1,0\n2,-3\n", source: "h.csv"))
    } throws: {
      "\($0)".contains("h.csv: line 3: the label -3 is out of range")
    }
  }

  @Test("classes that a .ts file lists again behind series are rejected")
  func lateClasses() throws {
    let folder = NSTemporaryDirectory() + "ohmweave-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try "@classLabel true a b\n1:b\n@classLabel true a\n".write(
      toFile: folder + "/late.ts", atomically: true, encoding: .utf8)
    #expect(throws: InputError.self) { try DataSet(ts: folder + "/late.ts") }
  }

  @Test("series of different lengths are followed by zeros, and their lengths kept")
  func series() throws {
    try withFolder { root in
      let text = "#c\n@dimensions 2\n@classLabel true a b\n@data\n1,2:3,4:b\n5:6:a\n"
      try AtomicFile.write(text, to: root + "/s.ts")
      let set = try DataSet(ts: root + "/s.ts", frames: 3)
      #expect(set.samples.shape == [2, 3, 2])
      #expect(set.samples.elements == [1, 3, 2, 4, 0, 0, 5, 6, 0, 0, 0, 0])
      #expect(set.lengths == [2, 1])
      #expect(set.labels == [1, 0])
      for bad in ["1,2:3:b", "1:2:c", "1:x:a", "1:a"] {
        try AtomicFile.write(text + bad + "\n", to: root + "/s.ts")
        #expect {
          try DataSet(ts: root + "/s.ts")
        } throws: {
          "\($0)".contains("line 7")
        }
      }
    }
  }

  @Test("the search begins with --data-dir, then OHMWEAVE_DATA, then the cache")
  func order() {
    let folder = DataFolder(
      option: "/a", environment: ["OHMWEAVE_DATA": "/b", "HOME": "/h", "XDG_CACHE_HOME": ""])
    #expect(Array(folder.roots.prefix(3)) == ["/a", "/b", "/h/.cache/ohmweave"])
    #expect(folder.target == "/a")
    #expect(DataFolder(environment: ["HOME": "/h"]).target == "/h/.cache/ohmweave")
  }
}
