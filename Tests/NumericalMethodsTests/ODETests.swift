import Foundation
import NumericalMethods
import Testing

@Suite struct ODETests {
  /// y' = y cos t, y(0) = 1: y = exp(sin t).
  private func integrator(_ method: ODEMethod, _ tolerance: ODETolerance) -> ODEIntegrator {
    ODEIntegrator(
      dimension: 1, method: method, tolerance: tolerance,
      rates: { t, y, f in
        f[0] = y[0] * cos(t)
        return true
      },
      jacobian: { t, y, j, dt in
        j[0] = cos(t)
        dt[0] = -y[0] * sin(t)
        return true
      })
  }

  // With a tolerance that refuses nothing and a bound on the step, the steps are all equal.
  private func errorWithEqualSteps(_ method: ODEMethod, _ count: Int) throws -> Double {
    let ode = integrator(method, ODETolerance(absolute: 1e6, relative: 0))
    ode.maximumStep = 2 / Double(count)
    ode.start(at: 0, state: [1], firstStep: ode.maximumStep)
    try ode.advance(to: 2)
    return abs(ode.state[0] - exp(sin(2.0)))
  }

  @Test(
    "the error falls with the step as the order says",
    arguments: [
      (ODEMethod.fehlberg, 5, 40), (.cashKarp, 5, 20), (.princeDormand, 8, 8),
    ])
  func order(method: ODEMethod, order: Double, steps: Int) throws {
    let coarse = try errorWithEqualSteps(method, steps)
    let fine = try errorWithEqualSteps(method, 2 * steps)
    #expect(log2(coarse / fine) > order - 0.6, "\(coarse) \(fine)")
    #expect(log2(coarse / fine) < order + 1.6, "\(coarse) \(fine)")
  }

  @Test("an implicit method's error falls with its number of steps as the order says")
  func implicitOrder() throws {
    // Its inner iteration is as exact as the tolerance asks, so that steps follow the tolerance.
    func solve(_ tolerance: Double) throws -> (error: Double, steps: Int) {
      let ode = integrator(.implicitGauss, ODETolerance(absolute: tolerance, relative: 0))
      ode.start(at: 0, state: [1], firstStep: 1e-3)
      try ode.advance(to: 2)
      return (abs(ode.state[0] - exp(sin(2.0))), ode.acceptedSteps)
    }
    let coarse = try solve(1e-6)
    let fine = try solve(1e-10)
    let order = log(coarse.error / fine.error) / log(Double(fine.steps) / Double(coarse.steps))
    #expect(order > 3.2 && order < 6.5, "\(order)")
  }

  @Test("every method holds the tolerance it is given", arguments: ODEMethod.allCases)
  func tolerance(method: ODEMethod) throws {
    let ode = integrator(method, ODETolerance(absolute: 1e-9, relative: 1e-9))
    ode.start(at: 0, state: [1], firstStep: 1e-3)
    try ode.advance(to: 2)
    #expect(abs(ode.state[0] - exp(sin(2.0))) < 1e-6)
    #expect(ode.time == 2)
  }

  @Test("an implicit method needs few steps where the system is stiff")
  func stiff() throws {
    // y' = -1e6 (y - cos t) - sin t, y = cos t.
    func solve(_ method: ODEMethod) throws -> (Int, Double) {
      let ode = ODEIntegrator(
        dimension: 1, method: method, tolerance: ODETolerance(absolute: 1e-8, relative: 1e-6),
        rates: { t, y, f in
          f[0] = -1e6 * (y[0] - cos(t)) - sin(t)
          return true
        },
        jacobian: { t, y, j, dt in
          j[0] = -1e6
          dt[0] = -1e6 * sin(t) - cos(t)
          return true
        })
      ode.start(at: 0, state: [1], firstStep: 1e-4)
      try ode.advance(to: 0.1)
      return (ode.acceptedSteps, abs(ode.state[0] - cos(0.1)))
    }
    let explicit = try solve(.fehlberg)
    let implicit = try solve(.bulirschStoer)
    #expect(explicit.0 > 50 * implicit.0, "\(explicit.0) against \(implicit.0)")
    #expect(implicit.1 < 1e-5 && explicit.1 < 1e-5)
  }

  @Test("the interpolation within a step errs with the fourth power of the step")
  func dense() throws {
    func worst(_ count: Int) throws -> Double {
      let ode = integrator(.princeDormand, ODETolerance(absolute: 1e6, relative: 0))
      ode.maximumStep = 1 / Double(count)
      ode.start(at: 0, state: [1], firstStep: ode.maximumStep)
      var worst = 0.0
      while ode.time < 1 {
        try ode.step(upTo: 1)
        let t = ode.previousTime + 0.5 * (ode.time - ode.previousTime)
        worst = max(worst, abs(ode.interpolated(0, at: t) - exp(sin(t))))
      }
      return worst
    }
    let ratio = log2(try worst(8) / worst(16))
    #expect(abs(ratio - 4) < 0.5, "\(ratio)")
  }

  @Test("an end one digit ahead is reached, however small the step before")
  func lastDigit() throws {
    let ode = integrator(.fehlberg, ODETolerance())
    ode.start(at: 1e-5, state: [1], firstStep: 1e-30)
    try ode.advance(to: 1e-5.nextUp)
    #expect(ode.time == 1e-5.nextUp)
  }

  @Test("a solution that ends at a pole is reported, with its time")
  func pole() throws {
    let ode = ODEIntegrator(
      dimension: 1,
      rates: { _, y, f in
        f[0] = y[0] * y[0]
        return f[0].isFinite
      })
    ode.start(at: 0, state: [1], firstStep: 0.1)
    #expect(throws: NumericalFailure.self) { try ode.advance(to: 2) }
    #expect(abs(ode.time - 1) < 1e-6)
  }
}

@Suite struct RootTests {
  @Test("Brent's method finds roots to the last digits")
  func known() throws {
    #expect(abs(try bracketedRoot(from: 0, to: 2) { $0 * $0 - 2 } - 2.0.squareRoot()) < 1e-14)
    #expect(abs(try bracketedRoot(from: 2, to: -1) { exp($0) - 1 }) < 1e-12)
    #expect(try bracketedRoot(from: 0, to: 2) { $0 } == 0)
  }

  @Test("a bracket without a sign change is refused")
  func refused() {
    #expect(throws: NumericalFailure.self) { try bracketedRoot(from: 1, to: 2) { $0 } }
    #expect(throws: NumericalFailure.self) {
      try bracketedRoot(from: -1, to: 1) { _ in Double.nan }
    }
  }
}
