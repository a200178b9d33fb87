import DeviceModels
import Foundation
import InputOutput
import Networks
import Reporting
import StrictYAML

extension MapOptions {
  /// `input-shape`, "3x224x224", and `batch-axis`: what an ONNX file leaves open.
  static func layout(_ reader: SettingsReader, model: String) -> ONNXInputLayout {
    var layout = ONNXInputLayout()
    if let text = reader.optionalText("input-shape") {
      let parts = text.split(whereSeparator: { "x×, ".contains($0) }).map { Int($0) ?? 0 }
      if parts.isEmpty || parts.count > 7 || parts.contains(where: { !(1...1 << 24 ~= $0) }) {
        reader.fault(
          "input-shape",
          "'\(text)' is not the shape of one sample, such as 3x224x224 (at most 7 axes)")
      } else {
        layout.sampleShape = parts
      }
    }
    if reader.has("batch-axis") {
      layout.batchAxis = reader.integer("batch-axis", in: 0...7, default: 0)
    }
    if layout != ONNXInputLayout(), !model.hasSuffix(".onnx") {
      reader.fault(
        layout.sampleShape != nil ? "input-shape" : "batch-axis",
        "goes with an ONNX file; a network in YAML states the shape of its input")
    }
    return layout
  }

  /// `electrical-noise` and its numbers, as values of the section `read-noise.electrical` of the device's
  /// file, which says what they mean; none where no source is named.
  static func electricalNoise(_ reader: SettingsReader) -> [StrictOverride] {
    let named = reader.text("electrical-noise", default: "none")
    let keys = [
      ("noise-bandwidth", "bandwidth"), ("noise-temperature", "temperature"),
      ("noise-voltage", "voltage"), ("flicker-level", "flicker-level"),
      ("flicker-exponent", "flicker-exponent"), ("flicker-lowest", "flicker-lowest"),
    ]
    let given = keys.compactMap { option, key in
      reader.optionalText(option).map { (option: option, key: key, text: $0) }
    }
    guard named != "none" else {
      if let first = given.first {
        reader.fault(first.option, "needs --electrical-noise with the sources that count")
      }
      return []
    }
    for name in named.split(separator: ",")
    where !ElectricalNoise.sources.contains(name.trimmingCharacters(in: .whitespaces)) {
      reader.fault(
        "electrical-noise",
        "'\(name)' is none of \(ElectricalNoise.sources.joined(separator: ", ")), separated by commas"
      )
    }
    if !reader.has("noise-bandwidth") {
      reader.fault(
        "noise-bandwidth",
        "is missing: electrical noise needs the bandwidth of a read, such as '10 MHz'")
    }
    return ([(key: "sources", text: "'\(named)'")] + given.map { (key: $0.key, text: $0.text) }).map
    {
      StrictOverride(path: ["read-noise", "electrical", $0.key], text: $0.text)
    }
  }
}
