/// The name among `known` that a misspelt `name` most likely meant, or `nil` where none is near.
///
/// Nearness is the Levenshtein distance, ignoring case and treating `_` as `-`; a candidate further
/// than a third of the longer name (at least 2) is not offered. Names of more than 100 bytes and more than
/// 1,000 known names are not compared.
/// - Complexity: O(`known.count` · length²), bounded by the limits.
public func nearestName(to name: String, among known: some Sequence<String>) -> String? {
  let longest = 100
  guard name.utf8.count <= longest else { return nil }
  let wanted = folded(name)
  var best: (name: String, distance: Int)?
  for candidate in known.prefix(1000) where candidate.utf8.count <= longest {
    let other = folded(candidate)
    let distance = editDistance(wanted, other)
    guard distance <= max(2, max(wanted.count, other.count) / 3) else { continue }
    if best == nil || distance < best!.distance { best = (candidate, distance) }
  }
  return best?.name
}

/// How many known names a message lists.
private let listedNames = 40

/// "unknown KIND 'x'; did you mean 'y'?" or, where nothing is near, the list of what is known.
public func unknownName(_ kind: String, _ name: String, known: [String]) -> String {
  if let near = nearestName(to: name, among: known) {
    return "unknown \(kind) '\(name)', did you mean '\(near)'?"
  }
  if known.isEmpty { return "unknown \(kind) '\(name)', none is expected here" }
  let listed = known.sorted().prefix(listedNames).joined(separator: ", ")
  let more = known.count > listedNames ? " and \(known.count - listedNames) more" : ""
  return "unknown \(kind) '\(name)', known are \(listed)\(more)"
}

private func folded(_ text: String) -> [UInt8] {
  text.lowercased().utf8.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "-") : $0 }
}

private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
  var row = Array(0...b.count)
  for i in a.indices {
    var diagonal = row[0]
    row[0] = i + 1
    for j in b.indices {
      let substitution = diagonal + (a[i] == b[j] ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substitution, min(row[j], diagonal) + 1)
    }
  }
  return row[b.count]
}
