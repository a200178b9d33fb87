/// The name among `known` that a misspelt `name` most likely meant, or `nil` where none is near.
///
/// Nearness is the Levenshtein distance, ignoring case and treating `_` as `-`; a candidate further
/// than a third of the longer name (at least 2) is not offered.
/// - Complexity: O(`known.count` · length²).
public func nearestName(to name: String, among known: some Sequence<String>) -> String? {
  let wanted = folded(name)
  var best: (name: String, distance: Int)?
  for candidate in known {
    let other = folded(candidate)
    let distance = editDistance(wanted, other)
    guard distance <= max(2, max(wanted.count, other.count) / 3) else { continue }
    if best == nil || distance < best!.distance { best = (candidate, distance) }
  }
  return best?.name
}

/// "unknown KIND 'x'; did you mean 'y'?" or, where nothing is near, the list of what is known.
public func unknownName(_ kind: String, _ name: String, known: [String]) -> String {
  if let near = nearestName(to: name, among: known) {
    return "unknown \(kind) '\(name)', did you mean '\(near)'?"
  }
  return "unknown \(kind) '\(name)', known are \(known.sorted().joined(separator: ", "))"
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
