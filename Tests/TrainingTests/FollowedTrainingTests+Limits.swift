import Crossbar
import DeviceModels
import Randomness
import StrictYAML
import Testing
import Training

/// Limits of reads: a chip that has those of its training follows it.
extension FollowedTrainingTests {
  /// Limits of reads, in training and as a design has them.
  static let limits:
    [(
      name: String, training: @Sendable (inout HardwareSettings.Mapping) -> Void,
      chip: @Sendable (inout CrossbarDesign) -> Void
    )] = [
      ("a cap of ranges", { $0.limits.inputCap = 1.2 }, { $0.input?.limit = 1.2 }),
      ("an asymmetry", { $0.limits.inputAsymmetry = 0.3 }, { $0.input?.asymmetry = 0.3 }),
      ("saturation", { $0.limits.nonlinearity = 0.4 }, { $0.output?.nonlinearity = 0.4 }),
      (
        "vectors read again", { $0.boundManagement = .iterative() },
        { $0.boundManagement = .iterative() }
      ),
      (
        "vectors read once more", { $0.boundManagement = .worstCase(largestWeight: 0.5) },
        { $0.boundManagement = .worstCase(largestWeight: 0.5) }
      ),
    ]

  @Test(
    "a chip with the limits of training gives its codes, another one does not",
    arguments: limits.indices)
  func readLimits(which: Int) throws {
    let (name, change, onChip) = Self.limits[which]
    var settings = Self.settings()
    settings.device = try DeviceLibrary.load("ideal")
    settings.outputRange = .calibrated(quantile: 0.98)
    settings.mapping = HardwareSettings.Mapping(scheme: WeightMapping(scheme: "differential-pair"))
    settings.columns = 8
    var free = try Self.dense(settings)
    change(&settings.mapping!)
    var trained = try Self.dense(settings)
    for _ in 0..<40 {
      _ = trained.train(Self.x, labels: Self.labels[...], rate: 0.1)
      _ = free.train(Self.x, labels: Self.labels[...], rate: 0.1)
    }
    let wanted = trained.outputs(Self.x).elements
    let size = wanted.reduce(0) { max($0, abs($1)) }
    // The limits reached the training.
    #expect(WiredTrainingTests.distance(free.outputs(Self.x).elements, wanted) > 1e-3, "\(name)")
    let network = try trained.exported().network(source: "test")
    let chip = try Self.outputs(network, .trained, Self.design { onChip(&$0) })
    #expect(chip.origins.allSatisfy { $0 == .trained }, "\(name): \(chip.origins)")
    for (a, b) in zip(chip.values, wanted) { #expect(abs(a - b) <= 1e-4 * size, "\(name)") }
    let without = try Self.outputs(network, .trained, Self.design())
    #expect(WiredTrainingTests.distance(without.values, wanted) > 1e-3, "\(name)")
  }

  @Test("keys of limits that contradict the converters are rejected, and need a device")
  func limitKeys() throws {
    func fault(_ converters: String, array: String = "rows: 64", device: String = "ideal") -> String
    {
      do {
        let file = try StrictFile(
          text: """
            rule: hardware-aware
            \(device.isEmpty ? "" : "device: \(device)")
            array: {\(array)}
            converters: {\(converters)}
            network: {hidden: [4]}
            """, source: "limits")
        _ = try HardwareAwareRule(
          TrainingSetup(
            root: file.root, inputShape: [18], classCount: 3, batch: 8, stepsPerEpoch: 1, epochs: 1,
            key: StreamKey(seed: 1)))
        try file.finish()
        return ""
      } catch { return "\(error)" }
    }
    #expect(fault("dac-bits: 6, adc-bits: 6, input-cap: 2, dac-asymmetry: 0.1") == "")
    #expect(
      fault("adc-bits: 6, adc-nonlinearity: 0.2", array: "bound-management: worst-case") == "")
    #expect(fault("input-cap: 2, input-range: 1.5").contains("absolute-maximum"))
    #expect(
      fault("dac-bits: 6, dac-asymmetry: 0.1, input-coding: bit-serial").contains("bit-serial"))
    #expect(fault("adc-nonlinearity: 0.2").contains("adc-bits"))
    #expect(fault("input-cap: 2", device: "").contains("needs a device"))
    #expect(fault("input-cup: 2").contains("input-cap"))
  }
}
