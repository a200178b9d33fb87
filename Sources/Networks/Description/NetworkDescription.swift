public import ArrayFiles

/// A chain of layers told in a text file, with its weights in a safetensors or NPZ file beside it.
///
/// Arrays carry the names and the order that PyTorch's `state_dict` gives them: NAME.weight (outputs ×
/// inputs), NAME.bias, NAME.running_mean, NAME.weight_ih_l0, …, so that a saved state needs no
/// conversion. docs/networks.md shows the keys.
public struct NetworkDescription: Sendable {
  /// One layer.
  public enum Layer: Sendable, Hashable {
    /// NAME.weight outputs × inputs, NAME.bias (may be missing).
    case dense(name: String)
    /// NAME.weight outputs × inputs/groups × kernel, NAME.bias (may be missing).
    case convolution(
      name: String, strides: [Int]?, padding: [Int]?, dilations: [Int]?, groups: Int)
    /// A function of every number on its own.
    case activation(Activation)
    /// Softmax along the last axis, or its logarithm.
    case softmax(isLogarithmic: Bool)
    /// The largest value, or the mean, under a moving window.
    case pool(isMaximum: Bool, kernel: [Int], strides: [Int]?, padding: [Int]?)
    /// The mean of each channel.
    case globalAveragePool
    /// The mean over the first axis of a sequence of time × units.
    case meanOverTime
    /// Symbols' numbers as unit vectors of this many numbers.
    case oneHot(Int)
    /// The last so many places of the first axis.
    case lastSteps(Int)
    /// x / √(mean x²) along the last axis.
    case lengthNormalization
    /// The first numbers of a vector, replaced by one value.
    case overlay(count: Int, value: Float)
    /// The vectors that these layers of the list gave, one behind the other. The first layer is 1, and 0
    /// is the network's input; a single one begins a new branch.
    case concatenate([Int])
    /// What these layers of the list gave, multiplied number by number.
    case multiply([Int])
    /// One axis.
    case flatten
    /// Another shape for the same numbers.
    case reshape([Int])
    /// NAME.weight, NAME.bias, NAME.running_mean, NAME.running_var.
    case batchNormalization(name: String, epsilon: Float)
    /// NAME.weight_ih_l0, NAME.weight_hh_l0, NAME.bias_ih_l0, NAME.bias_hh_l0, with `_reverse` for the
    /// second direction; gates in PyTorch's order (i, f, g, o; r, z, n). Gives the hidden state of
    /// every step, or of the last.
    case recurrent(name: String, cell: RecurrentCell, isBidirectional: Bool, givesLast: Bool)
  }

  /// One line that says what the network is.
  public var title: String
  /// The shape of one input sample.
  public var inputShape: [Int]
  /// The layers, first to last.
  public var layers: [Layer]
  /// The weights.
  public var arrays: NamedArrays
  /// The converters that training found for dense layers and convolutions, by their place in `layers`.
  public var converters: [Int: TrainedConverters]

  /// A description; see the members.
  public init(
    title: String, inputShape: [Int], layers: [Layer], arrays: NamedArrays,
    converters: [Int: TrainedConverters] = [:]
  ) {
    self.converters = converters
    self.title = title
    self.inputShape = inputShape
    self.layers = layers
    self.arrays = arrays
  }

  /// The activations that a file can name, without parameters.
  static let plainActivations: [String: Activation] = [
    "relu": .relu, "sigmoid": .sigmoid, "tanh": .tanh, "gelu": .gelu, "gelu-tanh": .geluTanh,
  ]

  /// Every type of layer that a file can name.
  static let types =
    plainActivations.keys.sorted() + [
      "dense", "convolution", "leaky-relu", "hard-sigmoid", "clip", "softmax", "log-softmax",
      "max-pool", "average-pool", "global-average-pool", "mean-over-time", "one-hot", "last-steps",
      "flatten", "reshape", "length-normalization", "overlay", "concatenate", "multiply",
      "batch-normalization", "rnn", "lstm", "gru",
    ]
}
