import InputOutput
import StrictYAML
import Synchronization

/// Devices whose files state dynamics and no programming statistics: these are extracted where a job
/// loads the device.
///
/// The last few are kept: the rows of a study and the layers of a network load the same device again.
enum ExtractedDevices {
  private static let kept = Mutex<[(key: String, device: DeviceModel)]>([])
  private static let capacity = 16

  /// Whether the device of a file must be extracted.
  static func areNeeded(by root: StrictNode) -> Bool {
    root.has("dynamics") && !StrictNode.programmingKeys.contains(where: root.has)
  }

  /// The device of the file `name`; its `extraction` says how it was made.
  ///
  /// - Throws: `InputErrors` with the faults of the file, or where nothing can be extracted.
  static func model(
    path: String, name: String, overrides: [StrictOverride]
  ) throws(InputErrors) -> DeviceModel {
    let file: StrictFile = try StrictFile(path: path, overrides: overrides)
    let key = "\(path)\n\(overrides.map { "\($0)" }.joined(separator: "\n"))\n\(file.text)"
    if let found = kept.withLock({ list in list.first { $0.key == key }?.device }) {
      return found
    }
    let extraction = try DeviceExtraction(of: DeviceFile(named: path, overrides: overrides))
    var device = try DeviceModel(text: extraction.modelFile, name: name)
    device.extraction = extraction.notice
    let made = device
    kept.withLock { list in
      list.append((key, made))
      if list.count > capacity { list.removeFirst() }
    }
    return made
  }
}

extension StrictNode {
  /// The device that this piece of a run file names: a name or a path, or `name` beside `extraction` and
  /// `read-noise`, whose values replace those of the device's file. `nil` where there is none.
  ///
  /// Faults are recorded at the piece.
  public func deviceModel() -> DeviceModel? {
    guard exists, keys.isEmpty || has("name") else { return nil }
    let name = keys.isEmpty ? text() ?? "" : self.text("name")
    guard !name.isEmpty else { return nil }
    var overrides: [StrictOverride] = []
    func gather(_ node: StrictNode, _ path: [String]) {
      for key in node.keys {
        let child = node.child(key)
        if !child.keys.isEmpty {
          gather(child, path + [key])
        } else if let text = child.text() {
          overrides.append(StrictOverride(path: path + [key], text: text))
        }
      }
    }
    if !keys.isEmpty {
      for section in ["extraction", "read-noise"] {
        gather(mapping(section, required: false), [section])
      }
    }
    do throws(InputErrors) {
      return try DeviceLibrary.load(name, overrides: overrides)
    } catch {
      for fault in error.faults { self.fault(fault.description) }
      return nil
    }
  }
}
