import Circuits
public import Networks
public import PhysicalUnits
import Randomness
import Synchronization

/// Carries out a network's products on the crossbars of one chip.
public struct AnalogEngine: ProductEngine {
  /// The written matrices, one a site of the network.
  public private(set) var matrices: [CrossbarArray]
  private var keys: [StreamKey]
  private let conversions: [Int]
  /// What writes the ramps of the gates, and the written ones, one a site that has gates.
  private let gateRamps: GateRamps?
  private var ramps: [GateRamps.Written?]
  /// The lines through which the ramps of each kind are read, for every site that has gates.
  private let gateLines: [Int: [RampPlace.Kind: RampLines]]
  private var readings: Readings
  private let rampKey: StreamKey
  /// What writes the ramps that compute activations, and the written ones.
  private let activationRamps: [Int: SiteRamps]
  private var activations: [Int: SiteRamps.Written]

  /// How many conversions were made, and how many ended at an end of the range. Whole numbers: their
  /// sum does not depend on the order of the calls.
  private struct Counts {
    var inputs = (taken: 0, clipped: 0)
    var outputs = (taken: 0, clipped: 0)
  }

  /// The counts of every site.
  private final class Readings: Sendable {
    let counts: Mutex<[Counts]>
    init(_ siteCount: Int) { counts = Mutex(Array(repeating: Counts(), count: siteCount)) }
  }

  init(
    _ matrices: [CrossbarArray], key: StreamKey, gateRamps: GateRamps? = nil,
    gateLines: [Int: [RampPlace.Kind: RampLines]] = [:], activationRamps: [Int: SiteRamps] = [:],
    time: Seconds? = nil
  ) {
    self.gateLines = gateLines
    self.activationRamps = activationRamps
    activations = Self.write(activationRamps, key: key.child("ramps"), time: time)
    self.matrices = matrices
    self.gateRamps = gateRamps
    ramps = []
    rampKey = key.child("ramps")
    keys = matrices.indices.map { key.child("read").child($0) }
    conversions = matrices.map {
      $0.mapped.design.output == nil ? 0 : $0.mapped.report.conversionsPerVector
    }
    readings = Readings(matrices.count)
    ramps = writtenGates(time)
  }

  /// The ramps of gates, which are in the tiles of the last rows of a matrix.
  private func writtenGates(_ time: Seconds?) -> [GateRamps.Written?] {
    matrices.enumerated().map { site, matrix in
      guard let lines = gateLines[site] else { return nil }
      let layout = matrix.mapped.layout
      return gateRamps?.write(
        tiles: layout.tiles(of: layout.blocks.last!), key: rampKey.child(site), time: time,
        lines: lines)
    }
  }

  private static func write(
    _ ramps: [Int: SiteRamps], key: StreamKey, time: Seconds?
  ) -> [Int: SiteRamps.Written] {
    var written: [Int: SiteRamps.Written] = [:]
    for (site, ramp) in ramps { written[site] = ramp.write(key: key.child(site), time: time) }
    return written
  }

  /// The same chip without the ramps that compute activations: sums get off as they are.
  public var withoutActivations: AnalogEngine {
    var result = self
    result.activations = [:]
    return result
  }

  /// Where ramps compute it.
  public func appliesActivation(site: Int) -> Bool { activations[site] != nil }

  /// The same chip, `time` after writing. Its readings are counted anew.
  public func aged(to time: Seconds) -> AnalogEngine {
    var result = self
    result.activations = Self.write(activationRamps, key: rampKey, time: time)
    result.ramps = writtenGates(time)
    result.readings = Readings(matrices.count)
    for site in matrices.indices { result.matrices[site].setTime(time) }
    return result
  }

  /// The same chip for reads of another kind: with noise of their own, and counted apart.
  public func apart(_ kind: String) -> AnalogEngine {
    var result = self
    result.keys = keys.map { $0.child(kind) }
    result.ramps = ramps.map { $0?.apart(kind) }
    result.activations = activations.mapValues { $0.apart(kind) }
    result.readings = Readings(matrices.count)
    return result
  }

  public func multiply(
    site: Int, _ x: UnsafeBufferPointer<Float>, vectors: Int,
    into y: UnsafeMutableBufferPointer<Float>, call: Int
  ) {
    let clipped = matrices[site].multiply(
      x, vectors: vectors, into: y, key: keys[site], first: call)
    activations[site]?.apply(y, call: call)
    let taken = vectors * conversions[site]
    let mapped = matrices[site].mapped
    let inputs = mapped.design.input == nil ? 0 : vectors * mapped.inputsPerVector
    let clippedInputs = mapped.clippedInputs(x, vectors: vectors)
    readings.counts.withLock {
      $0[site].outputs.taken += taken
      $0[site].outputs.clipped += clipped
      $0[site].inputs.taken += inputs
      $0[site].inputs.clipped += clippedInputs
    }
  }

  /// By the ramps where there are some, else digitally.
  public func activate(_ function: Activation, _ read: GateRead, _ values: StridedRows) {
    guard let ramps = ramps[read.site] else { return values.joined.forEach { function.apply($0) } }
    ramps.activate(function, read, values)
  }

  /// The cells of a ramp: their targets and what they are now, in siemens, calibration cells first.
  public func cells(of place: RampPlace, site: Int) -> (targets: [Float], conductances: [Float]) {
    let ramps: RampColumns? =
      switch place.kind {
      case .gate(let function, let isState):
        self.ramps[site]?.ramps(function, isState: isState)?.cells
      case .activation: activations[site]?.ramps.cells
      case .linear: matrices[site].blocks[place.block].ramps
      case .reference: matrices[site].blocks[place.block].referenceRamps
      }
    guard let ramps else { return ([], []) }
    return (ramps.targets.map(Float.init), ramps.cells(ofRamp: place.ramp))
  }

  /// The share of the output conversions of `site` so far that ended at an end of the range, 0…1.
  public func clippedShare(site: Int) -> Double { share(site, \.outputs) }

  /// The share of the input conversions of `site` so far that were beyond the range, 0…1.
  public func clippedInputShare(site: Int) -> Double { share(site, \.inputs) }

  private func share(_ site: Int, _ kind: KeyPath<Counts, (taken: Int, clipped: Int)>) -> Double {
    let count = readings.counts.withLock { $0[site][keyPath: kind] }
    return count.taken == 0 ? 0 : Double(count.clipped) / Double(count.taken)
  }
}
