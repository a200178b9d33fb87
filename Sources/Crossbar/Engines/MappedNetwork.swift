import Circuits
public import InputOutput
public import Networks
public import PhysicalUnits
public import Randomness

/// The weight matrices of a network laid out on tiles, nothing written yet. Everything that chips
/// share is made once, here.
public struct MappedNetwork: Sendable {
  /// The network.
  public let network: Network
  /// What each of `network.sites` looks like on tiles.
  public private(set) var matrices: [MappedMatrix]
  /// The mean of V²/V_read² on each word line of each block of each matrix, found in calibration; 1
  /// before it.
  public private(set) var relativePower: [[[Double]]]
  /// How often each input of each matrix is an event, found in calibration; `nil` where inputs are numbers.
  private(set) var eventRates: [[Double]?]

  /// The ramp converters of the gates of recurrent layers; `nil` where gates are computed digitally.
  public let gateRamps: GateRamps?

  /// Where the ranges of converters come from.
  public enum RangeSource: String, Sendable, CaseIterable {
    /// From training, for matrices that tell them and whose converters are the same.
    case trained
    /// As the design says.
    case own
  }

  /// Where the ranges of one matrix come from.
  public enum RangeOrigin: Sendable, Hashable {
    case own
    case trained
    /// As the design says, though training tells some: why those do not fit, as the end of a sentence.
    case misfit(String)

    /// Why the ranges of training do not fit.
    public var misfit: String? { if case .misfit(let reason) = self { reason } else { nil } }
  }

  /// Where the ranges of each matrix come from.
  public private(set) var rangeOrigins: [RangeOrigin]
  /// The ramps that compute activations, by the number of the matrix.
  private(set) var activationRamps: [Int: SiteRamps] = [:]

  /// Lays every weight matrix of `network` out by `design`.
  ///
  /// - Parameters:
  ///   - gateRamps: converters that compute the gates of recurrent layers, in the place of the design's
  ///     output converters.
  ///   - ranges: where the ranges of converters come from.
  public init(
    _ network: Network, design: CrossbarDesign, gateRamps: GateRamps? = nil,
    ranges: RangeSource = .own
  ) {
    self.network = network
    self.gateRamps = gateRamps
    matrices = []
    rangeOrigins = []
    for site in network.sites {
      var own = design
      if gateRamps != nil, site.kind == .recurrent {
        own.output = nil
        // Ramps age with the weights: there is nothing behind them to multiply by a factor.
        own.driftCompensation = .none
      }
      var origin = RangeOrigin.own
      let trained = ranges == .trained ? site.converters : nil
      if let trained {
        let ramps = trained.activationRamps(site, own)
        if let reason = trained.misfit(site, own) {
          origin = .misfit(reason)
        } else if trained.activation != nil, ramps == nil {
          origin = .misfit("the device's window has no room for the ramps of training")
        } else {
          origin = .trained
          activationRamps[site.index] = ramps
          own = trained.applied(to: own)
        }
      }
      var matrix = MappedMatrix(
        weights: site.weights, bias: site.bias, groups: site.groups, design: own)
      if let trained, origin == .trained { matrix.useOutputRanges(trained.outputRanges) }
      matrices.append(matrix)
      rangeOrigins.append(origin)
    }
    eventRates = matrices.map { _ in nil }
    relativePower = matrices.map { matrix in
      matrix.blocks.map { Array(repeating: 1, count: $0.place.rows.count) }
    }
    for (site, ramps) in activationRamps {
      let count =
        ramps.ramp.conversion.sharing == .tile ? ramps.tiles.count : ramps.tiles.last!.upperBound
      let lines = rampPlaces(site: site, block: 0)
        .lines(of: .activation, count: count, wires: design.wires)
      activationRamps[site]?.lines = lines
    }
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
      eventRates[site] = Self.eventRates(of: x)
    }
  }

  /// A chip with all matrices written on it.
  ///
  /// - Parameters:
  ///   - key: the chip's stream; all its random numbers hang below it.
  ///   - time: how long after writing it is read; `nil` for at once.
  public func chip(key: StreamKey, time: Seconds? = nil) -> AnalogEngine {
    var written = matrices.enumerated().map { site, mapped in
      CrossbarArray(mapped, key: key.child("site").child(site))
    }
    if let time { for site in written.indices { written[site].setTime(time) } }
    return AnalogEngine(
      written, key: key, gateRamps: gateRamps, gateLines: gateLines,
      activationRamps: activationRamps, time: time)
  }

  /// What the ramps of the gates of every recurrent matrix are read through, by its number.
  private var gateLines: [Int: [RampPlace.Kind: RampLines]] {
    var result: [Int: [RampPlace.Kind: RampLines]] = [:]
    for (site, matrix) in matrices.enumerated() where network.sites[site].kind == .recurrent {
      let last = matrix.layout.blocks.count - 1
      let count = matrix.layout.tiles(of: matrix.layout.blocks[last]).count
      result[site] = rampPlaces(site: site, block: last)
        .lines(count: count, wires: matrix.design.wires)
    }
    return result
  }
}
