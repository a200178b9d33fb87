/// Reads a formula by recursive descent: sums of products of powers of signed atoms.
struct FormulaParser {
  enum Token: Hashable {
    case number(Double)
    case name(String)
    case sign(Character)
  }

  let text: String
  let names: Set<String>
  let allowsHyphens: Bool
  var tokens: [Token] = []
  var next = 0
  var depth = 0

  mutating func parse() throws(RunError) -> Formula.Node {
    try tokenize()
    let node = try sum()
    guard next == tokens.count else {
      throw RunError("'\(text)' goes on after its end at '\(shown(tokens[next]))'")
    }
    return node
  }

  private func shown(_ token: Token) -> String {
    switch token {
    case .number(let value): "\(value)"
    case .name(let name): name
    case .sign(let sign): String(sign)
    }
  }

  private mutating func tokenize() throws(RunError) {
    let characters = Array(text)
    var i = 0
    func isWord(_ k: Int) -> Bool {
      characters.indices.contains(k)
        && (characters[k].isLetter || characters[k].isNumber || characters[k] == "_")
    }
    while i < characters.count {
      let character = characters[i]
      if character.isWhitespace {
        i += 1
      } else if character.isNumber || character == "." {
        let start = i
        while i < characters.count {
          let one = characters[i]
          let isExponentSign =
            (one == "+" || one == "-") && i > start && "eE".contains(characters[i - 1])
            && i + 1 < characters.count && characters[i + 1].isNumber
          guard one.isNumber || one == "." || one == "e" || one == "E" || isExponentSign else {
            break
          }
          i += 1
        }
        guard let value = Double(String(characters[start..<i])), value.isFinite else {
          throw RunError("'\(String(characters[start..<i]))' in '\(text)' is not a number")
        }
        tokens.append(.number(value))
      } else if character.isLetter || character == "_" {
        let start = i
        while isWord(i) || (characters.indices.contains(i) && characters[i] == "." && isWord(i + 1))
          || (characters.indices.contains(i) && characters[i] == "-" && allowsHyphens
            && isWord(i + 1))
        {
          i += 1
        }
        tokens.append(.name(String(characters[start..<i])))
      } else if "+-*/^(),".contains(character) {
        tokens.append(.sign(character))
        i += 1
      } else {
        throw RunError("'\(character)' has no meaning in the formula '\(text)'")
      }
    }
    guard !tokens.isEmpty else { throw RunError("the formula is empty") }
  }

  private mutating func take(_ signs: String) -> Character? {
    guard next < tokens.count, case .sign(let sign) = tokens[next], signs.contains(sign) else {
      return nil
    }
    next += 1
    return sign
  }

  private mutating func sum() throws(RunError) -> Formula.Node {
    depth += 1
    defer { depth -= 1 }
    guard depth <= 64 else {
      throw RunError("the formula '\(text)' is nested deeper than 64 times")
    }
    var node = try product()
    while let sign = take("+-") { node = .binary(sign, node, try product()) }
    return node
  }

  private mutating func product() throws(RunError) -> Formula.Node {
    var node = try signed()
    while let sign = take("*/") { node = .binary(sign, node, try signed()) }
    return node
  }

  private mutating func signed() throws(RunError) -> Formula.Node {
    var isNegative = false
    while let sign = take("+-") { if sign == "-" { isNegative.toggle() } }
    let node = try power()
    return isNegative ? .negated(node) : node
  }

  private mutating func power() throws(RunError) -> Formula.Node {
    let base = try atom()
    guard take("^") != nil else { return base }
    depth += 1
    defer { depth -= 1 }
    guard depth <= 64 else {
      throw RunError("the formula '\(text)' is nested deeper than 64 times")
    }
    return .binary("^", base, try signed())
  }

  private mutating func atom() throws(RunError) -> Formula.Node {
    guard next < tokens.count else { throw RunError("the formula '\(text)' ends too early") }
    let token = tokens[next]
    next += 1
    switch token {
    case .number(let value): return .number(value)
    case .sign("("):
      let node = try sum()
      guard take(")") != nil else { throw RunError("a parenthesis of '\(text)' is left open") }
      return node
    case .sign(let sign):
      throw RunError("a number or a name is expected before '\(sign)' in '\(text)'")
    case .name(let name):
      guard take("(") != nil else {
        if let constant = Formula.constants[name] { return .number(constant) }
        guard names.contains(name) else {
          throw RunError(
            "the formula '\(text)': "
              + unknownName(
                "name", name, known: names.sorted() + Formula.constants.keys.sorted()))
        }
        return .name(name)
      }
      return try call(name)
    }
  }

  private mutating func call(_ name: String) throws(RunError) -> Formula.Node {
    guard let function = Formula.functions[name] else {
      throw RunError(
        "the formula '\(text)': "
          + unknownName("function", name, known: Formula.functions.keys.sorted()))
    }
    var arguments: [Formula.Node] = []
    if take(")") == nil {
      repeat { arguments.append(try sum()) } while take(",") != nil
      guard take(")") != nil else { throw RunError("a parenthesis of '\(text)' is left open") }
    }
    guard function.count == arguments.count || (function.count < 0 && !arguments.isEmpty) else {
      throw RunError("'\(name)' in '\(text)' takes another number of arguments")
    }
    return .call(function.value, arguments)
  }
}
