public import Crossbar
public import InputOutput
public import PhysicalUnits
public import Randomness

/// The weight matrices of a network laid out on tiles, nothing written yet. Everything that chips
/// share is made once, here.
public struct MappedNetwork: Sendable {
  /// The network.
  public let network: Network
  /// What each of `network.sites` looks like on tiles.
  public private(set) var matrices: [MappedMatrix]
  /// The mean of V²/V_read² on the word lines of each matrix, found in calibration; 1 before it.
  public private(set) var relativePower: [Double]

  /// The ramp converters of the gates of recurrent layers; `nil` where gates are computed digitally.
  public let gateRamps: GateRamps?

  /// Lays every weight matrix of `network` out by `design`.
  ///
  /// - Parameter gateRamps: converters that compute the gates of recurrent layers, in the place of the
  ///   design's output converters.
  public init(_ network: Network, design: CrossbarDesign, gateRamps: GateRamps? = nil) {
    self.network = network
    self.gateRamps = gateRamps
    matrices = network.sites.map {
      var own = design
      if gateRamps != nil, $0.kind == .recurrent { own.output = nil }
      return MappedMatrix(weights: $0.weights, bias: $0.bias, groups: $0.groups, design: own)
    }
    relativePower = Array(repeating: 1, count: network.sites.count)
  }

  /// Sets the ranges of the converters from what the matrices read when the network sees `samples`.
  ///
  /// - Throws: `InputError` where the samples do not fit the network.
  public mutating func calibrate(on samples: Tensor) throws(InputError) {
    let recorder = InputRecorder(network, samples: samples.sampleCount)
    _ = try network.evaluate(samples, engine: recorder)
    for site in matrices.indices {
      let x = recorder.vectors(site: site)
      guard x.rowCount > 0 else { continue }
      matrices[site].calibrate(on: x)
      relativePower[site] = Self.relativePower(of: x, on: matrices[site])
    }
  }

  /// A chip with all matrices written on it.
  ///
  /// - Parameters:
  ///   - key: the chip's stream; all its random numbers hang below it.
  ///   - time: how long after writing it is read; `nil` for at once.
  public func chip(key: StreamKey, time: Seconds? = nil) -> AnalogEngine {
    var written = matrices.enumerated().map { site, mapped in
      ProgrammedMatrix(mapped, key: key.child("site").child(site))
    }
    if let time { for site in written.indices { written[site].setTime(time) } }
    let gates = Set(network.sites.indices.filter { network.sites[$0].kind == .recurrent })
    return AnalogEngine(written, key: key, gateRamps: gateRamps, gateSites: gates)
  }
}
