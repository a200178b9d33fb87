import InputOutput
import Networks
import Randomness
import StrictYAML
import Training

/// The section `partner` of a run file: a second kind of samples, and which of its classes belongs to which class of `data`.
/// The rule reads `partner.network`.
struct PartnerRequest {
  /// Which pairs no step is made on.
  enum HeldOut {
    /// So many, drawn by the seed.
    case count(Int)
    /// Those of these classes of `data`.
    case classes([String])
  }

  /// The samples.
  var data: TrainingFile.Data
  /// The classes of both kinds, by name or by number; `nil` for those of the same number.
  private var pairs: [[String]]?
  /// Whether the seed draws which class of the partner belongs to which.
  private var isShuffled: Bool
  private var heldOut: HeldOut
  private let node: StrictNode

  init(reading node: StrictNode) {
    self.node = node
    data = TrainingFile.data(node.mapping("data"))
    pairs = node.has("pairs") ? Self.pairs(node.child("pairs")) : nil
    isShuffled = node.flag("shuffled", default: false)
    let key = "held-out-pairs"
    heldOut =
      node.child(key).isList
      ? .classes(node.child(key).elements().compactMap { $0.text() })
      : .count(node.integer(key, in: 0...1 << 16, default: 0))
  }

  private static func pairs(_ list: StrictNode) -> [[String]] {
    list.elements().compactMap { entry in
      let classes = entry.elements().compactMap { $0.text() }
      guard classes.count == 2 else {
        entry.fault("a class of 'data' and one of 'partner' are expected, such as [0, yes]")
        return nil
      }
      return classes
    }
  }

  /// The classes of `data` and of `partner` that belong together, the trained pairs first; faults go to the run file.
  ///
  /// - Parameters:
  ///   - names: the classes of `data` by name, and those of the partner.
  ///   - key: of all draws.
  func resolved(
    _ names: (data: [String], partner: [String]), key: StreamKey
  ) -> (pairs: [(data: Int, partner: Int)], trainedCount: Int)? {
    let place = node.child("pairs")
    var found: [(data: Int, partner: Int)] = []
    if let pairs {
      for classes in pairs {
        guard let own = Self.place(of: classes[0], among: names.data, place),
          let other = Self.place(of: classes[1], among: names.partner, place)
        else { return nil }
        found.append((own, other))
      }
    } else {
      found = (0..<min(names.data.count, names.partner.count)).map { ($0, $0) }
    }
    for (classes, all) in [(found.map(\.data), names.data), (found.map(\.partner), names.partner)] {
      if let twice = classes.first(where: { name in classes.count { $0 == name } > 1 }) {
        place.fault("the class '\(all[twice])' is in two pairs, and a class has one partner")
        return nil
      }
    }
    if isShuffled {
      var stream = RandomStream(key.child("shuffled"))
      let others = found.map(\.partner)
      for (k, from) in stream.permutation(found.count).enumerated() {
        found[k].partner = others[from]
      }
    }
    return divided(found, names.data, key: key)
  }

  /// The pairs, those that are trained first.
  private func divided(
    _ pairs: [(data: Int, partner: Int)], _ names: [String], key: StreamKey
  ) -> (pairs: [(data: Int, partner: Int)], trainedCount: Int)? {
    let place = node.child("held-out-pairs")
    var out: Set<Int> = []
    switch heldOut {
    case .count(let count):
      var stream = RandomStream(key.child("held-out"))
      out = Set(stream.permutation(pairs.count).prefix(count))
    case .classes(let classes):
      for name in classes {
        guard let own = Self.place(of: name, among: names, place) else { return nil }
        guard let pair = pairs.firstIndex(where: { $0.data == own }) else {
          place.fault("the class '\(name)' is in no pair")
          return nil
        }
        out.insert(pair)
      }
    }
    let trained = pairs.indices.filter { !out.contains($0) }
    guard out.count != 1, trained.count > 1 else {
      place.fault(
        "\(pairs.count) pairs leave \(trained.count) for training and \(out.count) held out: training takes at least 2, "
          + "and of a single held-out pair nothing can be told")
      return nil
    }
    return ((trained + out.sorted()).map { pairs[$0] }, trained.count)
  }

  /// The number of a class by its name, or by its number.
  private static func place(of name: String, among all: [String], _ node: StrictNode) -> Int? {
    if let place = all.firstIndex(of: name) { return place }
    if let number = Int(name), all.indices.contains(number) { return number }
    node.fault(unknownName("class", name, known: all))
    return nil
  }
}
