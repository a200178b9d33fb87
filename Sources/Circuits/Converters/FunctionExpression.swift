import Foundation
import InputOutput

/// A function of x written as an expression: `+ - * / ^`, parentheses, numbers, x, pi, e and the
/// functions of `FunctionExpression.functions`. `^` binds to the right, before a sign: −x^2 is −(x²).
public struct FunctionExpression: Sendable {
  private indirect enum Node: Sendable {
    case number(Double)
    case argument
    case negation(Node)
    case binary(Character, Node, Node)
    case call(@Sendable (Double) -> Double, Node)
    case choice(larger: Bool, Node, Node)
  }

  private let root: Node

  /// The functions of one argument.
  public static let functions: [String: @Sendable (Double) -> Double] = [
    "exp": { exp($0) }, "ln": { log($0) }, "log": { log($0) }, "sqrt": { sqrt($0) },
    "sin": { sin($0) }, "cos": { cos($0) }, "tan": { tan($0) }, "atan": { atan($0) },
    "sinh": { sinh($0) }, "cosh": { cosh($0) }, "tanh": { tanh($0) }, "asinh": { asinh($0) },
    "erf": { erf($0) }, "abs": { abs($0) }, "expm1": { expm1($0) }, "log1p": { log1p($0) },
  ]

  /// Reads `text`.
  /// - Throws: `InputError` with the place where the expression cannot be read.
  public init(_ text: String) throws(InputError) {
    guard text.utf8.count <= 4096 else {
      throw InputError("--function", "the expression is longer than 4096 characters")
    }
    var parser = Parser(text)
    root = try parser.sum(depth: 0)
    try parser.end()
  }

  /// The value at `x`.
  public func callAsFunction(_ x: Double) -> Double { Self.evaluate(root, x) }

  private static func evaluate(_ node: Node, _ x: Double) -> Double {
    switch node {
    case .number(let value): return value
    case .argument: return x
    case .negation(let a): return -evaluate(a, x)
    case .call(let function, let a): return function(evaluate(a, x))
    case .choice(let larger, let a, let b):
      let (u, v) = (evaluate(a, x), evaluate(b, x))
      return larger ? max(u, v) : min(u, v)
    case .binary(let sign, let a, let b):
      let (u, v) = (evaluate(a, x), evaluate(b, x))
      switch sign {
      case "+": return u + v
      case "-": return u - v
      case "*": return u * v
      case "/": return u / v
      default: return pow(u, v)
      }
    }
  }

  private struct Parser {
    private let text: [Character]
    private var place = 0

    init(_ text: String) { self.text = Array(text) }

    private mutating func next() -> Character? {
      while place < text.count, text[place].isWhitespace { place += 1 }
      return place < text.count ? text[place] : nil
    }

    private func fault(_ problem: String) -> InputError {
      InputError("--function", at: "character \(place + 1) of '\(String(text))'", problem)
    }

    mutating func end() throws(InputError) {
      if let rest = next() { throw fault("'\(rest)' is not expected here") }
    }

    mutating func sum(depth: Int) throws(InputError) -> Node {
      guard depth < 100 else { throw fault("more than 100 parentheses are nested") }
      var left = try product(depth)
      while let sign = next(), sign == "+" || sign == "-" {
        place += 1
        left = .binary(sign, left, try product(depth))
      }
      return left
    }

    private mutating func product(_ depth: Int) throws(InputError) -> Node {
      var left = try signed(depth)
      while let sign = next(), sign == "*" || sign == "/" {
        place += 1
        left = .binary(sign, left, try signed(depth))
      }
      return left
    }

    private mutating func signed(_ depth: Int) throws(InputError) -> Node {
      if next() == "-" {
        place += 1
        guard depth < 100 else { throw fault("more than 100 signs are nested") }
        return .negation(try signed(depth + 1))
      }
      if next() == "+" { place += 1 }
      let base = try atom(depth)
      guard next() == "^" else { return base }
      place += 1
      return .binary("^", base, try signed(depth + 1))
    }

    private mutating func atom(_ depth: Int) throws(InputError) -> Node {
      guard let first = next() else { throw fault("the expression ends too early") }
      if first == "(" {
        place += 1
        let inner = try sum(depth: depth + 1)
        try expect(")")
        return inner
      }
      if first.isASCII, first.isNumber || first == "." { return try number() }
      guard first.isASCII, first.isLetter else { throw fault("'\(first)' is not expected here") }
      var name = ""
      while place < text.count, text[place].isASCII, text[place].isLetter || text[place].isNumber {
        name.append(text[place])
        place += 1
      }
      switch name {
      case "x": return .argument
      case "pi": return .number(.pi)
      case "e": return .number(M_E)
      case "max", "min":
        try expect("(")
        let a = try sum(depth: depth + 1)
        try expect(",")
        let b = try sum(depth: depth + 1)
        try expect(")")
        return .choice(larger: name == "max", a, b)
      default:
        guard let function = FunctionExpression.functions[name] else {
          let known = Array(FunctionExpression.functions.keys) + ["x", "pi", "e", "max", "min"]
          throw fault(unknownName("function", name, known: known))
        }
        try expect("(")
        let argument = try sum(depth: depth + 1)
        try expect(")")
        return .call(function, argument)
      }
    }

    private mutating func number() throws(InputError) -> Node {
      var digits = ""
      while place < text.count {
        let c = text[place]
        let afterExponent = digits.last == "e" || digits.last == "E"
        guard
          c.isASCII,
          c.isNumber || c == "." || c == "e" || c == "E"
            || (afterExponent && (c == "+" || c == "-"))
        else { break }
        digits.append(c)
        place += 1
      }
      guard let value = Double(digits), value.isFinite else {
        throw fault("'\(digits)' is not a number")
      }
      return .number(value)
    }

    private mutating func expect(_ character: Character) throws(InputError) {
      guard next() == character else { throw fault("'\(character)' is expected here") }
      place += 1
    }
  }
}
