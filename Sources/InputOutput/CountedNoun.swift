/// "1 chip", "2 chips": a number with its noun.
///
/// - Parameter plural: of nouns that do not end in "s" then.
public func counted(_ number: Int, _ noun: String, plural: String? = nil) -> String {
  number == 1 ? "1 \(noun)" : "\(number) \(plural ?? noun + "s")"
}
