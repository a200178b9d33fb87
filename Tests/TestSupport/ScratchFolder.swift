import Foundation
import InputOutput

/// A folder that is gone when the test ends.
package final class ScratchFolder {
  /// Where it is.
  package let path: String

  /// Makes the folder.
  package init() throws {
    path = NSTemporaryDirectory() + "ohmweave-tests-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  /// The paths of all files below `folder`, in their order.
  package static func files(_ folder: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder).filter {
      !AtomicFile.isFolder("\(folder)/\($0)")
    }.sorted()
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
