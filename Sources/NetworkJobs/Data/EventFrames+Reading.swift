import Networks
import StrictYAML

extension EventFrames {
  /// The frames that `data.events` of a run file describes. Faults are recorded.
  init(reading node: StrictNode) {
    self.init()
    size = node.integer("size", in: 1...256, default: size)
    crop = node.integer("crop", in: 1...size, default: size)
    polarity = node.choice("polarity", of: Polarity.self, default: polarity)
    steps = node.integer("steps", in: 1...1 << 16, default: steps)
    width = 1e6 * node.quantity("step", unit: "s", in: 1e-6...10, default: 6e-3)
    counts = node.flag("counts", default: false)
  }
}
