import DeviceModels

/// A device of a test: its conductance window and other sections of a device file.
package func testDevice(
  _ sections: String, window: String = "{minimum: 1 uS, maximum: 100 uS}"
) throws -> DeviceModel {
  try DeviceModel(
    text: """
      title: test
      source: none
      validity: tests
      conductance-window: \(window)
      \(sections)
      """, name: "test")
}
