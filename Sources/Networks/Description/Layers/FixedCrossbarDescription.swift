import InputOutput
internal import StrictYAML

/// A crossbar that training does not change: NAME.weight outputs × inputs, the differences of conductances in
/// units of the full range of its converter. See `NetworkBuilder.fixedCrossbar`.
struct FixedCrossbarDescription: LayerDescription {
  static let types = ["fixed-crossbar"]
  var type: String { "fixed-crossbar" }
  var hasArrays: Bool { true }

  let curvature: Float
  let bits: Int?

  init(curvature: Float, bits: Int?) {
    self.curvature = curvature
    self.bits = bits
  }

  init?(type: String, _ node: StrictNode) {
    curvature = Float(node.number("curvature", in: 0...20, default: 0))
    bits = node.optionalInteger("bits", in: 2...16, default: nil)
  }

  var keys: [(key: String, value: String)] {
    [("curvature", "\(curvature)"), ("bits", bits.map(String.init) ?? "none")]
  }

  func add(
    to builder: inout NetworkBuilder, _ inputs: [Value], name: String, _ arrays: LayerArrays
  ) throws(InputError) -> Value {
    try builder.fixedCrossbar(
      inputs[0], weights: try arrays.matrix("\(name).weight").transposed(), curvature: curvature,
      bits: bits, name: name)
  }
}
