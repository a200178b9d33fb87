extension NetworkDescription.Layer {
  /// NAME.weight outputs × inputs, NAME.bias (may be missing); no training changes weights that are `fixed`.
  public static func dense(name: String, fixed: FixedWeights? = nil) -> Self {
    Self(DenseDescription(fixed: fixed), name: name)
  }

  /// A fixed crossbar with nonlinear cells and a rectifying converter: NAME.weight outputs × inputs, in units of
  /// the converter's full range.
  public static func fixedCrossbar(name: String, curvature: Float, bits: Int?) -> Self {
    Self(FixedCrossbarDescription(curvature: curvature, bits: bits), name: name)
  }

  /// NAME.weight outputs × inputs/groups × kernel, NAME.bias (may be missing).
  public static func convolution(
    name: String, strides: [Int]? = nil, padding: [Int]? = nil, dilations: [Int]? = nil,
    groups: Int = 1
  ) -> Self {
    Self(
      ConvolutionDescription(
        strides: strides, padding: padding, dilations: dilations, groups: groups), name: name)
  }

  /// A function of every number on its own.
  public static func activation(_ activation: Activation) -> Self {
    Self(ActivationDescription(activation: activation))
  }

  /// Softmax along the last axis, or its logarithm.
  public static func softmax(isLogarithmic: Bool) -> Self {
    Self(SoftmaxDescription(isLogarithmic: isLogarithmic))
  }

  /// The largest value, or the mean, under a moving window.
  public static func pool(
    isMaximum: Bool, kernel: [Int], strides: [Int]? = nil, padding: [Int]? = nil
  ) -> Self {
    Self(
      PoolingDescription(isMaximum: isMaximum, kernel: kernel, strides: strides, padding: padding))
  }

  /// The mean over the first axis of a sequence of time × units.
  public static var meanOverTime: Self { Self(SequenceDescription.meanOverTime) }
  /// The mean over the places of the first axis of time × units that are not all zeros.
  public static var meanOfFrames: Self { Self(SequenceDescription.meanOfFrames) }
  /// Symbols' numbers as unit vectors of this many numbers.
  public static func oneHot(_ symbols: Int) -> Self { Self(SequenceDescription.oneHot(symbols)) }
  /// The last so many places of the first axis.
  public static func lastSteps(_ steps: Int) -> Self { Self(SequenceDescription.lastSteps(steps)) }
  /// x / √(mean x²) along the last axis.
  public static var lengthNormalization: Self { Self(LengthNormalizationDescription()) }
  /// A vector once for each class with its label written into it: before its numbers or in the place of the first.
  public static func labelRows(classes: Int, strength: Float, replaces: Bool) -> Self {
    Self(LabelRowsDescription(classes: classes, strength: strength, replaces: replaces))
  }
  /// The first numbers of a vector, replaced by one value.
  public static func overlay(count: Int, value: Float) -> Self {
    Self(OverlayDescription(count: count, value: value))
  }
  /// scale·x + shift, the same for all numbers.
  public static func scaleShift(scale: Float, shift: Float) -> Self {
    Self(ScaleDescription(scale: scale, shift: shift))
  }

  /// Values one behind the other along an axis. Places: the first layer is 1, and 0 is the network's input;
  /// a single one begins a new branch.
  public static func concatenate(_ places: [Int], axis: Int = 0) -> Self {
    concatenate(from: places.map { .place($0) }, axis: axis)
  }
  /// Values one behind the other along an axis.
  public static func concatenate(from: [LayerSource], axis: Int = 0) -> Self {
    Self(CombinationDescription(rule: .concatenate, axis: axis), from: from)
  }
  /// What these layers of the list gave, multiplied number by number.
  public static func multiply(_ places: [Int]) -> Self {
    Self(CombinationDescription(rule: .multiply), from: places.map { .place($0) })
  }
  /// The sum of what these layers gave, number by number: a residual connection.
  public static func add(from: [LayerSource]) -> Self {
    Self(CombinationDescription(rule: .add), from: from)
  }
  /// The matrix product of what two layers gave, over the last two axes.
  public static func matrixProduct(from: [LayerSource]) -> Self {
    Self(CombinationDescription(rule: .matrixProduct), from: from)
  }

  /// One axis.
  public static var flatten: Self { Self(ShapeDescription.flatten) }
  /// Another shape for the same numbers.
  public static func reshape(_ shape: [Int]) -> Self { Self(ShapeDescription.reshape(shape)) }
  /// The axes in another order: axis k of the result is axis `order[k]`.
  public static func transpose(_ order: [Int]) -> Self { Self(ShapeDescription.transpose(order)) }

  /// NAME.weight, NAME.bias, NAME.running_mean, NAME.running_var.
  public static func batchNormalization(name: String, epsilon: Float = 1e-5) -> Self {
    Self(BatchNormalizationDescription(epsilon: epsilon), name: name)
  }
  /// Over the last `axes` axes; NAME.weight and NAME.bias, one number for each of their places, may be
  /// missing.
  public static func layerNormalization(name: String, axes: Int = 1, epsilon: Float = 1e-5) -> Self
  {
    Self(NormalizationDescription(kind: .layer(axes: axes), epsilon: epsilon), name: name)
  }
  /// Channels in groups; NAME.weight and NAME.bias, one number a channel, may be missing.
  public static func groupNormalization(name: String, groups: Int, epsilon: Float = 1e-5) -> Self {
    Self(NormalizationDescription(kind: .group(count: groups), epsilon: epsilon), name: name)
  }
  /// Each channel on its own; NAME.weight and NAME.bias, one number a channel, may be missing.
  public static func instanceNormalization(name: String, epsilon: Float = 1e-5) -> Self {
    Self(NormalizationDescription(kind: .instance, epsilon: epsilon), name: name)
  }

  /// NAME.weight_ih_l0, NAME.weight_hh_l0, NAME.bias_ih_l0, NAME.bias_hh_l0 and, for an LSTM with a
  /// projection, NAME.weight_hr_l0; with `_reverse` for the second direction. Gates are in PyTorch's order
  /// (i, f, g, o; r, z, n). Gives the state of every step, or of the last.
  public static func recurrent(
    name: String, cell: RecurrentCell, isBidirectional: Bool = false, givesLast: Bool = true
  ) -> Self {
    Self(
      RecurrentDescription(cell: cell, isBidirectional: isBidirectional, givesLast: givesLast),
      name: name)
  }
}
