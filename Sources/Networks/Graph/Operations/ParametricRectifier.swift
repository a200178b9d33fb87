import InputOutput
internal import StrictYAML

/// A rectifier whose slope below zero is learned: y = x where x > 0, else α·x, with one α for all numbers or one per
/// place of an axis, the channel.
///
/// Source: He, Zhang, Ren and Sun, ICCV 2015, doi 10.1109/ICCV.2015.123, where α begins at 0.25. At x = 0 the slope
/// is taken to be α.
struct ParametricRectifier: LayerOperation {
  /// α, one number or one per place of `axis`.
  let slopes: [Float]
  /// The axis of one sample along which α changes.
  let axis: Int
  let outputShape: [Int]
  let storage = LayerStorage.overInput
  let adjointReads = AdjointReads.inputs
  var functionEvaluations: Int { outputShape.reduce(1, *) }
  var parameters: [OperationArray] { [OperationArray(name: "weight", values: slopes)] }

  /// Neighboring numbers that share α.
  private var run: Int {
    slopes.count == 1
      ? outputShape.reduce(1, *) : outputShape.dropFirst(axis + 1).reduce(1, *)
  }

  /// - Precondition: one slope, or one per place of an axis of `shape`.
  init(slopes: [Float], axis: Int, shape: [Int]) {
    precondition(slopes.count == 1 || slopes.count == shape[axis], "one slope, or one per channel")
    self.slopes = slopes
    self.axis = axis
    outputShape = shape
  }

  func replacing(parameters: [[Float]], buffers: [[Float]]) -> any LayerOperation {
    ParametricRectifier(slopes: parameters[0], axis: axis, shape: outputShape)
  }

  func apply(_ inputs: LayerInputs, into output: LayerOutput, _ context: LayerContext) {
    rectify(inputs[0], into: output, samples: 0..<context.samples, slopes: slopes)
  }

  func forward(
    _ inputs: LayerInputs, into output: LayerOutput, _ context: TrainingContext,
    _ tape: OperationTape
  ) {
    nonisolated(unsafe) let (x, y) = (inputs[0], output)  // safe: samples are disjoint
    let slopes = tape.parameters[0]
    context.forEachBlock(size: outputShape.reduce(1, *)) {
      rectify(x, into: y, samples: $0, slopes: slopes)
    }
  }

  /// dx = dy where x > 0, else α·dy; dα = Σ x·dy over the x that are not above 0.
  func adjoint(_ values: AdjointValues, _ context: TrainingContext, _ tape: OperationTape) {
    let (size, count, slopes) = (outputShape.reduce(1, *), slopes.count, tape.parameters[0])
    let together = TrainingContext.samplesPerBlock(size: size)
    let blocks = (context.samples + together - 1) / together
    // Safe: samples are disjoint, and so are the sums of blocks.
    nonisolated(unsafe) let (x, dy) = (values.inputs[0], values.outputGradient)
    nonisolated(unsafe) let dx = values.inputGradients[0]
    nonisolated(unsafe) let sums = context.workspace.floats(0, blocks * count)
    context.forEachBlock(size: size) { samples in
      let own = sums + samples.lowerBound / together * count
      own.update(repeating: 0, count: count)
      forEachRun(samples) { start, channel in
        let slope = slopes[channel]
        var sum: Float = 0
        for i in start..<start + run {
          let (value, gradient) = (x[i], dy[i])
          if value <= 0 { sum += value * gradient }
          if let dx { dx[i] = value > 0 ? gradient : slope * gradient }
        }
        own[channel] += sum
      }
    }
    for k in 0..<count {
      tape.gradients[0][k] = (0..<blocks).reduce(Float(0)) { $0 + sums[$1 * count + k] }
    }
  }

  private func rectify(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, samples: Range<Int>,
    slopes: [Float]
  ) {
    forEachRun(samples) { start, channel in
      let slope = slopes[channel]
      for i in start..<start + run { y[i] = x[i] > 0 ? x[i] : slope * x[i] }
    }
  }

