import InputOutput
import Networks
import StrictYAML

/// A law of plasticity: what the activity of the lines before and behind a matrix asks of its weights.
///
/// A law is one file in `Laws` and one line in `PlasticityLaws`.
package protocol PlasticityLaw: Sendable {
  /// Its name in run files.
  static var name: String { get }
  /// Reads its keys; faults are recorded there.
  init(reading node: StrictNode)
  /// Whether `SiteActivity.errors` must be there: the third factor.
  var readsErrors: Bool { get }
  /// Appends what one sample asks for.
  func add(_ activity: SiteActivity, to requests: inout UpdateRequests)
}

extension PlasticityLaw {
  /// No.
  package var readsErrors: Bool { false }
}

/// The laws that run files can name.
enum PlasticityLaws {
  static let all: [any PlasticityLaw.Type] = [
    PairLaw.self,
    RectangularLaw.self,
    OverlapLaw.self,
    SymmetricLaw.self,
    ThreeFactorLaw.self,
  ]

  /// The law under `law` with its keys.
  static func law(reading node: StrictNode) -> any PlasticityLaw {
    let name = node.choice("law", of: all.map { $0.name }, default: PairLaw.name)
    return (all.first { $0.name == name } ?? PairLaw.self).init(reading: node)
  }
}

/// The activity of the lines before and behind one matrix during one sample.
package struct SiteActivity {
  /// How many steps.
  package let steps: Int
  /// Lines of inputs and of outputs.
  package let inputs: Int
  package let outputs: Int
  /// What the inputs of step 0, 1, … were, steps × inputs; spikes are 1.
  package let pre: UnsafePointer<Float>
  /// Whether the inputs of a step are what `pre` has in the step before: lines from unit to unit.
  package let isDelayed: Bool
  /// What the outputs gave, steps × outputs.
  package let post: UnsafePointer<Float>
  /// The law of the units at the outputs.
  package let units: IntegrateAndFire
  /// A factor on depression in every step; `nil` for 1.
  package var depression: [Float]?
  /// Slopes of the spikes, steps × outputs, and the errors that reach the outputs, one each; `nil` where a law reads none.
  package var errors: (slopes: UnsafePointer<Float>, errors: UnsafePointer<Float>)?

  /// The activity of one sample; see the members.
  package init(
    steps: Int, inputs: Int, outputs: Int, pre: UnsafePointer<Float>, isDelayed: Bool,
    post: UnsafePointer<Float>, units: IntegrateAndFire, depression: [Float]? = nil
  ) {
    (self.steps, self.inputs, self.outputs) = (steps, inputs, outputs)
    (self.pre, self.isDelayed, self.post) = (pre, isDelayed, post)
    (self.units, self.depression) = (units, depression)
  }

  /// The inputs of a step; `nil` where there are none yet.
  func inputs(_ step: Int) -> UnsafePointer<Float>? {
    let place = isDelayed ? step - 1 : step
    return place < 0 ? nil : pre + place * inputs
  }

  /// What the outputs give in a step.
  func outputs(_ step: Int) -> UnsafePointer<Float> { post + step * outputs }
}
