import StrictYAML

/// Half-select pulses: a spike puts half of a programming pulse on its line for W steps, one polarity on lines of inputs and
/// the other one on lines of outputs. A cell sees a whole pulse only in the steps in which both lines are driven; half a
/// pulse leaves it as it is. Two spikes Δ steps apart give max(0, W − |Δ|) pulses up.
///
/// With `tail` steps the pulse of an output is followed by one of the opposite polarity: a spike before the matrix that
/// comes in this time gives pulses down. A request is one pulse of the size `amplitude`; what a pulse does to a weight is
/// the law of the device that holds it.
package struct OverlapLaw: PlasticityLaw {
  package static let name = "overlap"
  /// What a whole pulse asks for.
  var amplitude: Float
  /// W in steps.
  var width: Int
  /// Steps of the opposite polarity behind the pulse of an output; 0 for none.
  var tail: Int

  package init(amplitude: Float, width: Int, tail: Int = 0) {
    (self.amplitude, self.width, self.tail) = (amplitude, width, tail)
  }

  package init(reading node: StrictNode) {
    amplitude = Float(node.number("amplitude", in: -1e6...1e6, default: 0.01))
    width = node.integer("width", in: 1...1_000_000, default: 5)
    tail = node.integer("tail", in: 0...1_000_000, default: 0)
  }

  package func add(_ activity: SiteActivity, to requests: inout UpdateRequests) {
    var rows = SpikeWindow(activity.inputs, length: width)
    var columns = SpikeWindow(activity.outputs, length: width)
    var all = SpikeWindow(activity.outputs, length: width + tail)
    for t in 0..<activity.steps {
      rows.advance(activity.inputs(t))
      columns.advance(activity.outputs(t))
      all.advance(activity.outputs(t))
      // 1 during the pulse, −1 during its tail.
      let lines = zip(columns.isOpen, all.isOpen).map { 2 * $0 - $1 }
      requests.add(rows.isOpen, lines, factor: amplitude)
    }
  }
}
