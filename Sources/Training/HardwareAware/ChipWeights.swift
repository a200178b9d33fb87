internal import CConversionKernels
internal import CLearningKernels
import Crossbar
import DeviceModels
import LinearAlgebra
import Randomness

/// The weights that a chip computes with, drawn from those that it was to hold.
///
/// In this order: rounding to the weights' levels; writing into pairs of cells (one carries |w|, the other
/// stays at the lowest conductance) with the device's errors; additive and multiplicative noise;
/// drop-connect. The largest |w| of the layer fills the conductance window at every draw. Where there are
/// wires they come behind the writing.
struct ChipWeights {
  let settings: HardwareSettings
  /// The largest |w|, more than 0.
  let largest: Float
  /// How much of the deviation from the exact weight counts: 0 … 1.
  let strength: Float
  /// Whether additive noise comes from elsewhere.
  let leavesOutNoise: Bool

  // Noise and weights of a piece stay in the first-level cache.
  private static let piece = 4096

  init(
    _ weights: [Float], settings: HardwareSettings, strength: Float, leavesOutNoise: Bool = false,
    largest: Float? = nil
  ) {
    self.leavesOutNoise = leavesOutNoise
    self.settings = settings
    self.strength = strength
    let all = largest ?? weights.withUnsafeBufferPointer { ow_largest($0.baseAddress!, $0.count) }
    self.largest = all > 0 ? all : 1
  }

  /// Whether the chip's weights are others than those that it was to hold.
  func changesWeights(isTraining: Bool) -> Bool {
    settings.weightBits != nil || (settings.device != nil && settings.writeErrors)
      || (settings.additive > 0 && !leavesOutNoise) || settings.multiplicative > 0
      || (isTraining && settings.dropConnect > 0)
  }

  /// Fills `chip`; weight i depends on `key` and on i alone.
  func fill(_ chip: inout [Float], from weights: [Float], key: StreamKey, isTraining: Bool) {
    Self.forEachPiece(&chip, weights) { chip, weights, first in
      withScratch(chip.count) { noise in
        let noise = Part(start: noise, count: chip.count)
        _ = chip.update(fromContentsOf: weights)
        if let bits = settings.weightBits { discretize(chip, bits: bits) }
        if let device = settings.device, settings.writeErrors {
          write(chip, noise, device, first, key)
        }
        addNoise(chip, noise, first, key, rise: 1)
        if strength < 1 {
          for i in chip.indices { chip[i] = weights[i] + strength * (chip[i] - weights[i]) }
        }
        if isTraining { dropConnections(chip, noise, first, key) }
      }
    }
  }

  /// The same through wires: noise on weights comes behind them, as they weaken it.
  func fill(
    _ chip: inout [Float], from weights: [Float], through wires: inout ChipWires,
    _ effort: ChipWires.Effort, key: StreamKey, isTraining: Bool
  ) {
    guard let device = settings.device else { preconditionFailure("wires join cells of a device") }
    writeCells(&chip, weights, into: &wires, device, key)
    let factor = 1 / perWeight(device)
    var shares: [Float] = settings.additive > 0 ? chip : []
    wires.weights(effort, factor: factor, into: &chip, shares: &shares)
    let drops = isTraining && settings.dropConnect > 0
    guard settings.additive > 0 || settings.multiplicative > 0 || drops else { return }
    if shares.isEmpty { shares = weights }
    Self.forEachPiece(&chip, shares) { chip, shares, first in
      withScratch(chip.count) { noise in
        let noise = Part(start: noise, count: chip.count)
        addNoise(
          chip, noise, first, key, rise: strength, shares: settings.additive > 0 ? shares : nil)
        if drops { dropConnections(chip, noise, first, key) }
      }
    }
  }

  /// What the wires make of cells that are written exactly, in `effective`.
  func effectiveWeights(
    _ weights: [Float], through wires: inout ChipWires, _ effort: ChipWires.Effort,
    into effective: inout [Float]
  ) {
    guard let device = settings.device else { preconditionFailure("wires join cells of a device") }
    var exact = settings
    exact.writeErrors = false
    let draw = ChipWeights(weights, settings: exact, strength: 1, largest: largest)
    draw.writeCells(&effective, weights, into: &wires, device, StreamKey(seed: 0))
    var shares: [Float] = []
    wires.weights(effort, factor: 1 / perWeight(device), into: &effective, shares: &shares)
  }

  /// The written cells of `weights`; `room` is spoiled.
  private func writeCells(
    _ room: inout [Float], _ weights: [Float], into wires: inout ChipWires, _ device: DeviceModel,
    _ key: StreamKey
  ) {
    var cells: [Float] = []
    swap(&cells, &wires.cells)
    let places = wires
    cells.withUnsafeMutableBufferPointer { cells in
      nonisolated(unsafe) let cells = cells.baseAddress!  // safe: pieces have places of their own
      Self.forEachPiece(&room, weights) { targets, weights, first in
        let count = targets.count
        _ = targets.update(fromContentsOf: weights)
        if let bits = settings.weightBits { discretize(targets, bits: bits) }
        withScratch(4 * count) { room in
          let parts = (0..<4).map { Part(start: room + $0 * count, count: count) }
          program(targets, parts[0], parts[1], device, first, key)
          if strength < 1 {
            aim(weights, parts[2], parts[3], device)
            for k in 0..<2 {
              for i in 0..<count {
                parts[k][i] = parts[2 + k][i] + strength * (parts[k][i] - parts[2 + k][i])
              }
            }
          }
          places.place(room, room + count, first..<first + count, into: cells)
        }
      }
    }
    swap(&cells, &wires.cells)
  }

