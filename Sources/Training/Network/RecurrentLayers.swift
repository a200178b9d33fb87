import Circuits
import Crossbar
import DeviceModels
import InputOutput
import Networks
import StrictYAML

extension TrainingLayers {
  /// A recurrent layer: `hidden`, `projection` (LSTM), `output` (last or sequence), `bidirectional`, `weight-limit`, `weight-noise`, and
  /// the ramp converters in its loop under `ramp: {bits, input-bits, device, calibrate, start-cells}`.
  static func recurrent(
    _ cell: RecurrentCell, _ node: StrictNode, _ network: inout TrainingNetwork
  ) throws(InputError) {
    let hidden = node.integer("hidden", in: 1...16384)
    let sequence = node.choice("output", of: ["sequence", "last"], default: "last") == "sequence"
    let isBidirectional = node.flag("bidirectional", default: false)
    let limit = node.has("weight-limit") ? node.number("weight-limit", in: 1e-6...1e6) : .infinity
    var noise = node.number("weight-noise", in: 0...1, default: 0)
    if noise > 0, limit == .infinity {
      node.fault("'weight-noise' is a share of 'weight-limit', which is missing")
      noise = 0
    }
    let (ramps, inputs) = converters(node)
    let loop =
      ramps == nil && limit == .infinity
      ? nil
      : GateLoop(
        ramps: ramps, inputs: inputs, weightNoise: Float(noise), weightLimit: Float(limit))
    let projection =
      cell == .lstm && node.has("projection") ? node.integer("projection", in: 1...hidden) : nil
    try network.recurrent(
      cell, hidden: hidden, projection: projection, givesLast: !sequence,
      isBidirectional: isBidirectional, loop: loop, name: name(node))
  }

  private static func converters(_ node: StrictNode) -> (ramps: GateRamps?, inputs: LineConverters?)
  {
    guard node.has("ramp") else { return (nil, nil) }
    let ramp = node.mapping("ramp")
    let bits = ramp.integer("bits", in: 1...10)
    let inputBits = ramp.has("input-bits") ? ramp.integer("input-bits", in: 2...16) : nil
    let calibration = ramp.choice("calibrate", of: RampCalibration.self, default: .onePoint)
    let cells = ramp.integer("start-cells", in: 0...1024, default: 5)
    do {
      let device = ramp.has("device") ? try DeviceLibrary.load(ramp.text("device")) : nil
      let ramps = try GateRamps(
        bits: bits, device: device,
        writing: RampWriting(calibration: calibration, startCells: cells))
      return (ramps, inputBits.map { LineConverters(bits: $0) })
    } catch {
      ramp.fault("the ramps cannot be made: \(error)")
      return (nil, nil)
    }
  }
}
