import LinearAlgebra
import Networks
import Randomness

/// What a backward pass does with the weights of sites.
enum SiteChange: Sendable {
  /// Leaves gradients in the parameters; pulsed devices stay as they are.
  case gradients
  /// Makes a step of plain gradient descent.
  case descent(rate: Float)
  /// Makes a step as a local rule does, see `TrainableSite.learn`: by `optimizer` at `rate`, or by pulses at
  /// `pulseRate`; `step` steps came before.
  case local(optimizer: Optimizer, rate: Float, pulseRate: Float, step: Int)
}

/// Carries out the products of a network that trains, site by site, and changes their weights on the way back.
///
/// One thread uses it at a time.
public final class TrainableSites: SiteEngine, @unchecked Sendable {
  /// The weights, one entry a site of the network.
  public internal(set) var sites: [any TrainableSite]
  /// What a backward pass does with the weights.
  var change = SiteChange.gradients
  /// The key of what fires at random in a pass; `nil` where it gives its mean.
  var firingKey: StreamKey?
  /// The loss of every sample of the pass, for estimators that read it.
  var sampleLosses: [Float] = []
  /// The names of the sites.
  let names: [String]
  private let vectorsPerSample: [Int?]
  /// Whether something reads the gradient at the inputs of each site; empty before the first pass.
  private var passesErrors: [Bool] = []
  /// How often each site was read in this pass.
  private var reads: [Int]
  /// The number of the first site among those of all parts of the network: chips and noise are keyed by it.
  private let firstNumber: Int

  /// - Parameters:
  ///   - network: whose sites these are.
  ///   - firstNumber: how many sites other parts of the whole network have before this one.
  ///   - site: makes the weights of one of them; fixed ones are kept as they are.
  public init(
    _ network: Network, firstNumber: Int = 0, _ site: (ProductSite) throws -> any TrainableSite
  ) rethrows {
    self.firstNumber = firstNumber
    sites = try network.sites.map { own in
      if let law = own.fixed { FixedSite(own, law) } else { try site(own) }
    }
    names = network.sites.map(\.name)
    let inTurns = network.sitesReadInTurns
    vectorsPerSample = network.sites.map {
      inTurns.contains($0.index) ? nil : $0.vectorsPerInference
    }
    reads = Array(repeating: 0, count: sites.count)
  }

  private init(copying other: TrainableSites) {
    (sites, names, reads) = (other.sites, other.names, other.reads)
    firstNumber = other.firstNumber
    (vectorsPerSample, passesErrors) = (other.vectorsPerSample, other.passesErrors)
  }

  /// The same weights, which change on their own from here on.
  func copy() -> TrainableSites { TrainableSites(copying: self) }

  /// Begins a pass of `samples` samples through `graph`.
  ///
  /// - Parameter readsAgain: whether other reads of the same chips follow, after `newRead`.
  func begin(_ pass: TrainingPass, samples: Int, graph: GraphPass, readsAgain: Bool = false) {
    if passesErrors.isEmpty { passesErrors = sites.indices.map { graph.passesErrors(site: $0) } }
    for k in sites.indices {
      reads[k] = 0
      var own = pass.layer(firstNumber + k)
      own.passesErrors = readsAgain || passesErrors[k]
      sites[k].begin(
        own, vectors: readsAgain ? nil : vectorsPerSample[k].map { samples * $0 }, samples: samples)
    }
  }

  /// The reads that follow go through the same chips with noise of their own.
  func newRead(_ key: StreamKey) {
    for k in sites.indices {
      reads[k] = 0
      sites[k].newRead(key.child(firstNumber + k))
    }
  }

  /// Changes the fixed crossbars, each by draws of its own.
  func perturb(_ perturbation: PhysicalPerturbation, key: StreamKey) {
    for k in sites.indices {
      guard var site = sites[k] as? FixedCrossbarSite else { continue }
      site.perturb(perturbation, key: key)
      sites[k] = site
    }
  }

