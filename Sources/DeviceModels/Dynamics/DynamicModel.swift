import InputOutput
import StrictYAML

/// One device as its state equation sees it: what a file of `device-models/` with a `dynamics:`
/// section says.
public struct DynamicModel: Sendable {
  /// The file's name without its ending.
  public let name: String
  /// One line that says what it is.
  public let title: String
  /// Where the numbers come from: DOI, figure, table.
  public let source: String
  /// Where they hold.
  public let validity: String
  /// Its law and parameters.
  public let dynamics: DynamicsSection

  /// The device called `name` in the library, or in the file `name`.
  /// - Throws: `InputErrors`: no such device, no `dynamics:` section, or every fault of its file.
  public init(named name: String) throws(InputErrors) {
    try self.init(file: StrictFile(path: try DeviceLibrary.path(of: name)), name: name)
  }

  /// The device that `text` describes; faults carry `name`.
  public init(text: String, name: String) throws(InputErrors) {
    try self.init(file: StrictFile(text: text, source: name), name: name)
  }

  private init(file: StrictFile, name: String) throws(InputErrors) {
    let root = file.root
    self.name = name
    title = root.text("title")
    source = root.text("source")
    validity = root.text("validity")
    dynamics = DynamicsSection(reading: root.mapping("dynamics"))
    root.checkOtherDeviceSections()
    try file.finish()
  }
}

extension DeviceLibrary {
  /// The names of the files that have a `dynamics:` section.
  public static var dynamic: [String] {
    names.filter { name in
      guard let path = try? path(of: name), let file = try? StrictFile(path: path) else {
        return false
      }
      return file.root.has("dynamics")
    }
  }
}
