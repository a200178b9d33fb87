import Foundation
import InputOutput
import StrictYAML

/// The files of `device-models/`.
public enum DeviceLibrary {
  /// The names of all files there, sorted.
  public static var names: [String] { SharedFiles.yamlNames(in: "device-models") }

  /// Where the device `name` is: a path that ends in .yaml, or a name of the library.
  public static func path(of name: String) throws(InputErrors) -> String {
    if name.hasSuffix(".yaml") || name.hasSuffix(".yml") || name.contains("/") { return name }
    guard let folder = SharedFiles.folder("device-models") else {
      throw InputErrors([
        InputError(
          name,
          "the folder device-models was not found: set OHMWEAVE_HOME to where Ohmweave is, or give "
            + "the path of a .yaml file")
      ])
    }
    let path = "\(folder)/\(name).yaml"
    guard FileManager.default.fileExists(atPath: path) else {
      throw InputErrors([InputError("--device", unknownName("device", name, known: names))])
    }
    return path
  }

  /// The device called `name`, or in the file `name`, some of the file's values replaced.
  ///
  /// A file with dynamics and without programming statistics gives a device that is extracted from them,
  /// by its section `extraction`; `DeviceModel.extraction` says how.
  ///
  /// - Throws: `InputErrors`: no such device (with the nearest name), no conductance window, or every
  ///   fault of its file.
  public static func load(
    _ name: String, overrides: [StrictOverride] = []
  ) throws(InputErrors) -> DeviceModel {
    let path = try path(of: name)
    let file = try StrictFile(path: path, overrides: overrides)
    guard !ExtractedDevices.areNeeded(by: file.root) else {
      return try ExtractedDevices.model(path: path, name: shortName(path), overrides: overrides)
    }
    return try DeviceModel(path: path, name: shortName(path), overrides: overrides)
  }

  /// "hfo2-1t1r" for "device-models/hfo2-1t1r.yaml".
  static func shortName(_ path: String) -> String {
    ((path as NSString).lastPathComponent as NSString).deletingPathExtension
  }
}
