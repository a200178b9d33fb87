import Foundation

/// A formula of a study file, "3 * sigma + offset", or a function of x, "x/(1+exp(-x))".
///
/// Numbers, names, `+ - * / ^`, parentheses and the functions of `functions`. `^` binds to the right, before a sign:
/// −x^2 is −(x²). Where names may have hyphens, one that joins two letters or digits belongs to a name
/// (`write-error`); with a space on one side it is a minus.
public struct Formula: Sendable {
  indirect enum Node: Sendable {
    case number(Double)
    case name(String)
    case negated(Node)
    case binary(Character, Node, Node)
    case call(@Sendable ([Double]) -> Double, [Node])
  }

  /// The functions: how many arguments each takes; -1 for one or more.
  static let functions: [String: (count: Int, value: @Sendable ([Double]) -> Double)] = [
    "abs": (1, { abs($0[0]) }), "sqrt": (1, { $0[0].squareRoot() }), "exp": (1, { exp($0[0]) }),
    "log": (1, { log($0[0]) }), "ln": (1, { log($0[0]) }),
    "log10": (1, { log10($0[0]) }), "log2": (1, { log2($0[0]) }),
    "sin": (1, { sin($0[0]) }), "cos": (1, { cos($0[0]) }), "tan": (1, { tan($0[0]) }),
    "atan": (1, { atan($0[0]) }), "sinh": (1, { sinh($0[0]) }), "cosh": (1, { cosh($0[0]) }),
    "tanh": (1, { tanh($0[0]) }), "asinh": (1, { asinh($0[0]) }), "erf": (1, { erf($0[0]) }),
    "expm1": (1, { expm1($0[0]) }), "log1p": (1, { log1p($0[0]) }),
    "floor": (1, { floor($0[0]) }), "ceil": (1, { ceil($0[0]) }),
    "round": (1, { $0[0].rounded() }), "min": (-1, { $0.min()! }), "max": (-1, { $0.max()! }),
    "pow": (2, { pow($0[0], $0[1]) }),
  ]

  /// What stands for itself.
  package static let constants: [String: Double] = ["pi": .pi, "e": M_E]

  /// The formula as it was written.
  public let text: String
  let root: Node

  /// Reads `text`, in which `names` may stand.
  ///
  /// - Parameter allowsHyphens: whether names may have hyphens.
  /// - Throws: `RunError` that says what is wrong; it has no place, because the caller knows it.
  public init(
    _ text: String, names: some Collection<String>, allowsHyphens: Bool = true
  ) throws(RunError) {
    guard text.utf8.count <= 4096 else { throw RunError("the formula is longer than 4096 bytes") }
    self.text = text
    var parser = FormulaParser(text: text, names: Set(names), allowsHyphens: allowsHyphens)
    root = try parser.parse()
  }

  /// The value where `value` gives what a name stands for.
  public func value(_ value: (String) -> Double) -> Double { Self.value(of: root, value) }

  private static func value(of node: Node, _ names: (String) -> Double) -> Double {
    switch node {
    case .number(let number): return number
    case .name(let name): return names(name)
    case .negated(let inner): return -value(of: inner, names)
    case .call(let function, let arguments):
      return function(arguments.map { value(of: $0, names) })
    case .binary(let sign, let left, let right):
      let a = value(of: left, names)
      let b = value(of: right, names)
      switch sign {
      case "+": return a + b
      case "-": return a - b
      case "*": return a * b
      case "/": return a / b
      default: return pow(a, b)
      }
    }
  }
}
