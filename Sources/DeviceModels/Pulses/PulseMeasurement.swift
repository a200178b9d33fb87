import ArrayFiles
import InputOutput

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

  /// Trains of two states at least.
  public init(_ trains: [Train]) { self.trains = trains.filter { $0.states.count > 1 } }

  /// Reads a table with a column `up` and a column `down` (or one of them): the state after pulse
  /// 0, 1, 2 … of a train up and of one down, in the order of the rows. Empty fields end a column.
  ///
  /// - Parameter unit: what 1 in the file is worth in state units.
  /// - Throws: `InputError` where neither column is there or a field is not a finite number.
  public init(csv path: String, unit: Double = 1) throws(InputError) {
    let table = try CSVTable(path: path)
    var trains: [Train] = []
    for (name, direction) in [("up", PulseDirection.up), ("down", .down)]
    where table.columns.contains(name) {
      let column = try table.column(name)
      var states: [Double] = []
      for (i, row) in table.rows.enumerated() where !row[column].isEmpty {
        guard let value = Double(row[column]), value.isFinite else {
          throw InputError(
            path, at: table.place(row: i), "'\(row[column])' is not a finite number")
        }
        states.append(value * unit)
      }
      trains.append(Train(direction, states))
    }
    self.init(trains)
    if self.trains.isEmpty {
      throw InputError(path, "needs a column 'up' or 'down' with at least two numbers")
    }
  }

  /// The lowest and the highest state.
  public var range: ClosedRange<Double> {
    let all = trains.flatMap(\.states)
    return (all.min() ?? 0)...(all.max() ?? 1)
  }
}
