import StrictYAML

/// Rectangular windows: a spike behind the matrix adds A₊ to the weights of all inputs that have fired in the last W₊ steps
/// (its own step among them), a spike before it takes A₋ from the weights to all outputs that have fired in the W₋ steps
/// before. How often they fired does not count (NeuroCoreX, arXiv 2506.14138).
package struct RectangularLaw: PlasticityLaw {
  package static let name = "rectangular"
  /// A₊ and A₋.
  var potentiation: Float
  var depression: Float
  /// W₊ and W₋ in steps.
  var windows: (plus: Int, minus: Int)

  package init(potentiation: Float, depression: Float, windows: (plus: Int, minus: Int)) {
    (self.potentiation, self.depression, self.windows) = (potentiation, depression, windows)
  }

  package init(reading node: StrictNode) {
    potentiation = Float(node.number("potentiation", in: -1e6...1e6, default: 0.01))
    depression = Float(node.number("depression", in: -1e6...1e6, default: 0.01))
    let plus = node.integer("potentiation-window", in: 1...1_000_000, default: 5)
    windows = (plus, node.integer("depression-window", in: 1...1_000_000, default: plus))
  }

  package func add(_ activity: SiteActivity, to requests: inout UpdateRequests) {
    var before = SpikeWindow(activity.inputs, length: windows.plus)
    var behind = SpikeWindow(activity.outputs, length: windows.minus)
    for t in 0..<activity.steps {
      let (input, output) = (activity.inputs(t), activity.outputs(t))
      before.advance(input)
      before.isOpen.withUnsafeBufferPointer {
        requests.add($0.baseAddress!, output, factor: potentiation)
      }
      if let input {
        behind.isOpen.withUnsafeBufferPointer {
          requests.add(
            input, $0.baseAddress!, factor: -depression * (activity.depression?[t] ?? 1))
        }
      }
      behind.advance(output)
    }
  }
}

/// Windows that a spike opens for so many steps, one per line.
struct SpikeWindow: Sendable {
  /// 1 where the window is open, else 0.
  private(set) var isOpen: [Float]
  private var left: [Int]
  private let length: Int

  /// Windows that are shut; `length` counts the step of the spike.
  init(_ count: Int, length: Int) {
    isOpen = Array(repeating: 0, count: count)
    left = Array(repeating: 0, count: count)
    self.length = length
  }

  /// The next step, with its spikes.
  mutating func advance(_ spikes: UnsafePointer<Float>?) {
    for i in left.indices {
      left[i] = (spikes?[i] ?? 0) != 0 ? length : max(0, left[i] - 1)
      isOpen[i] = left[i] > 0 ? 1 : 0
    }
  }
}
