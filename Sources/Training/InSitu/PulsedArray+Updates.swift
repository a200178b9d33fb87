import DeviceModels
import LinearAlgebra
import Randomness

extension PulsedArray {
  /// Asks for W ← W + rate·xᵀ·d by `scheme`; x is samples × inputs, d samples × outputs.
  mutating func update(
    x: UnsafePointer<Float>, d: UnsafePointer<Float>, samples: Int, rate: Float,
    scheme: PulseScheme, scratch: inout [Float]
  ) {
    let stream = key.child("update").child(updates)
    switch scheme {
    case .stochastic(let settings):
      let trains = settings.trains(
        x: x, rowCount: rowCount, d: d, columnCount: columnCount, samples: samples, rate: rate,
        granularity: granularity, key: stream)
      send(trains)
    case .deterministic, .outerProduct:
      let count = rowCount * columnCount
      if scratch.count != count { scratch = Array(repeating: 0, count: count) }
      let (rows, columns) = (rowCount, columnCount)
      scratch.withUnsafeMutableBufferPointer {
        DenseProducts.outer(
          x, d, into: $0.baseAddress!, samples: samples, inputs: rows, outputs: columns,
          alpha: rate / granularity, beta: 0)
        if scheme == .deterministic {
          for i in $0.indices { $0[i] = ($0[i] + 12_582_912) - 12_582_912 }
        }
      }
      scratch.withUnsafeBufferPointer { send($0) }
    }
  }

  /// Sends the coincidences of `trains` to the devices.
  mutating func send(_ trains: PulseTrains) {
    updates += 1
    switch cells {
    case .single:
      pulseCount += populations[0].apply(trains, stepping: stepping)
    case .pair(let update):
      let isBoth = update == .bothCells
      pulseCount += populations[0].apply(
        trains, sense: isBoth ? .plain : .upOnly, stepping: stepping)
      pulseCount += populations[1].apply(
        trains, sense: isBoth ? .exchanged : .downAsUp, stepping: stepping)
    case .multiple(let factors, let selection):
      for k in selected(factors.count, selection) {
        pulseCount += populations[k].apply(
          trains, sense: factors[k] < 0 ? .exchanged : .plain, stepping: stepping)
      }
    }
    finishUpdate(rows: nil)
  }

  /// Sends signed numbers of pulses to whole rows of weights, from row `first` on.
  package mutating func send(_ counts: UnsafeBufferPointer<Float>, firstRow: Int = 0) {
    precondition(counts.count % columnCount == 0, "whole rows")
    updates += 1
    let first = firstRow * columnCount
    func apply(_ k: Int, _ counts: UnsafeBufferPointer<Float>) {
      pulseCount += populations[k].apply(counts, from: first, stepping: stepping)
    }
    func changed(_ change: (Float) -> Float, _ k: Int) {
      let own = counts.map(change)
      own.withUnsafeBufferPointer { apply(k, $0) }
    }
    switch cells {
    case .single: apply(0, counts)
    case .pair(.bothCells):
      apply(0, counts)
      changed({ -$0 }, 1)
    case .pair(.oneSided):
      changed({ max($0, 0) }, 0)
      changed({ max(-$0, 0) }, 1)
    case .multiple(let factors, let selection):
      for k in selected(factors.count, selection) {
        if factors[k] < 0 { changed({ -$0 }, k) } else { apply(k, counts) }
      }
    }
    finishUpdate(rows: firstRow..<firstRow + counts.count / columnCount)
  }

  /// Lets the time of an update go by: states fade with the lifetimes of their devices.
  mutating func decay() {
    guard populations.contains(where: \.fades) else { return }
    for k in populations.indices { populations[k].decay() }
    combine()
  }

  private func selected(_ count: Int, _ selection: CellArrangement.CellSelection) -> [Int] {
    switch selection {
    case .all: return Array(0..<count)
    case .sequential: return [updates % count]
    case .random:
      var stream = RandomStream(key.child("selection").child(updates))
      return [stream.index(below: count)]
    }
  }

  private mutating func finishUpdate(rows: Range<Int>?) {
    if case .pair(.oneSided(let threshold)) = cells, threshold < 1 { refresh(above: threshold) }
    combine(rows: rows)
  }
}
