import InputOutput
import NumericalMethods
import Reporting

/// What the replay of a claim came to.
public struct ClaimOutcome: Sendable {
  /// One check with what was measured.
  public struct Row: Sendable {
    public var check: ClaimCheck
    /// Over the rows of the study that count; of a difference, over the differences of the rows.
    public var ours: SampleStatistics
    /// Of the metric; empty for a plain number, a share among them.
    public var unit: String
    /// Why there is no number; empty where there is one.
    public var problem: String

    /// Whether the mean meets the claim.
    public var passes: Bool { problem.isEmpty && check.expectation.isMet(by: ours.mean) }
  }

  public var claim: Claim
  /// Empty where the claim was skipped.
  public var rows: [Row]
  /// Why it was not run; `nil` where it was.
  public var skipReason: String?
  /// Time of all runs, added up.
  public var seconds: Double

  /// Whether a check fails.
  public var fails: Bool { rows.contains { !$0.passes } }

  /// A claim that was not run.
  init(skipped claim: Claim, because reason: String) {
    self.claim = claim
    rows = []
    skipReason = reason
    seconds = 0
  }

  /// Compares the results in `store` with the claim.
  ///
  /// - Throws: `InputError` where the results are damaged.
  init(_ claim: Claim, store: ResultsStore) throws {
    self.claim = claim
    skipReason = nil
    seconds = try store.secondsOfRows()
    let known = try store.metricNames()
    let failure = try store.failures(limit: 1).first
    rows = try claim.checks.map { check in
      let terms = [check.term, check.subtracted].compactMap(\.self)
      for term in terms where !known.contains(where: { $0.name == term.metric }) {
        let reason =
          failure.map { "row \($0.row) failed: \($0.message)" }
          ?? unknownName("metric", term.metric, known: known.map(\.name))
        return Row(check: check, ours: SampleStatistics([]), unit: "", problem: reason)
      }
      let values = try terms.map { term in
        let all = try store.values(of: term.metric, rowCount: claim.plan.rowCount)
        return term.rows(of: claim.plan).map { all[$0] }
      }
      let differences =
        values.count > 1 ? zip(values[0], values[1]).map { $0 - $1 } : values[0]
      let isWhole = !differences.contains(where: \.isNaN)
      return Row(
        check: check, ours: SampleStatistics(differences),
        unit: known.first { $0.name == check.term.metric }?.unit ?? "",
        problem: isWhole
          ? "" : failure.map { "row \($0.row) failed: \($0.message)" } ?? "a row has no value")
    }
  }
}
