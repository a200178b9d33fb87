/// What a backward pass needs of its forward pass, and room to work; kept from step to step.
struct HardwareTape: Sendable {
  /// The inputs as the word lines had them.
  var input: [Float] = []
  /// What the output converters read, tile after tile.
  var raw: [Float] = []
  var squares: [Float] = []
  var noise: [Float] = []
  var errors: [Float] = []
  var inputErrors: [Float] = []

  mutating func reserve(inputs: Int, outputs: Int, squares count: Int) {
    Self.grow(&input, inputs)
    Self.grow(&raw, outputs)
    Self.grow(&squares, count)
  }

  mutating func reserveBack(outputs: Int, inputs: Int) {
    Self.grow(&errors, outputs)
    Self.grow(&inputErrors, inputs)
  }

  private static func grow(_ array: inout [Float], _ count: Int) {
    if array.count < count { array = Array(repeating: 0, count: count) }
  }
}
