import Circuits
import Crossbar
import DeviceModels
import Networks
import PhysicalUnits
import Testing
import Training

/// Ramps of a chip with wires.
extension FollowedTrainingTests {
  @Test(
    "behind wires ramps have the thresholds of training",
    arguments: [OutputConverter.Sharing.tile, .column], [nil, Activation.relu, .tanh])
  func wiredRamps(sharing: OutputConverter.Sharing, activation: Activation?) throws {
    let ramp = RampConversion(sharing: sharing)
    var hardware = Self.settings(
      activation == .relu ? .learned : .absoluteMaximum, activates: activation != nil)
    hardware.ramp = ramp
    hardware.device = try DeviceLibrary.load("ideal")
    hardware.columns = 8
    hardware.wires = UniformWires(
      wordSegment: Ohms(50), bitSegment: Ohms(50), source: Ohms(50), sense: Ohms(50))
    var trained = try Self.trained(Self.dense(hardware, activation ?? .sigmoid))
    let wanted = trained.outputs(Self.x).elements
    let size = wanted.reduce(0) { max($0, abs($1)) }
    let network = try trained.exported().network(source: "test")
    let design = try Self.design(rows: hardware.rows) {
      $0.output = OutputConverter(bits: 6, ramp: ramp)
      $0.wires = hardware.wires
    }
    let chip = try Self.outputs(network, .trained, design)
    #expect(chip.origins == [.trained, .trained])
    // A sum on a threshold may fall on either side.
    let different = zip(chip.values, wanted).count { abs($0 - $1) > 1e-4 * size }
    #expect(different <= wanted.count / 20, "\(different) of \(wanted.count)")
    let ideal = try Self.design(rows: hardware.rows) {
      $0.output = OutputConverter(bits: 6, ramp: ramp)
    }
    let other = try Self.outputs(network, .trained, ideal).values
    #expect(zip(other, wanted).count { abs($0 - $1) > 1e-4 * size } > wanted.count / 4)
  }
}
