internal import CGSL

/// Writes dy/dt at `(time, state)` into its last argument; false where it cannot be evaluated, upon
/// which the step is tried again at half its size.
public typealias ODERates = (
  _ time: Double, _ state: UnsafePointer<Double>, _ rates: UnsafeMutablePointer<Double>
) -> Bool

/// Writes ∂f/∂y, row major, and ∂f/∂t at `(time, state)`; false where it cannot be evaluated.
public typealias ODEJacobian = (
  _ time: Double, _ state: UnsafePointer<Double>, _ jacobian: UnsafeMutablePointer<Double>,
  _ timeDerivative: UnsafeMutablePointer<Double>
) -> Bool

/// Integrates dy/dt = f(t, y) forwards in time with adaptive steps, by `gsl_odeiv2`.
///
/// Memory is taken at the beginning only. After each accepted step the interval
/// `previousTime ... time` can be interpolated by the cubic that meets value and slope at both ends
/// (error of fourth order in the step).
public final class ODEIntegrator {
  /// The number of equations.
  public let dimension: Int
  /// Where the integration stands.
  public private(set) var time = 0.0
  /// Where the last accepted step began.
  public private(set) var previousTime = 0.0
  /// The longest step allowed.
  public var maximumStep = Double.infinity
  /// How many steps were accepted since the last `start`.
  public private(set) var acceptedSteps = 0
  /// How many steps were refused since the last `start`.
  public var rejectedSteps: Int { Int(driver.pointee.e.pointee.failed_steps) }

  private let driver: UnsafeMutablePointer<gsl_odeiv2_driver>
  private let system: UnsafeMutablePointer<gsl_odeiv2_system>
  private let context: UnsafeMutablePointer<Context>
  // y, y before the step, f before, f after.
  private let memory: UnsafeMutablePointer<Double>
  private var stepSize = 0.0
  private var slopesAreCurrent = false

  private struct Context {
    let rates: ODERates
    let jacobian: ODEJacobian?
  }

  /// - Precondition: an implicit method has a Jacobian, and `tolerance.scale` is empty or has one
  ///   positive number a component.
  public init(
    dimension: Int, method: ODEMethod = .fehlberg, tolerance: ODETolerance = ODETolerance(),
    rates: @escaping ODERates, jacobian: ODEJacobian? = nil
  ) {
    precondition(dimension > 0, "there is something to integrate")
    precondition(!method.isImplicit || jacobian != nil, "an implicit method needs the Jacobian")
    let scale =
      tolerance.scale.isEmpty ? [Double](repeating: 1, count: dimension) : tolerance.scale
    precondition(scale.count == dimension && scale.allSatisfy { $0 > 0 }, "one positive scale each")
    gsl_set_error_handler_off()
    self.dimension = dimension
    context = .allocate(capacity: 1)
    context.initialize(to: Context(rates: rates, jacobian: jacobian))
    system = .allocate(capacity: 1)
    system.initialize(
      to: gsl_odeiv2_system(
        function: { t, y, dydt, context in
          let context = context!.assumingMemoryBound(to: Context.self)
          return context.pointee.rates(t, y!, dydt!) ? 0 : -1
        },
        jacobian: { t, y, dfdy, dfdt, context in
          let context = context!.assumingMemoryBound(to: Context.self)
          guard let jacobian = context.pointee.jacobian else { return -1 }
          return jacobian(t, y!, dfdy!, dfdt!) ? 0 : -1
        },
        dimension: dimension, params: context))
    driver = gsl_odeiv2_driver_alloc_scaled_new(
      system, method.stepType, 1e-6, tolerance.absolute, tolerance.relative, 1, 0, scale)
    memory = .allocate(capacity: 4 * dimension)
    memory.initialize(repeating: 0, count: 4 * dimension)
  }

  deinit {
    gsl_odeiv2_driver_free(driver)
    system.deallocate()
    context.deinitialize(count: 1)
    context.deallocate()
    memory.deallocate()
  }

  /// The state at `time`. It may be changed between steps, followed by `restart`.
  public var state: UnsafeMutableBufferPointer<Double> {
    UnsafeMutableBufferPointer(start: memory, count: dimension)
  }

  /// Begins anew at `time` with `state`; `firstStep` is a guess that is corrected at once.
  public func start(at time: Double, state: [Double], firstStep: Double) {
    precondition(
      state.count == dimension && firstStep > 0, "one value a component, a positive step")
    for i in 0..<dimension { memory[i] = state[i] }
    self.time = time
    previousTime = time
    acceptedSteps = 0
    restart(firstStep: firstStep)
    driver.pointee.e.pointee.failed_steps = 0
  }

  /// Forgets what the method remembers of earlier steps: after a jump of the state or of f.
  public func restart(firstStep: Double? = nil) {
    if let firstStep { stepSize = firstStep }
    let failed = driver.pointee.e.pointee.failed_steps
    gsl_odeiv2_step_reset(driver.pointee.s)
    gsl_odeiv2_evolve_reset(driver.pointee.e)
    driver.pointee.e.pointee.failed_steps = failed
    slopesAreCurrent = false
  }

  /// One accepted step, not beyond `limit`.
  /// - Throws: `NumericalFailure` where the step became too small to move the time.
  public func step(upTo limit: Double) throws(NumericalFailure) {
    precondition(limit > time, "time goes forwards")
    (memory + dimension).update(from: memory, count: dimension)
    previousTime = time
    slopesAreCurrent = false
    let end = maximumStep < limit - time ? time + maximumStep : limit
    var t = time
    // A step below the spacing of the time's digits would not move it.
    var h = min(max(stepSize, 16 * time.ulp), end - time)
    let asked = h
    let status = gsl_odeiv2_evolve_apply(
      driver.pointee.e, driver.pointee.c, driver.pointee.s, system, &t, end, &h, memory)
    guard status == 0, t > time, finite() else {
      let reason = String(cString: gsl_strerror(status))
      throw NumericalFailure(
        "the integration stops at t = \(time) with a step of \(min(h, asked)): \(reason)")
    }
    // A step that was cut to meet the end says nothing against the longer one before it.
    stepSize = h >= asked ? max(h, stepSize) : h
    time = t
    acceptedSteps += 1
  }

  /// Steps until `end` exactly.
  public func advance(to end: Double) throws(NumericalFailure) {
    while time < end { try step(upTo: end) }
  }

  /// Component `i` at a time within the last accepted step, by the cubic of Hermite.
  public func interpolated(_ i: Int, at t: Double) -> Double {
    if !slopesAreCurrent {
      _ = context.pointee.rates(previousTime, memory + dimension, memory + 2 * dimension)
      _ = context.pointee.rates(time, memory, memory + 3 * dimension)
      slopesAreCurrent = true
    }
    let h = time - previousTime
    guard h > 0 else { return memory[i] }
    let s = (t - previousTime) / h
    let y0 = memory[dimension + i]
    let y1 = memory[i]
    let f0 = memory[2 * dimension + i] * h
    let f1 = memory[3 * dimension + i] * h
    let rise = y1 - y0
    return y0 + s * (f0 + s * (3 * rise - 2 * f0 - f1 + s * (f0 + f1 - 2 * rise)))
  }

  /// The state where the last accepted step began.
  public var previousState: UnsafeBufferPointer<Double> {
    UnsafeBufferPointer(start: memory + dimension, count: dimension)
  }

  private func finite() -> Bool {
    for i in 0..<dimension where !memory[i].isFinite { return false }
    return true
  }
}
