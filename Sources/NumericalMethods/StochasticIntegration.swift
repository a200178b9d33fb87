import Randomness

/// A stochastic differential equation dx = a(t, x) dt + b(t, x) dW with `noiseCount` independent
/// Wiener processes.
public protocol StochasticSystem {
  /// The number of components of x.
  var dimension: Int { get }
  /// The number of Wiener processes.
  var noiseCount: Int { get }
  /// Writes a(t, x), the drift per unit of time.
  func drift(_ t: Double, _ x: UnsafePointer<Double>, into a: UnsafeMutablePointer<Double>)
  /// Writes b(t, x), row major, `dimension` rows of `noiseCount`, per root of the unit of time.
  func diffusion(_ t: Double, _ x: UnsafePointer<Double>, into b: UnsafeMutablePointer<Double>)
  /// Writes ∂bᵢᵢ/∂xᵢ for a system whose b is diagonal; only Milstein's method asks for it.
  func diffusionSlope(_ t: Double, _ x: UnsafePointer<Double>, into s: UnsafeMutablePointer<Double>)
}

/// How a stochastic differential equation is stepped.
public enum StochasticMethod: String, Sendable, CaseIterable {
  /// Euler and Maruyama: Itô, strong order 1/2 (1 for additive noise), weak order 1.
  case eulerMaruyama = "euler-maruyama"
  /// Milstein: Itô, strong and weak order 1; for diagonal noise.
  case milstein
  /// Heun's predictor and corrector: Stratonovich, strong order 1 for commuting noise, else 1/2.
  case heun
}

/// Steps one stochastic system; its memory is taken once.
///
/// After Kloeden and Platen, Numerical Solution of Stochastic Differential Equations (1992):
/// Euler–Maruyama 10.2, Milstein 10.3; Heun after Rüemelin, SIAM J. Numer. Anal. 19, 604 (1982).
public struct StochasticIntegrator<System: StochasticSystem> {
  /// The equation.
  public let system: System
  /// The method.
  public let method: StochasticMethod
  /// Where the integration stands.
  public private(set) var time: Double
  /// The state at `time`.
  public var state: [Double]
  private var a: [Double]
  private var a2: [Double]
  private var b: [Double]
  private var b2: [Double]
  private var guess: [Double]
  private var increments: [Double]

  /// - Precondition: `state` has one value a component; Milstein's method needs square, diagonal b.
  public init(_ system: System, method: StochasticMethod, time: Double = 0, state: [Double]) {
    precondition(state.count == system.dimension, "one value a component")
    precondition(
      method != .milstein || system.noiseCount == system.dimension, "Milstein: diagonal noise")
    self.system = system
    self.method = method
    self.time = time
    self.state = state
    a = [Double](repeating: 0, count: state.count)
    a2 = a
    guess = a
    b = [Double](repeating: 0, count: state.count * system.noiseCount)
    b2 = b
    increments = [Double](repeating: 0, count: system.noiseCount)
  }

  /// One step of length `h` with the given increments of the Wiener processes, each a draw of
  /// variance `h`.
  public mutating func step(_ h: Double, increments dW: [Double]) {
    let n = state.count
    let m = system.noiseCount
    precondition(dW.count == m, "one increment a Wiener process")
    system.drift(time, state, into: &a)
    system.diffusion(time, state, into: &b)
    for i in 0..<n { guess[i] = state[i] + a[i] * h + Self.product(b, i, m, dW) }
    switch method {
    case .eulerMaruyama: state = guess
    case .milstein:
      system.diffusionSlope(time, state, into: &a2)
      for i in 0..<n {
        state[i] = guess[i] + 0.5 * b[i * m + i] * a2[i] * (dW[i] * dW[i] - h)
      }
    case .heun:
      system.drift(time + h, guess, into: &a2)
      system.diffusion(time + h, guess, into: &b2)
      for i in 0..<n {
        state[i] +=
          0.5 * (a[i] + a2[i]) * h
          + 0.5 * (Self.product(b, i, m, dW) + Self.product(b2, i, m, dW))
      }
    }
    time += h
  }

  /// `count` steps of length `h`; the Wiener processes come from `generator`. `afterStep` may mend
  /// the state (bring a unit vector back to length one, say) and record it.
  public mutating func run(
    steps count: Int, of h: Double, _ generator: GSLGenerator,
    afterStep: (Double, inout [Double]) -> Void = { _, _ in }
  ) {
    precondition(h > 0, "time goes forwards")
    let root = h.squareRoot()
    for _ in 0..<count {
      for j in increments.indices { increments[j] = generator.normal(deviation: root) }
      step(h, increments: increments)
      afterStep(time, &state)
    }
  }

  private static func product(_ b: [Double], _ i: Int, _ m: Int, _ dW: [Double]) -> Double {
    var sum = 0.0
    for j in 0..<m { sum += b[i * m + j] * dW[j] }
    return sum
  }
}
