import ArrayFiles
import Foundation
import InputOutput
import PhysicalUnits

/// Measured trains of pulses: the state before the first pulse and after each.
public struct PulseMeasurement: Sendable, Hashable {
  /// One train.
  public struct Train: Sendable, Hashable {
    /// The direction of its pulses.
    public var direction: PulseDirection
    /// The states, from the one before the first pulse on.
    public var states: [Double]

    /// A train; the state before its first pulse comes first.
    public init(_ direction: PulseDirection, _ states: [Double]) {
      self.direction = direction
      self.states = states
    }
  }

  /// The trains.
  public var trains: [Train]
  /// Whether the states are conductances in siemens, by the heads of the file.
  public private(set) var isConductance = false

  /// Trains of two states at least.
  public init(_ trains: [Train]) { self.trains = trains.filter { $0.states.count > 1 } }

  /// Reads a table with a column `up` and a column `down` (or one of them): the state after pulse
  /// 0, 1, 2 … of a train up and of one down, in the order of the rows. Empty fields end a column.
  ///
  /// A head `up (uS)` says that the states are conductances; they are then in siemens.
  ///
  /// - Parameter unit: what 1 in the file is worth in state units.
  /// - Throws: `InputError` where neither column is there, a field is not a finite number, or a
  ///   unit is not one of conductance.
  public init(csv path: String, unit: Double = 1) throws(InputError) {
    let table = try CSVTable(path: path)
    var trains: [Train] = []
    var units: Set<Bool> = []
    for (name, direction) in [("up", PulseDirection.up), ("down", .down)] {
      guard let column = table.columns.firstIndex(where: { ColumnHead.name(of: $0) == name }) else {
        continue
      }
      let scale = try Self.siemens(table.columns[column], source: path)
      units.insert(scale != nil)
      var states: [Double] = []
      var gap: Int?
      for (i, row) in table.rows.enumerated() {
        if row[column].isEmpty {
          gap = gap ?? i
          continue
        }
        if let gap {
          throw InputError(
            path, at: table.place(row: gap),
            "the column '\(name)' has no state here, and one behind it: every pulse of a train needs the state after it"
          )
        }
        guard let value = Double(row[column]), value.isFinite else {
          throw InputError(
            path, at: table.place(row: i), "'\(row[column])' is not a finite number")
        }
        states.append(value * (scale ?? 1) * unit)
      }
      trains.append(Train(direction, states))
    }
    if units.count > 1 {
      throw InputError(path, "one of the columns 'up' and 'down' has a unit and one has none")
    }
    self.init(trains)
    isConductance = units.contains(true)
    func change(_ direction: PulseDirection) -> Double {
      self.trains.first { $0.direction == direction }.map { $0.states.last! - $0.states[0] } ?? 0
    }
    if change(.up) < 0, change(.down) > 0 {
      throw InputError(
        path,
        "the states of 'up' fall and those of 'down' rise: exchange the columns, or give conductances where they are resistances"
      )
    }
    if self.trains.isEmpty {
      throw InputError(
        path,
        "needs a column 'up' or 'down', with its unit as in 'up (uS)', and at least two numbers in it: its columns are "
          + table.columns.map { "'\($0)'" }.joined(separator: ", "))
    }
  }

  /// 1e-6 for "up (uS)", `nil` for a head without a unit.
  private static func siemens(_ head: String, source: String) throws(InputError) -> Double? {
    guard let unit = ColumnHead.unit(of: head) else { return nil }
    guard let value = UnitValue(parsing: "1 \(unit)"), value.unit == "S" else {
      throw InputError(source, "the column '\(head)' is not in siemens")
    }
    return value.value
  }

  /// The lowest and the highest state.
  public var range: ClosedRange<Double> {
    let all = trains.flatMap(\.states)
    return (all.min() ?? 0)...(all.max() ?? 1)
  }
}

/// The head of a measured column, "Current (uA)".
package enum ColumnHead {
  /// "current" for "Current (uA)".
  package static func name(of head: String) -> String {
    head.prefix { $0 != "(" }.trimmingCharacters(in: .whitespaces).lowercased()
  }

  /// "uA" for "Current (uA)"; `nil` without a unit.
  package static func unit(of head: String) -> Substring? {
    guard let open = head.firstIndex(of: "("), let close = head.lastIndex(of: ")"), open < close
    else { return nil }
    return head[head.index(after: open)..<close]
  }
}
