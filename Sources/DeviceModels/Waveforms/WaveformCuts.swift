import Foundation

extension WaveformPiece {
  /// This piece, cut where its voltage crosses one of `levels`.
  func cut(at levels: [Double]) -> [WaveformPiece] {
    let times = levels.flatMap(crossings).filter { $0 > start && $0 < end }.sorted()
    guard !times.isEmpty else { return [self] }
    // A cut closer than a billionth of the piece to the one before it would be a step of no use.
    var bounds = [start]
    for t in times where t - bounds[bounds.count - 1] > 1e-9 * duration && end - t > 1e-9 * duration
    {
      bounds.append(t)
    }
    bounds.append(end)
    return zip(bounds, bounds.dropFirst()).map {
      WaveformPiece(start: $0, end: $1, segment: segment)
    }
  }

  /// When the voltage is `level`: for a line or a sine, none for their sum.
  private func crossings(_ level: Double) -> [Double] {
    if segment.amplitude == 0 || segment.angularFrequency == 0 {
      guard segment.slope != 0 else { return [] }
      return [segment.origin + (level - segment.offset) / segment.slope]
    }
    let ratio = (level - segment.offset) / segment.amplitude
    guard segment.slope == 0, abs(ratio) <= 1 else { return [] }
    let angle = asin(ratio)
    let omega = segment.angularFrequency
    let first = (omega * (start - segment.origin) + segment.phase) / (2 * .pi)
    let last = (omega * (end - segment.origin) + segment.phase) / (2 * .pi)
    // More than a hundred thousand turns are not worth their cuts.
    guard last - first < 1e5 else { return [] }
    var result: [Double] = []
    var turn = first.rounded(.down)
    while turn <= last {
      for phase in [angle, .pi - angle] {
        result.append(segment.origin + (2 * .pi * turn + phase - segment.phase) / omega)
      }
      turn += 1
    }
    return result
  }
}
