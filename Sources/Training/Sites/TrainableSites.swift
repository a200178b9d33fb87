import LinearAlgebra
import Networks

/// Carries out the products of a network that trains, site by site, and changes their weights on the way back.
///
/// One thread uses it at a time.
public final class TrainableSites: SiteEngine, @unchecked Sendable {
  /// The weights, one entry a site of the network.
  public internal(set) var sites: [any TrainableSite]
  /// The rate of plain gradient descent made in the backward pass; `nil` leaves gradients.
  var rate: Float?
  /// The names of the sites.
  let names: [String]
  private let vectorsPerSample: [Int?]
  /// Whether something reads the gradient at the inputs of each site; empty before the first pass.
  private var passesErrors: [Bool] = []

  /// - Parameters:
  ///   - network: whose sites these are.
  ///   - site: makes the weights of one of them.
  public init(_ network: Network, _ site: (ProductSite) throws -> any TrainableSite) rethrows {
    sites = try network.sites.map(site)
    names = network.sites.map(\.name)
    let inTurns = network.sitesReadInTurns
    vectorsPerSample = network.sites.map {
      inTurns.contains($0.index) ? nil : $0.vectorsPerInference
    }
  }

  private init(copying other: TrainableSites) {
    (sites, rate, names) = (other.sites, other.rate, other.names)
    (vectorsPerSample, passesErrors) = (other.vectorsPerSample, other.passesErrors)
  }

  /// The same weights, which change on their own from here on.
  func copy() -> TrainableSites { TrainableSites(copying: self) }

  /// Begins a pass of `samples` samples through `graph`.
  func begin(_ pass: TrainingPass, samples: Int, graph: GraphPass) {
    if passesErrors.isEmpty { passesErrors = sites.indices.map { graph.passesErrors(site: $0) } }
    for k in sites.indices {
      var own = pass.layer(k)
      own.passesErrors = passesErrors[k]
      sites[k].begin(own, vectors: vectorsPerSample[k].map { samples * $0 }, samples: samples)
    }
  }

  public func multiply(
    site: Int, _ x: UnsafeBufferPointer<Float>, vectors: Int,
    into y: UnsafeMutableBufferPointer<Float>, call: Int
  ) {
    precondition(
      x.count == vectors * sites[site].inputs && y.count == vectors * sites[site].outputs,
      "the sizes of a product agree")
    sites[site].forward(x.baseAddress!, vectors: vectors, into: y.baseAddress!, call: call)
  }

  public func adjoint(
    site: Int, _ x: UnsafePointer<Float>, _ dy: UnsafeMutablePointer<Float>, vectors: Int,
    into dx: UnsafeMutablePointer<Float>?, skipping: Int, call: Int
  ) {
    sites[site].adjoint(
      x, dy, vectors: vectors, into: dx, skipping: skipping, call: call, rate: rate)
  }

  public func appliesActivation(site: Int) -> Bool { sites[site].appliesActivation }

  public func convertsGates(site: Int) -> Bool { sites[site].convertsGates }

  public func activate(
    _ function: Activation, site: Int, isState: Bool, _ values: StridedRows
  ) { sites[site].activate(function, isState: isState, values) }

  /// Calls `body` for every parameter of every site under its name: the site's, a point, and its own.
  func forEachParameter(_ body: (String, inout Parameter) throws -> Void) rethrows {
    for k in sites.indices {
      try sites[k].forEachParameter { try body("\(names[k]).\($0)", &$1) }
    }
  }

  /// Limits weights and ranges after a step.
  func afterUpdate() { for k in sites.indices { sites[k].afterUpdate() } }

  /// Forgets ranges that are found by calibration.
  func recalibrate() { for k in sites.indices { sites[k].recalibrate() } }

  /// Shows `visitor` the parameters of every site and what else the next step depends on.
  func visit(_ visitor: inout SavedState) {
    for k in sites.indices {
      visitor.scope = "\(names[k])."
      sites[k].forEachParameter { visitor.parameter($0, &$1, isWeight: $0 == "weight") }
      sites[k].visit(&visitor)
    }
    visitor.scope = ""
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
