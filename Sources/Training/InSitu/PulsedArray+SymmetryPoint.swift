import DeviceModels
import Randomness

extension PulsedArray {
  /// Zero-shifting: takes every device to its symmetry point by `pairs` pairs of a pulse up and a pulse
  /// down, makes what is then read the reference, and so the weights zero.
  ///
  /// Kim et al., arXiv 1907.10228 (2019). The reference is the mean of what is read during the last
  /// quarter of the pairs: noise of single steps makes a device wander about its point for as many
  /// pulses as its range has steps, and a reading's noise is of that one write.
  /// - Precondition: the array has one device a weight.
  public mutating func shiftToSymmetryPoints(pairs: Int) {
    precondition(cells == .single, "a reference stands beside single devices")
    precondition(pairs > 0, "at least one pair of pulses")
    let count = rowCount * columnCount
    var sum = [Float](repeating: 0, count: count)
    let averaged = max(1, pairs / 4)
    for k in 0..<pairs {
      populations[0].apply(1)
      if pairs - k <= averaged {
        let weight = 0.5 / Float(averaged)
        populations[0].withReadStates { s in for i in 0..<count { sum[i] += weight * s[i] } }
      }
      populations[0].apply(-1)
      if pairs - k <= averaged {
        let weight = 0.5 / Float(averaged)
        populations[0].withReadStates { s in for i in 0..<count { sum[i] += weight * s[i] } }
      }
    }
    pulseCount += 2 * Double(pairs) * Double(count)
    reference = sum
    setWeights([Float](repeating: 0, count: count))
  }

  /// The references that stand beside the devices, in units of state; empty where all are 0.
  public var references: [Float] { reference }
}
