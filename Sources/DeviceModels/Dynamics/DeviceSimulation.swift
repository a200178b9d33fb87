import Foundation
import NumericalMethods

/// How a device is integrated.
public struct SimulationOptions: Sendable, Hashable {
  /// The stepper; the law's own choice where it is `nil`.
  public var method: ODEMethod?
  /// The error of a step as a part of the state.
  public var relativeTolerance = 1e-8
  /// The error of a step as a part of the state's range.
  public var absoluteTolerance = 1e-10
  /// Stop at each wanted time instead of interpolating: slower where times are dense, and as exact
  /// as the integration.
  public var stopsAtOutputs = false
  /// A threshold of the first component of the state, in its unit; the times at which it is crossed are found.
  public var threshold: Double?
  /// Whether the simulation ends at the first crossing; outputs after it are left out then.
  public var stopsAtCrossing = false

  /// The law's own method and tight tolerances.
  public init() {}
}

/// What a driven device did.
public struct DeviceTrace: Sendable {
  /// The times, in seconds.
  public var time: [Double] = []
  /// The voltage of the source, in volts.
  public var source: [Double] = []
  /// The voltage on the device, in volts.
  public var voltage: [Double] = []
  /// The current, in amperes.
  public var current: [Double] = []
  /// The state: `stateCount` numbers a time.
  public var state: [Double] = []
  /// The number of components of the state.
  public var stateCount = 1
  /// When the state crossed the threshold, in seconds.
  public var crossings: [Double] = []
  /// Steps taken.
  public var acceptedSteps = 0
  /// Steps refused and tried again.
  public var rejectedSteps = 0
  /// The state at the end.
  public var finalState: [Double] = []
  /// ln(x/(1 − x)) of the state at the end, for devices that integrate it: next to an end it holds
  /// more digits than `finalState`. A simulation goes on from it.
  public var finalLogit: Double?

  /// A trace without points.
  public init() {}

  /// Component `i` at all times.
  public func component(_ i: Int) -> [Double] {
    stride(from: i, to: state.count, by: stateCount).map { state[$0] }
  }

  /// ∮ I dV over the parts of the trace at positive and at negative voltages by trapezoids, in watts:
  /// the signed areas of the two lobes of the loop in the I–V plane. In a pinched loop they have
  /// opposite signs where it crosses itself, so that their sum says nothing about its size.
  public var lobeAreas: (positive: Double, negative: Double) {
    var areas = (positive: 0.0, negative: 0.0)
    for k in 1..<max(1, time.count) {
      let (v0, v1, i0, i1) = (voltage[k - 1], voltage[k], current[k - 1], current[k])
      func add(_ from: Double, _ to: Double, _ mean: Double) {
        if from + to > 0 { areas.positive += mean * (to - from) }
        if from + to < 0 { areas.negative += mean * (to - from) }
      }
      guard v0 * v1 < 0 else {
        add(v0, v1, 0.5 * (i0 + i1))
        continue
      }
      // A step across 0 V is cut there.
      let middle = i0 + (i1 - i0) * v0 / (v0 - v1)
      add(v0, 0, 0.5 * (i0 + middle))
      add(0, v1, 0.5 * (middle + i1))
    }
    return areas
  }
}

/// One device, its drive circuit and its state in time.
///
/// The waveform is integrated piece by piece, so that no step runs across a corner or an edge.
public final class DeviceSimulation {
  /// The device.
  public let device: any DynamicDevice
  /// What stands between the source and the device.
  public let circuit: DriveCircuit
  /// How it is integrated.
  public let options: SimulationOptions
  private let cell: DrivenCell
  private let integrator: ODEIntegrator

  /// A fresh device behind `circuit`.
  public init(
    _ device: any DynamicDevice, circuit: DriveCircuit = .ideal,
    options: SimulationOptions = SimulationOptions()
  ) {
    self.device = device
    self.circuit = circuit
    self.options = options
    let states = device.states
    cell = DrivenCell(states: states, circuit: circuit)
    let rates = device.rates(in: cell)
    let scale =
      device.integratesLogit
      ? [1.0] : states.map { $0.range.upperBound - $0.range.lowerBound }
    let differences = FiniteDifferences(rates, scale: scale)
    integrator = ODEIntegrator(
      dimension: states.count, method: options.method ?? device.preferredMethod,
      tolerance: ODETolerance(
        absolute: options.absoluteTolerance, relative: options.relativeTolerance, scale: scale),
      rates: rates, jacobian: differences.jacobian)
  }