  /// Calls `body` with the first place of every run of numbers that share α, and the number of that α.
  private func forEachRun(_ samples: Range<Int>, _ body: (_ start: Int, _ channel: Int) -> Void) {
    let (size, run) = (outputShape.reduce(1, *), run)
    for (k, start) in stride(
      from: samples.lowerBound * size, to: samples.upperBound * size, by: max(1, run)
    ).enumerated() { body(start, k % slopes.count) }
  }
}

extension NetworkBuilder {
  /// max(0, x) + α·min(0, x).
  ///
  /// - Parameters:
  ///   - slopes: α, one number or one per place of `axis`.
  ///   - axis: the axis of one sample that they belong to.
  /// - Throws: `InputError` where their number fits neither.
  public mutating func parametricRectifier(
    _ x: Value, slopes: [Float], axis: Int = 0, name: String
  ) throws(InputError) -> Value {
    let shape = shape(of: x)
    guard slopes.count == 1 || shape.indices.contains(axis) && slopes.count == shape[axis] else {
      throw fault(
        name,
        "has \(slopes.count) slopes, one or one per place of axis \(axis) of the shape "
          + "\(describe(shape: shape)) is expected")
    }
    guard slopes.allSatisfy(\.isFinite) else { throw fault(name, "a slope is not a finite number") }
    return try add(
      ParametricRectifier(slopes: slopes, axis: axis, shape: shape), [x], name: name)
  }
}

/// A rectifier with learned slopes below zero: NAME.weight, one or `slopes` numbers.
struct ParametricRectifierDescription: LayerDescription, ONNXReadable {
  static let types = ["prelu"]
  var type: String { "prelu" }
  var hasArrays: Bool { true }
  var hasOperator: Bool { true }

  /// Whether all numbers share one slope, or each channel, a place of the first axis, has its own.
  let isShared: Bool

  init?(type: String, _ node: StrictNode) { isShared = node.flag("shared", default: false) }

  var keys: [(key: String, value: String)] { isShared ? [("shared", "true")] : [] }

  func initialArrays(input: [Int]) -> [(name: String, shape: [Int], values: [Float])] {
    let count = isShared ? 1 : input.first ?? 1
    return [("weight", [count], Array(repeating: 0.25, count: count))]
  }

  func add(
    to builder: inout NetworkBuilder, _ inputs: [Value], name: String, _ arrays: LayerArrays
  ) throws(InputError) -> Value {
    let count = isShared ? 1 : builder.shape(of: inputs[0]).first ?? 1
    return try builder.parametricRectifier(
      inputs[0], slopes: try arrays.vector("\(name).weight", count: count), name: name)
  }

  func write(to graph: inout ONNXGraphWriter, _ layer: ONNXGraphWriter.Context) throws(InputError) {
    let x = graph.value
    var slopes = try graph.weight("\(layer.name).weight")
    if !isShared, layer.shape.count > 1 {
      // The operator aligns shapes at their last axis.
      graph.value = slopes
      let ones = Array(repeating: Int64(1), count: layer.shape.count - 1)
      graph.add("Reshape", [graph.constant(integers: [Int64(layer.shape[0])] + ones)], [])
      slopes = graph.value
    }
    graph.value = x
    graph.add("PRelu", [slopes], [])
  }

  static let operators: [String: ONNXOperator] = [
    "PRelu": { (importer, call) throws(InputError) in
      let x = try importer.floating(call.input(0), call)
      let slopes = try importer.constant(call.input(1), "slope", call)
      let rank = importer.rank(x)
      let long = slopes.shape.indices.filter { slopes.shape[$0] != 1 }
      guard long.count <= 1, slopes.shape.count <= rank else {
        throw call.fault(
          "slopes of the shape \(slopes.shape) change along several axes, along one they are read")
      }
      let axis = try long.first.map { (place) throws(InputError) in
        try importer.sampleAxis(place + rank - slopes.shape.count, of: x, call)
      }
      let shape = importer.sampleShape(x)
      guard axis.map({ shape[$0] == slopes.elements.count }) ?? (slopes.elements.count == 1) else {
        throw call.fault(
          "has \(slopes.elements.count) slopes for a value of \(importer.description(x))")
      }
      let operation = ParametricRectifier(slopes: slopes.elements, axis: axis ?? 0, shape: shape)
      return [try importer.apply(operation, [x], batchAxis: x.batchAxis, call)]
    }
  ]
}
