import NumericalMethods

/// Which of the ideal diodes that are wrong, conducting backwards or blocking above their thresholds, change in a round of
/// principal pivoting.
///
/// All at once while their number falls, and for seven rounds more; then the last alone until fewer are wrong than ever before
/// (Júdice and Pires, Comput. Oper. Res. 21, 587, 1994, doi:10.1016/0305-0548(94)90106-6). The last alone is Murty's rule
/// (Opsearch 11, 123, 1974), under which no set of conducting diodes comes back where currents rise strictly with voltages:
/// a diode changes when all before it are right, and returning to its former state would contradict monotonicity.
struct BlockPivoting {
  /// How often the set was changed.
  private(set) var rounds = 0
  private let limit: Int
  private let remedy: String
  private var fewest = Int.max
  private var patience = 8

  /// - Parameters:
  ///   - count: of ideal diodes.
  ///   - remedy: what to do where pivoting does not end; empty for nothing.
  init(count: Int, remedy: String = "") {
    limit = 100 + 10 * count
    self.remedy = remedy
  }

  /// Those of `wrong`, which is not empty, that change now.
  /// - Throws: `NumericalFailure` after 100 rounds and ten more per diode.
  mutating func changes<Diode>(_ wrong: [Diode]) throws(NumericalFailure) -> ArraySlice<Diode> {
    rounds += 1
    guard rounds <= limit else {
      throw NumericalFailure(
        "no set of conducting ideal diodes was found in \(rounds) rounds" + remedy)
    }
    if wrong.count < fewest {
      (fewest, patience) = (wrong.count, 8)
    } else {
      patience -= 1
    }
    return patience > 0 ? wrong[...] : wrong.suffix(1)
  }
}