  /// The trace at `times` under `waveform`, from `state` or from a fresh device.
  ///
  /// - Parameter logit: the `finalLogit` of the trace that this one continues, in place of `state`.
  /// - Precondition: `times` rises, starts at 0 or later; the waveform begins at 0 seconds.
  /// - Throws: `NumericalFailure` where the integration cannot go on, with its time.
  public func trace(
    _ waveform: Waveform, at times: [Double], from state: [Double]? = nil, logit: Double? = nil
  ) throws(NumericalFailure) -> DeviceTrace {
    precondition(
      zip(times, times.dropFirst()).allSatisfy { $0 < $1 } && times.first ?? 0 >= 0,
      "the wanted times rise from zero")
    var trace = DeviceTrace()
    var initial = state ?? device.initialState
    if device.integratesLogit { initial = [logit ?? Logit.of(initial[0])] }
    trace.stateCount = initial.count
    trace.reserve(times.count)
    guard let end = times.last else { return trace }
    var next = 0
    // No rate changes its sign within a piece but by the state: pieces end at 0 V.
    var corners = [0.0]
    if case .ideal = circuit { corners += device.cornerVoltages }
    var pieces = waveform.pieces(until: end, cutAt: corners)
    if pieces.isEmpty {
      pieces = [WaveformPiece(start: 0, end: 0, segment: WaveformSegment(constant: 0))]
    }
    integrator.start(at: 0, state: initial, firstStep: max(pieces[0].duration, 1e-30) * 1e-3)
    cell.segment = pieces[0].segment
    hold()
    pieces: for piece in pieces {
      cell.segment = piece.segment
      integrator.maximumStep = piece.longestStep
      if piece.start > 0 { integrator.restart(firstStep: piece.duration * 1e-3) }
      while next < times.count, times[next] <= integrator.time {
        try record(times[next], &trace)
        next += 1
      }
      while integrator.time < piece.end {
        let goal =
          options.stopsAtOutputs && next < times.count ? min(times[next], piece.end) : piece.end
        try integrator.step(upTo: goal)
        if let threshold = options.threshold { try look(for: threshold, &trace) }
        if options.stopsAtCrossing && !trace.crossings.isEmpty { break pieces }
        while next < times.count, times[next] <= integrator.time {
          try record(times[next], &trace)
          next += 1
        }
        if hold() { integrator.restart() }
      }
    }
    trace.acceptedSteps = integrator.acceptedSteps
    trace.rejectedSteps = integrator.rejectedSteps
    if device.integratesLogit {
      trace.finalLogit = integrator.state[0]
      trace.finalState = [Logit.parts(integrator.state[0]).x]
    } else {
      trace.finalState = [Double](integrator.state)
    }
    return trace
  }

  /// Brings the state back into its range; whether it was outside. A logit has no ends.
  @discardableResult
  private func hold() -> Bool { !device.integratesLogit && cell.hold(integrator.state) }

  // At a time within the last step.
  private func record(_ time: Double, _ trace: inout DeviceTrace) throws(NumericalFailure) {
    let x = cell.memory.output
    let isEnd = time == integrator.time
    for i in 0..<integrator.dimension {
      let value = isEnd ? integrator.state[i] : integrator.interpolated(i, at: time)
      x[i] = device.integratesLogit ? Logit.parts(value).x : cell.clamped(value, i)
    }
    let source = cell.segment.voltage(at: time)
    let point = try device.operatingPoint(x, source: source, in: circuit)
    trace.time.append(time)
    trace.source.append(source)
    trace.voltage.append(point.voltage)
    trace.current.append(point.current)
    for i in 0..<integrator.dimension { trace.state.append(x[i]) }
  }

  private func look(for threshold: Double, _ trace: inout DeviceTrace) throws(NumericalFailure) {
    let threshold = device.integratesLogit ? Logit.of(threshold) : threshold
    let before = integrator.previousState[0] - threshold
    let after = integrator.state[0] - threshold
    guard before < 0 && after >= 0 || before > 0 && after <= 0 else { return }
    let integrator = integrator
    trace.crossings.append(
      try bracketedRoot(from: integrator.previousTime, to: integrator.time, relative: 1e-14) {
        integrator.interpolated(0, at: $0) - threshold
      })
  }
}

extension DeviceTrace {
  mutating func reserve(_ count: Int) {
    time.reserveCapacity(count)
    source.reserveCapacity(count)
    voltage.reserveCapacity(count)
    current.reserveCapacity(count)
    state.reserveCapacity(count * stateCount)
  }
}

/// The Jacobian by differences of the rates, for the implicit methods.
final class FiniteDifferences {
  private let rates: ODERates
  private let scale: [Double]
  private let work: UnsafeMutablePointer<Double>

  init(_ rates: @escaping ODERates, scale: [Double]) {
    self.rates = rates
    self.scale = scale
    work = .allocate(capacity: 3 * scale.count)
    work.initialize(repeating: 0, count: 3 * scale.count)
  }

  deinit { work.deallocate() }

  // One-sided differences of 1e-7 of the range, inwards where the state stands at its upper half;
  // the time derivative is left zero, which costs the implicit methods order and not correctness.
  var jacobian: ODEJacobian {
    { [self] time, y, jacobian, timeDerivative in
      let n = scale.count
      let shifted = work
      let base = work + n
      let moved = work + 2 * n
      for i in 0..<n {
        shifted[i] = y[i]
        timeDerivative[i] = 0
      }
      guard rates(time, y, base) else { return false }
      for j in 0..<n {
        let h = 1e-7 * scale[j]
        shifted[j] = y[j] + h
        guard rates(time, shifted, moved) else { return false }
        shifted[j] = y[j]
        for i in 0..<n { jacobian[i * n + j] = (moved[i] - base[i]) / h }
      }
      return true
    }
  }
}
