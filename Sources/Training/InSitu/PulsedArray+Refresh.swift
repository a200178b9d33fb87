import DeviceModels

extension PulsedArray {
  /// Renews the pairs of which a device has passed `threshold` of its own range: reads D = s⁺ − s⁻,
  /// resets both devices (`PulsedDevices.reset`), and raises the larger one by single pulses until its
  /// state has come as near to D above that of the other as a step allows.
  ///
  /// A pair whose smaller device is within a step of its lower bound would end where it was: it is left.
  public mutating func refresh(above threshold: Float) {
    var counts: [Float] = []
    let worn = wornPairs(threshold)
    guard !worn.isEmpty else { return }
    let (plus, minus) = (populations[0].readStates, populations[1].readStates)
    var mask = [Bool](repeating: false, count: rowCount * columnCount)
    for i in worn { mask[i] = true }
    for k in 0..<2 { populations[k].reset(mask) }
    let rest = populations.map(\.readStates)
    // Targets of the devices that carry the difference.
    var targets: [[(place: Int, state: Float)]] = [[], []]
    for i in worn {
      let d = plus[i] - minus[i]
      let k = d >= 0 ? 0 : 1
      guard d != 0 else { continue }
      targets[k].append((i, rest[1 - k][i] + abs(d)))
    }
    counts = Array(repeating: 0, count: rowCount * columnCount)
    for k in 0..<2 {
      var open = targets[k]
      // A device that does not get there in this many pulses stays where it is.
      for _ in 0..<2048 {
        guard !open.isEmpty else { break }
        for (place, _) in open { counts[place] = 1 }
        pulseCount += counts.withUnsafeBufferPointer {
          populations[k].apply($0, stepping: .pulseByPulse)
        }
        for (place, _) in open { counts[place] = 0 }
        let half = Float(0.5 * model.stepSize)
        populations[k].withReadStates { states in
          open = open.filter { states[$0.place] < $0.state - half }
        }
      }
    }
    refreshCount += worn.count
    combine()
  }

  private func wornPairs(_ threshold: Float) -> [Int] {
    let step = Float(model.stepSize)
    return populations[0].withReadStates { plus in
      populations[1].withReadStates { minus in
        (0..<rowCount * columnCount).filter { i in
          let (a, b) = (populations[0].bounds(of: i), populations[1].bounds(of: i))
          let (up, down) = (plus[i] - a.lowerBound, minus[i] - b.lowerBound)
          return
            (up > threshold * (a.upperBound - a.lowerBound)
            || down > threshold * (b.upperBound - b.lowerBound)) && min(up, down) > step
        }
      }
    }
  }
}
