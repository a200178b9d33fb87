import Foundation
import InputOutput

extension ActivationFunction {
  /// The names of the functions that are known, in alphabetical order.
  public static var names: [String] { registry.keys.sorted() }

  /// The function called `name`.
  /// - Throws: `InputError` with the nearest name where there is none.
  public static func named(_ name: String) throws(InputError) -> ActivationFunction {
    guard let function = registry[name] else {
      throw InputError("--function", unknownName("activation", name, known: names))
    }
    return function
  }

  // The default output ranges of sigmoid, tanh, softplus, softsign, ELU and SELU are those of the
  // step tables that the tests hold against; the others cover about the same inputs.
  private static let registry: [String: ActivationFunction] = Dictionary(
    uniqueKeysWithValues: [
      linear, relu, clippedReLU, sigmoid, hardSigmoid, tanh, hardTanh, softplus, softsign, elu,
      selu, exponential, squareRoot, logarithm,
    ].map { ($0.name, $0) })

  /// y = x over −1…1.
  public static let linear = ActivationFunction(
    name: "linear", outputRange: -1...1, value: { $0 }, inverse: { $0 })

  /// y = max(0, x) over 0…4.
  public static let relu = ActivationFunction(
    name: "relu", outputRange: 0...4, value: { max(0, $0) },
    inverse: { $0 > 0 ? $0 : .nan })

  /// y = min(max(0, x), 6).
  public static let clippedReLU = ActivationFunction(
    name: "clipped-relu", outputRange: 0...6, value: { min(max(0, $0), 6) },
    inverse: { $0 > 0 && $0 < 6 ? $0 : .nan })

  /// y = 1/(1 + exp(−x)).
  public static let sigmoid = ActivationFunction(
    name: "sigmoid", outputRange: 0...1, value: { 1 / (1 + exp(-$0)) },
    inverse: { log($0 / (1 - $0)) })

  /// y = min(max(0, 0.2·x + 0.5), 1), with ONNX's default slope.
  public static let hardSigmoid = ActivationFunction(
    name: "hard-sigmoid", outputRange: 0...1, value: { min(max(0, 0.2 * $0 + 0.5), 1) },
    inverse: { $0 > 0 && $0 < 1 ? ($0 - 0.5) * 5 : .nan })

  /// y = tanh(x).
  public static let tanh = ActivationFunction(
    name: "tanh", outputRange: -1...1, value: { Foundation.tanh($0) },
    inverse: { atanh($0) })

  /// y = min(max(−1, x), 1).
  public static let hardTanh = ActivationFunction(
    name: "hard-tanh", outputRange: -1...1, value: { min(max(-1, $0), 1) },
    inverse: { abs($0) < 1 ? $0 : .nan })

  /// y = ln(1 + exp(x)) over 0…4.
  public static let softplus = ActivationFunction(
    name: "softplus", outputRange: 0...4, value: { max($0, 0) + log1p(exp(-abs($0))) },
    inverse: { $0 + log(-expm1(-$0)) })

  /// y = x/(1 + |x|) over −0.8…0.8.
  public static let softsign = ActivationFunction(
    name: "softsign", outputRange: -0.8...0.8, value: { $0 / (1 + abs($0)) },
    inverse: { abs($0) < 1 ? $0 / (1 - abs($0)) : .nan })

  /// y = x for x ≥ 0, exp(x) − 1 below, over −1…3.
  public static let elu = ActivationFunction(
    name: "elu", outputRange: -1...3, value: { $0 >= 0 ? $0 : expm1($0) },
    inverse: { $0 >= 0 ? $0 : log1p($0) })

  /// y = λ·x for x ≥ 0, λ·α·(exp(x) − 1) below, over −λα…3 (Klambauer et al., NeurIPS 2017).
  public static let selu = {
    let scale = 1.0507009873554805
    let depth = scale * 1.6732632423543772
    return ActivationFunction(
      name: "selu", outputRange: (-depth)...3, value: { $0 >= 0 ? scale * $0 : depth * expm1($0) },
      inverse: { $0 >= 0 ? $0 / scale : log1p($0 / depth) })
  }()

  /// y = exp(x) over 0…1: what softmax needs once the largest input is taken off.
  public static let exponential = ActivationFunction(
    name: "exponential", outputRange: 0...1, value: { exp($0) },
    inverse: { log($0) })

  /// y = √x over 0…2, and 0 for x < 0.
  public static let squareRoot = ActivationFunction(
    name: "square-root", outputRange: 0...2, value: { max(0, $0).squareRoot() },
    inverse: { $0 > 0 ? $0 * $0 : .nan })

  /// y = ln(x) over −2…2, and −∞ for x ≤ 0.
  public static let logarithm = ActivationFunction(
    name: "logarithm", outputRange: -2...2, value: { $0 > 0 ? log($0) : -.infinity },
    inverse: { exp($0) })
}
