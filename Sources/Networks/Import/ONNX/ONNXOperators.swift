import InputOutput

/// Adds one node to the network and gives what its outputs stand for.
typealias ONNXOperator =
  @Sendable (inout ONNXImporter, ONNXCall) throws(InputError) -> [ONNXValue]

/// The operators that can be read. To add one see docs/add-a-layer.md.
let onnxOperators: [String: ONNXOperator] = onnxLayers.merging(onnxShapeOperators) { a, _ in a }
  .merging(LayerDescriptions.operators) { a, _ in a }

/// The operators that compute.
private let onnxLayers: [String: ONNXOperator] = [
  "Abs": { (i, c) throws(InputError) in try i.activation(c, .absolute) },
  "Add": { (i, c) throws(InputError) in try i.binary(c, .add) },
  "AveragePool": { (i, c) throws(InputError) in try i.pool(c) },
  "BatchNormalization": { (i, c) throws(InputError) in try i.batchNormalization(c) },
  "Clip": { (i, c) throws(InputError) in try i.clip(c) },
  "Conv": { (i, c) throws(InputError) in try i.convolution(c) },
  "Div": { (i, c) throws(InputError) in try i.binary(c, .divide) },
  "Elu": { (i, c) throws(InputError) in
    try i.activation(c, .elu(alpha: c.float("alpha", 1), scale: 1))
  },
  "Erf": { (i, c) throws(InputError) in try i.activation(c, .erf) },
  "GRU": { (i, c) throws(InputError) in
    try i.recurrent(c, .gru(resetsAfter: c.integer("linear_before_reset", 0) != 0))
  },
  "Gelu": { (i, c) throws(InputError) in
    try i.activation(c, c.text("approximate", "none") == "tanh" ? .geluTanh : .gelu)
  },
  "Gemm": { (i, c) throws(InputError) in try i.gemm(c) },
  "GlobalAveragePool": { (i, c) throws(InputError) in try i.globalAveragePool(c) },
  "GroupNormalization": { (i, c) throws(InputError) in try i.groupNormalization(c) },
  "HardSigmoid": { (i, c) throws(InputError) in
    try i.activation(
      c, .hardSigmoid(slope: c.float("alpha", 0.2), offset: c.float("beta", 0.5)))
  },
  "HardSwish": { (i, c) throws(InputError) in try i.activation(c, .hardSwish) },
  "InstanceNormalization": { (i, c) throws(InputError) in try i.instanceNormalization(c) },
  "LSTM": { (i, c) throws(InputError) in try i.recurrent(c, .lstm) },
  "LayerNormalization": { (i, c) throws(InputError) in try i.layerNormalization(c) },
  "LeakyRelu": { (i, c) throws(InputError) in
    try i.activation(c, .leakyRelu(slope: c.float("alpha", 0.01)))
  },
  "LogSoftmax": { (i, c) throws(InputError) in try i.softmax(c, isLogarithmic: true) },
  "LpNormalization": { (i, c) throws(InputError) in try i.lengthNormalization(c) },
  "MatMul": { (i, c) throws(InputError) in try i.matrixProduct(c) },
  "MaxPool": { (i, c) throws(InputError) in try i.pool(c) },
  "Mish": { (i, c) throws(InputError) in try i.activation(c, .mish) },
  "Mul": { (i, c) throws(InputError) in try i.binary(c, .multiply) },
  "Pow": { (i, c) throws(InputError) in try i.power(c) },
  "RNN": { (i, c) throws(InputError) in try i.recurrent(c, .plain) },
  "ReduceMax": { (i, c) throws(InputError) in try i.reduce(c, .maximum) },
  "ReduceMean": { (i, c) throws(InputError) in try i.reduce(c, .mean) },
  "ReduceMin": { (i, c) throws(InputError) in try i.reduce(c, .minimum) },
  "ReduceSum": { (i, c) throws(InputError) in try i.reduce(c, .sum) },
  "Relu": { (i, c) throws(InputError) in try i.activation(c, .relu) },
  "Selu": { (i, c) throws(InputError) in
    try i.activation(
      c, .elu(alpha: c.float("alpha", 1.673_263_2), scale: c.float("gamma", 1.050_701)))
  },
  "Sigmoid": { (i, c) throws(InputError) in try i.activation(c, .sigmoid) },
  "Softmax": { (i, c) throws(InputError) in try i.softmax(c, isLogarithmic: false) },
  "Softplus": { (i, c) throws(InputError) in try i.activation(c, .softplus) },
  "Sqrt": { (i, c) throws(InputError) in try i.activation(c, .power(exponent: 0.5)) },
  "Sub": { (i, c) throws(InputError) in try i.binary(c, .subtract) },
  "Tanh": { (i, c) throws(InputError) in try i.activation(c, .tanh) },
]

/// The operators that only move numbers, or compute with shapes.
private let onnxShapeOperators: [String: ONNXOperator] = [
  "Cast": { (i, c) throws(InputError) in try i.cast(c) },
  "Concat": { (i, c) throws(InputError) in try i.concatenate(c) },
  "Constant": { (i, c) throws(InputError) in try i.constant(c) },
  "ConstantOfShape": { (i, c) throws(InputError) in try i.constantOfShape(c) },
  "Dropout": { (i, c) throws(InputError) in try i.dropout(c) },
  "Expand": { (i, c) throws(InputError) in try i.expand(c) },
  "Flatten": { (i, c) throws(InputError) in try i.flatten(c) },
  "Gather": { (i, c) throws(InputError) in try i.gather(c) },
  "Identity": { (_, c) throws(InputError) in [try c.input(0)] },
  "Mod": { (i, c) throws(InputError) in try i.remainder(c) },
  "Pad": { (i, c) throws(InputError) in try i.pad(c) },
  "Reshape": { (i, c) throws(InputError) in try i.reshape(c) },
  "Resize": { (i, c) throws(InputError) in try i.resize(c) },
  "Shape": { (i, c) throws(InputError) in try i.shape(c) },
  "Slice": { (i, c) throws(InputError) in try i.slice(c) },
  "Split": { (i, c) throws(InputError) in try i.split(c) },
  "Squeeze": { (i, c) throws(InputError) in try i.squeeze(c) },
  "Transpose": { (i, c) throws(InputError) in try i.transpose(c) },
  "Unsqueeze": { (i, c) throws(InputError) in try i.unsqueeze(c) },
  "Upsample": { (i, c) throws(InputError) in try i.resize(c) },
]