  public func multiply(
    site: Int, _ x: UnsafeBufferPointer<Float>, vectors: Int,
    into y: UnsafeMutableBufferPointer<Float>, call: Int
  ) {
    precondition(
      x.count == vectors * sites[site].inputs && y.count == vectors * sites[site].outputs,
      "the sizes of a product agree")
    reads[site] = max(reads[site], call + 1)
    sites[site].forward(x.baseAddress!, vectors: vectors, into: y.baseAddress!, call: call)
  }

  public func adjoint(
    site: Int, _ x: UnsafePointer<Float>, _ dy: UnsafeMutablePointer<Float>, vectors: Int,
    into dx: UnsafeMutablePointer<Float>?, skipping: Int, call: Int
  ) {
    switch change {
    case .gradients, .descent:
      var rate: Float?
      if case .descent(let own) = change { rate = own }
      sites[site].adjoint(
        x, dy, vectors: vectors, into: dx, skipping: skipping, call: call, rate: rate)
    case .local(let optimizer, let rate, let pulseRate, let step):
      if let dx { passBack(site, x, dy, vectors, dx, skipping, call) }
      guard call == 0 else { return }
      sites[site].learn(
        x, dy, vectors: reads[site] * vectors, optimizer,
        rate: sites[site] is PulsedSite ? pulseRate : rate, step: step)
    }
  }

  /// The gradient at the inputs; that at the outputs stays as it is.
  private func passBack(
    _ site: Int, _ x: UnsafePointer<Float>, _ dy: UnsafeMutablePointer<Float>, _ vectors: Int,
    _ dx: UnsafeMutablePointer<Float>, _ skipping: Int, _ call: Int
  ) {
    guard reads[site] == 1 else {
      return sites[site].adjoint(
        x, dy, vectors: vectors, into: dx, skipping: skipping, call: call, rate: nil)
    }
    let count = vectors * sites[site].outputs
    withScratch(count) { copy in
      copy.update(from: dy, count: count)
      sites[site].adjoint(
        x, copy, vectors: vectors, into: dx, skipping: skipping, call: call, rate: nil)
    }
  }

  public func appliesActivation(site: Int) -> Bool { sites[site].appliesActivation }

  public func convertsGates(site: Int) -> Bool { sites[site].gateRamps != nil }

  /// By the ramps of the site where there are some, else digitally.
  public func activate(_ function: Activation, _ read: GateRead, _ values: StridedRows) {
    guard let ramps = sites[read.site].gateRamps else {
      return values.joined.forEach { function.apply($0) }
    }
    ramps.activate(function, read, values)
  }

  /// Calls `body` for every parameter of every site under its name: the site's, a point, and its own.
  func forEachParameter(_ body: (String, inout Parameter) throws -> Void) rethrows {
    for k in sites.indices {
      try sites[k].forEachParameter { try body("\(names[k]).\($0)", &$1) }
    }
  }

  /// The arrays of pulsed devices of all sites that have them.
  var pulsedArrays: [any InSituRule] { sites.flatMap { ($0 as? PulsedSite)?.arrays ?? [] } }

  /// Limits weights and ranges after a step.
  func afterUpdate() { for k in sites.indices { sites[k].afterUpdate() } }

  /// Forgets ranges that are found by calibration.
  func recalibrate() { for k in sites.indices { sites[k].recalibrate() } }

  /// Shows `visitor` the parameters of every site and what else the next step depends on.
  func visit(_ visitor: inout SavedState) {
    let scope = visitor.scope
    for k in sites.indices {
      visitor.scope = "\(scope)\(names[k])."
      sites[k].forEachParameter { visitor.parameter($0, &$1, isWeight: $0 == "weight") }
      sites[k].visit(&visitor)
    }
    visitor.scope = scope
  }
}

extension TrainingPass {
  /// The same pass for group `index` of a site.
  func group(_ index: Int) -> TrainingPass {
    var pass = self
    pass.key = key.child("group").child(index)
    pass.chip = chip.child("group").child(index)
    return pass
  }
}
