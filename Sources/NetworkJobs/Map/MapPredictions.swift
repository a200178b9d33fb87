import ArrayFiles
import Networks

/// What the digital network and every chip give for the evaluated samples, as `predictions.npz` holds it.
struct MapPredictions {
  let task: MapTask
  /// The outputs of the digital network, samples first.
  let digital: Tensor
  /// The outputs of all chips, chip after chip.
  let outputs: [Float]
  let chips: Int

  /// The most outputs that are written to a file: 256 MiB.
  static let mostOutputs = 1 << 26

  /// "outputs", chips × samples × outputs, and "digital", samples × outputs (of sequences samples × places × outputs);
  /// for classes "classes" and "digital-classes", −1 where a sample has none, and the true "labels"; else "targets". Of drawn
  /// weights neither labels nor targets.
  var arrays: [(name: String, array: NumericArray)] {
    let count = digital.sampleCount
    var places: [Int] = []
    if case .symbols(_, let number) = task.answered { places = [number] }
    let size = digital.sampleSize / places.reduce(1, *)
    var arrays = [
      (
        name: "outputs",
        array: NumericArray(shape: [chips, count] + places + [size], floats: outputs)
      ), ("digital", NumericArray(shape: [count] + places + [size], floats: digital.elements)),
    ]
    func classes(_ outputs: Tensor, _ shape: [Int]) -> NumericArray {
      NumericArray(shape: shape, integers: task.classes(of: outputs).map { Int64($0 ?? -1) })
    }
    let all = Tensor(shape: [chips * count, digital.sampleSize], elements: outputs)
    // Every output that stands for a label of its own is a class.
    if let shape = task.classShape(samples: count, outputs: digital.sampleSize) {
      arrays.append(("classes", classes(all, [chips] + shape)))
      arrays.append(("digital-classes", classes(digital, shape)))
    }
    switch task {
    case .classes(let labels, _), .symbols(let labels, _):
      arrays.append(
        ("labels", NumericArray(shape: [count] + places, integers: labels.map { Int64($0) })))
    case .probabilities(let targets, _), .values(let targets, _):
      arrays.append(
        ("targets", NumericArray(shape: [count, targets.sampleSize], floats: targets.elements)))
    case .digital: break
    }
    return arrays
  }
}