  typealias Part = UnsafeMutableBufferPointer<Float>

  /// Calls `body` with pieces of `chip` and `weights`, and the number of the first weight in them.
  static func forEachPiece(
    _ chip: inout [Float], _ weights: [Float],
    _ body: @Sendable (Part, UnsafeBufferPointer<Float>, Int) -> Void
  ) {
    precondition(chip.count == weights.count, "a weight of the chip for each weight")
    let count = weights.count
    weights.withUnsafeBufferPointer { w in
      chip.withUnsafeMutableBufferPointer { c in
        nonisolated(unsafe) let (w, c) = (w, c)  // safe: pieces are disjoint
        Parallel.forEach((count + piece - 1) / piece) { k in
          let range = k * piece..<min(count, (k + 1) * piece)
          body(Part(rebasing: c[range]), UnsafeBufferPointer(rebasing: w[range]), range.lowerBound)
        }
      }
    }
  }

  /// Additive and multiplicative noise.
  ///
  /// - Parameters:
  ///   - rise: the strength, where it does not come with all else.
  ///   - shares: what wires leave of additive noise; `nil` for all of it.
  private func addNoise(
    _ chip: Part, _ noise: Part, _ first: Int, _ key: StreamKey, rise: Float,
    shares: UnsafeBufferPointer<Float>? = nil
  ) {
    let (additive, multiplicative) = (settings.additive, settings.multiplicative * rise)
    if additive > 0, !leavesOutNoise {
      Noise.fillNormal(noise, key.child("additive"), from: first)
      let deviation = additive * largest * rise
      if let shares {
        for i in chip.indices { chip[i] += deviation * noise[i] * shares[i] }
      } else {
        ow_add_column_noise(
          chip.baseAddress!, nil, noise.baseAddress!, 0, deviation, chip.count)
      }
    }
    if multiplicative > 0 {
      Noise.fillNormal(noise, key.child("multiplicative"), from: first)
      for i in chip.indices { chip[i] *= 1 + multiplicative * noise[i] }
    }
  }

  private func dropConnections(_ chip: Part, _ noise: Part, _ first: Int, _ key: StreamKey) {
    guard settings.dropConnect > 0 else { return }
    Noise.fillUniform(noise, key.child("drop-connect"), from: first)
    let share = settings.dropConnect
    for i in chip.indices { chip[i] = noise[i] < share ? 0 : chip[i] }
  }

  private func discretize(_ chip: Part, bits: Int) {
    let levels = Float((1 << (bits - 1)) - 1)
    let (toSteps, step) = (levels / largest, largest / levels)
    for i in chip.indices { chip[i] = (chip[i] * toSteps).rounded(.toNearestOrEven) * step }
  }

  /// Siemens of a weight of 1.
  func perWeight(_ device: DeviceModel) -> Float {
    (Float(device.window.maximum.value) - Float(device.window.minimum.value)) / largest
  }

  private func write(
    _ chip: Part, _ cells: Part, _ device: DeviceModel, _ first: Int, _ key: StreamKey
  ) {
    withScratch(chip.count) { negative in
      let negative = Part(start: negative, count: chip.count)
      program(chip, cells, negative, device, first, key)
      let perSiemens = 1 / perWeight(device)
      for i in chip.indices { chip[i] = (cells[i] - negative[i]) * perSiemens }
    }
  }

  /// The conductances that weights are to have.
  private func aim(
    _ weights: UnsafeBufferPointer<Float>, _ positive: Part, _ negative: Part, _ device: DeviceModel
  ) {
    TargetConductances.oneSidedPairs(
      weights.baseAddress!, count: weights.count, low: Float(device.window.minimum.value),
      perWeight: perWeight(device), positive.baseAddress!, negative.baseAddress!)
  }

  /// The conductances that they get.
  private func program(
    _ weights: Part, _ positive: Part, _ negative: Part, _ device: DeviceModel, _ first: Int,
    _ key: StreamKey
  ) {
    aim(UnsafeBufferPointer(weights), positive, negative, device)
    guard settings.writeErrors else { return }
    device.program(
      targets: UnsafeBufferPointer(positive), into: positive, key: key.child("positive"),
      from: first)
    device.program(
      targets: UnsafeBufferPointer(negative), into: negative, key: key.child("negative"),
      from: first)
  }
}

/// Memory for `count` floats while `body` runs, not initialized.
func withScratch<R>(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> R) -> R {
  withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, count)) {
    body($0.baseAddress!)
  }
}
