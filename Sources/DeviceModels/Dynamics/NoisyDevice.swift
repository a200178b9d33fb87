import NumericalMethods
import Randomness

/// A device whose state also diffuses: dx = f(x, V, t) dt + b(x, V, t) dW.
public protocol NoisyDevice: DynamicDevice {
  /// The number of independent Wiener processes.
  var noiseCount: Int { get }
  /// The method whose calculus the law is written in.
  var stochasticMethod: StochasticMethod { get }
  /// Writes b, row major, one row a component of the state, in the state's unit a root of a second.
  func diffusion(
    _ x: UnsafePointer<Double>, voltage: Double, time: Double,
    into b: UnsafeMutablePointer<Double>)
  /// Brings a state that a step has moved back to where it must lie.
  func mend(_ x: inout [Double])
}

extension NoisyDevice {
  /// Into its range.
  public func mend(_ x: inout [Double]) {
    for (i, state) in states.enumerated() {
      x[i] = min(max(x[i], state.range.lowerBound), state.range.upperBound)
    }
  }
}

/// A noisy device under a waveform, as a stochastic system.
struct DrivenNoise<Device: NoisyDevice>: StochasticSystem {
  let device: Device
  let waveform: Waveform
  let circuit: DriveCircuit
  var dimension: Int { device.states.count }
  var noiseCount: Int { device.noiseCount }

  private func voltage(_ t: Double, _ x: UnsafePointer<Double>) -> Double {
    let source = waveform.voltage(at: t)
    if case .ideal = circuit { return source }
    return (try? device.operatingPoint(x, source: source, in: circuit).voltage) ?? .nan
  }
  func drift(_ t: Double, _ x: UnsafePointer<Double>, into a: UnsafeMutablePointer<Double>) {
    device.rates(x, voltage: voltage(t, x), time: t, into: a)
  }
  func diffusion(_ t: Double, _ x: UnsafePointer<Double>, into b: UnsafeMutablePointer<Double>) {
    device.diffusion(x, voltage: voltage(t, x), time: t, into: b)
  }
  func diffusionSlope(
    _ t: Double, _ x: UnsafePointer<Double>, into s: UnsafeMutablePointer<Double>
  ) {
    preconditionFailure("a device's noise is stepped by Euler and Maruyama or by Heun")
  }
}

extension NoisyDevice {
  /// The trace of one device with its noise, in `steps` equal steps over the waveform's length; one
  /// entry every `every` steps.
  ///
  /// - Parameter key: the noise's stream; the same key gives the same trace.
  /// - Throws: `NumericalFailure` where the state stops being finite.
  public func noisyTrace(
    _ waveform: Waveform, duration: Double? = nil, steps: Int, every: Int = 1, key: StreamKey,
    circuit: DriveCircuit = .ideal, from state: [Double]? = nil
  ) throws(NumericalFailure) -> DeviceTrace {
    precondition(steps > 0 && every > 0, "there are steps to take")
    let system = DrivenNoise(device: self, waveform: waveform, circuit: circuit)
    var integrator = StochasticIntegrator(
      system, method: stochasticMethod, state: state ?? initialState)
    let generator = GSLGenerator(key)
    let h = (duration ?? waveform.duration) / Double(steps)
    var trace = DeviceTrace()
    trace.stateCount = states.count
    trace.reserve(steps / every + 1)
    for step in 0...steps {
      if step > 0 { integrator.run(steps: 1, of: h, generator) { mend(&$1) } }
      guard step % every == 0 || step == steps else { continue }
      guard integrator.state.allSatisfy(\.isFinite) else {
        throw NumericalFailure("the state is not finite after step \(step) of \(steps)")
      }
      let time = Double(step) * h
      let source = waveform.voltage(at: time)
      let point = try operatingPoint(integrator.state, source: source, in: circuit)
      trace.time.append(time)
      trace.source.append(source)
      trace.voltage.append(point.voltage)
      trace.current.append(point.current)
      trace.state += integrator.state
    }
    trace.acceptedSteps = steps
    trace.finalState = integrator.state
    return trace
  }
}
