import DeviceModels
import LinearAlgebra
import PhysicalUnits
import Randomness

/// The weights that a chip computes with, drawn from those that it was to hold.
///
/// In this order: rounding to the weights' levels; writing into pairs of cells (one carries |w|, the other
/// stays at the lowest conductance) with the device's errors; additive and multiplicative noise;
/// drop-connect. The largest |w| of the layer fills the conductance window at every draw.
struct ChipWeights {
  let settings: HardwareSettings
  /// The largest |w|, more than 0.
  let largest: Float
  /// How much of the deviation from the exact weight counts: 0 … 1.
  let strength: Float

  private static let piece = 16_384

  init(_ weights: [Float], settings: HardwareSettings, strength: Float) {
    self.settings = settings
    self.strength = strength
    var top = SIMD16<Float>()
    weights.withUnsafeBytes { raw in
      let whole = weights.count & ~15
      for i in stride(from: 0, to: whole, by: 16) {
        let v = raw.loadUnaligned(fromByteOffset: 4 * i, as: SIMD16<Float>.self)
        // `pointwiseMax` goes through the lanes one by one: it took a hundred times as long.
        top.replace(with: v, where: v .> top)
        top.replace(with: -v, where: -v .> top)
      }
    }
    var all = top.max()
    for i in (weights.count & ~15)..<weights.count { all = max(all, abs(weights[i])) }
    largest = all > 0 ? all : 1
  }

  /// Fills `chip`; weight i depends on `key` and on i alone.
  func fill(_ chip: inout [Float], from weights: [Float], key: StreamKey, isTraining: Bool) {
    precondition(chip.count == weights.count, "a weight of the chip for each weight")
    let count = weights.count
    weights.withUnsafeBufferPointer { w in
      chip.withUnsafeMutableBufferPointer { c in
        nonisolated(unsafe) let (w, c) = (w, c)  // safe: pieces are disjoint
        Parallel.forEach((count + Self.piece - 1) / Self.piece) { k in
          let range = k * Self.piece..<min(count, (k + 1) * Self.piece)
          fill(
            UnsafeMutableBufferPointer(rebasing: c[range]), UnsafeBufferPointer(rebasing: w[range]),
            range.lowerBound, key, isTraining)
        }
      }
    }
  }

  private typealias Part = UnsafeMutableBufferPointer<Float>

  private func fill(
    _ chip: Part, _ weights: UnsafeBufferPointer<Float>, _ first: Int, _ key: StreamKey,
    _ isTraining: Bool
  ) {
    _ = chip.update(fromContentsOf: weights)
    if let bits = settings.weightBits { discretise(chip, levels: Float((1 << (bits - 1)) - 1)) }
    withScratch(chip.count) { noise in
      let noise = Part(start: noise, count: chip.count)
      if let device = settings.device { write(chip, noise, device, first, key) }
      let (additive, multiplicative) = (settings.additive, settings.multiplicative)
      if additive > 0 {
        Noise.fillNormal(noise, key.child("additive"), from: first)
        let deviation = additive * largest
        for i in chip.indices { chip[i] += deviation * noise[i] }
      }
      if multiplicative > 0 {
        Noise.fillNormal(noise, key.child("multiplicative"), from: first)
        for i in chip.indices { chip[i] *= 1 + multiplicative * noise[i] }
      }
      if strength < 1 {
        for i in chip.indices { chip[i] = weights[i] + strength * (chip[i] - weights[i]) }
      }
      if isTraining, settings.dropConnect > 0 {
        Noise.fillUniform(noise, key.child("drop-connect"), from: first)
        let share = settings.dropConnect
        for i in chip.indices { chip[i] = noise[i] < share ? 0 : chip[i] }
      }
    }
  }

  private func discretise(_ chip: Part, levels: Float) {
    let (toSteps, step) = (levels / largest, largest / levels)
    for i in chip.indices { chip[i] = (chip[i] * toSteps).rounded(.toNearestOrEven) * step }
  }

  private func write(
    _ chip: Part, _ cells: Part, _ device: DeviceModel, _ first: Int, _ key: StreamKey
  ) {
    let low = Float(device.window.minimum.value)
    let perWeight = (Float(device.window.maximum.value) - low) / largest
    withScratch(chip.count) { negative in
      let negative = Part(start: negative, count: chip.count)
      for i in chip.indices { cells[i] = low + max(0, chip[i]) * perWeight }
      for i in chip.indices { negative[i] = low + max(0, -chip[i]) * perWeight }
      device.program(
        targets: UnsafeBufferPointer(cells), into: cells, key: key.child("positive"), from: first)
      device.program(
        targets: UnsafeBufferPointer(negative), into: negative, key: key.child("negative"),
        from: first)
      let perSiemens = 1 / perWeight
      for i in chip.indices { chip[i] = (cells[i] - negative[i]) * perSiemens }
    }
  }

  /// The variance of one read of each weight by the device's read noise.
  func fillReadVariances(_ variances: inout [Float], chip: [Float], device: DeviceModel) {
    let low = Float(device.window.minimum.value)
    let perWeight = (Float(device.window.maximum.value) - low) / largest
    let time = device.drift?.origin ?? Seconds(0)
    let ground = device.readNoise.deviation(at: Double(low), time: time)
    let share = Float(1 / Double(perWeight)) * strength
    let count = chip.count
    chip.withUnsafeBufferPointer { w in
      variances.withUnsafeMutableBufferPointer { v in
        nonisolated(unsafe) let (w, v) = (w, v)  // safe: pieces are disjoint
        Parallel.forEach((count + Self.piece - 1) / Self.piece) { k in
          let range = k * Self.piece..<min(count, (k + 1) * Self.piece)
          let (w, v) = (w[range], Part(rebasing: v[range]))
          withScratch(range.count) { g in
            let g = Part(start: g, count: range.count)
            for (i, one) in w.enumerated() { g[i] = low + abs(one) * perWeight }
            device.readNoise.deviations(at: UnsafeBufferPointer(g), time: time, into: v)
          }
          let floor = Float(ground * ground)
          for i in v.indices { v[i] = (v[i] * v[i] + floor) * share * share }
        }
      }
    }
  }
}

/// Memory for `count` floats while `body` runs, not initialised.
func withScratch<R>(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> R) -> R {
  withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, count)) {
    body($0.baseAddress!)
  }
}
