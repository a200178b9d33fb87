import Circuits
import DeviceModels
import InputOutput
import PhysicalUnits

extension TrainableLayers.Draft {
  /// An LSTM layer: `hidden`, `output` (last or sequence), `weight-limit`, `weight-noise`, and the ramp
  /// converters in its loop under `ramp: {bits, input-bits, device, calibrate}`.
  func lstm() -> (any TrainableLayer)? {
    guard inputShape.count == 2 else {
      node.fault("an LSTM reads time × inputs, the layer before gives another shape")
      return nil
    }
    let hidden = node.integer("hidden", in: 1...16384)
    let sequence = node.choice("output", of: ["sequence", "last"], default: "last") == "sequence"
    let limit = node.has("weight-limit") ? node.number("weight-limit", in: 1e-6...1e6) : .infinity
    let noise = node.number("weight-noise", in: 0...1, default: 0)
    if noise > 0, limit == .infinity {
      node.fault("'weight-noise' counts in parts of 'weight-limit', which is missing")
      return nil
    }
    return LSTMLayer(
      inputShape: inputShape, hidden: hidden, givesSequence: sequence, converters: converters(),
      weightNoise: Float(noise), weightLimit: Float(limit), key: key)
  }

  private func converters() -> GateConverters? {
    guard node.has("ramp") else { return nil }
    let ramp = node.mapping("ramp")
    let bits = ramp.integer("bits", in: 1...10)
    let inputBits = ramp.has("input-bits") ? ramp.integer("input-bits", in: 2...16) : nil
    let calibration = RampCalibration(
      rawValue: ramp.choice(
        "calibrate", of: RampCalibration.allCases.map(\.rawValue), default: "one-point"))
    let cells = ramp.integer("start-cells", in: 0...1024, default: 5)
    do {
      let device = ramp.has("device") ? try DeviceLibrary.load(ramp.text("device")) : nil
      return try GateConverters(
        bits: bits, inputBits: inputBits, device: device,
        writing: RampWriting(calibration: calibration ?? .onePoint, startCells: cells))
    } catch {
      ramp.fault("the ramps cannot be made: \(error)")
      return nil
    }
  }

  /// Standardised inputs: `mean`, `width`, and while training `shift` and `noise`.
  func standardise() -> (any TrainableLayer)? {
    StandardiseLayer(
      inputShape: inputShape, mean: Float(node.number("mean", in: -1e6...1e6, default: 0)),
      width: Float(node.number("width", in: 1e-6...1e6, default: 1)),
      shift: node.integer("shift", in: 0...10000, default: 0),
      noise: Float(node.number("noise", in: 0...10, default: 0)))
  }

  /// The last `steps` of a sequence.
  func lastSteps() -> (any TrainableLayer)? {
    guard inputShape.count == 2 else {
      node.fault("the last steps are those of time × units, the layer before gives another shape")
      return nil
    }
    return LastStepsLayer(
      inputShape: inputShape, steps: node.integer("steps", in: 1...inputShape[0]))
  }

  /// A dense layer at every step of a sequence: `outputs` and `activation`.
  func denseEachStep() -> (any TrainableLayer)? {
    guard inputShape.count == 2 else {
      node.fault("'each-step' reads time × units, the layer before gives another shape")
      return nil
    }
    let dense = DenseLayer(
      inputs: inputShape[1],
      outputs: node.integer("outputs", in: 1...TrainableLayers.largest / inputShape[1]),
      activation: activation(), key: key, hardware: hardware)
    return EachStepLayer(dense, steps: inputShape[0])
  }

  /// The mean over time.
  func meanOverTime() -> (any TrainableLayer)? {
    guard inputShape.count == 2 else {
      node.fault("the mean over time reads time × units, the layer before gives another shape")
      return nil
    }
    return MeanOverTimeLayer(inputShape: inputShape)
  }
}
