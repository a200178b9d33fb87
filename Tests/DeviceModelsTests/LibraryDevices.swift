import DeviceModels
import Testing

extension DeviceFile {
  /// The devices of the library whose files state programming statistics.
  static let programmable = DeviceLibrary.names.filter {
    (try? DeviceFile(named: $0))?.programming != nil
  }

  /// The devices of the library whose files have a section `dynamics`.
  static let dynamic = DeviceLibrary.names.filter { (try? DeviceFile(named: $0))?.dynamics != nil }

  /// The section `dynamics` of a device.
  static func dynamics(_ name: String) throws -> DynamicsSection {
    try #require(try DeviceFile(named: name).dynamics)
  }
}
