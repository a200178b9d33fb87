import InputOutput
import Networks
import Testing

/// Computed series keep to their laws.
@Suite struct SeriesTaskTests {
  private static func series(
    _ task: SeriesTask, _ split: DataSplit = .train
  ) throws -> (u: [Double], y: [Double]) {
    let set = try task.series(split)
    guard case .values(let targets) = set.targets else { throw InputError("series", "no numbers") }
    #expect(set.count == 1 && set.sampleShape == [task.washOut + task.length, 1])
    return (set.samples.elements.map(Double.init), targets.elements.map(Double.init))
  }

  @Test("NARMA-10 follows its recurrence") func narma() throws {
    var task = SeriesTask(.narma)
    task.length = 500
    let (u, y) = try Self.series(task)
    // Target k belongs to the input of step washOut + k: it is y one step later.
    for k in 9..<500 - 1 {
      let t = task.washOut + k + 1
      let sum = (0..<10).reduce(0.0) { $0 + y[k - $1] }
      let next = 0.3 * y[k] + 0.05 * y[k] * sum + 1.5 * u[t - 9] * u[t] + 0.1
      #expect(abs(next - y[k + 1]) < 1e-6)
    }
    #expect(u.allSatisfy { $0 > 0 && $0 < 0.5 })
  }

  @Test("outputs of the memory task are the inputs of the steps before") func memory() throws {
    var task = SeriesTask(.memory)
    (task.length, task.delays) = (50, 7)
    let (u, y) = try Self.series(task)
    for t in 0..<50 {
      for k in 1...7 { #expect(y[t * 7 + k - 1] == u[task.washOut + t - k]) }
    }
    #expect(u.allSatisfy { abs($0) < 1 } && u.contains { $0 < -0.5 } && u.contains { $0 > 0.5 })
  }

  @Test("Mackey–Glass series follow their delay equation, and targets lie ahead")
  func mackeyGlass() throws {
    var task = SeriesTask(.mackeyGlass)
    (task.length, task.horizon) = (400, 6)
    let (x, y) = try Self.series(task)
    for k in 0..<400 - 6 { #expect(y[k] == x[task.washOut + k + 6]) }
    var (squares, power) = (0.0, 0.0)
    for t in 20..<590 {
      let slope = (8 * (x[t + 1] - x[t - 1]) - (x[t + 2] - x[t - 2])) / 12
      var tenth = x[t - 17] * x[t - 17]
      tenth = tenth * tenth * x[t - 17]
      let law = 0.2 * x[t - 17] / (1 + tenth * tenth) - 0.1 * x[t]
      squares += (slope - law) * (slope - law)
      power += law * law
    }
    #expect(squares < 1e-3 * power)
    #expect(x.max()! < 1.5 && x.min()! > 0.2)
  }

  @Test(
    "parts and seeds give other series, the same key the same one",
    arguments: SeriesTask.Kind.allCases)
  func keys(kind: SeriesTask.Kind) throws {
    var other = SeriesTask(kind)
    other.seed = 2
    let a = try Self.series(SeriesTask(kind)).u
    #expect(try Self.series(SeriesTask(kind)).u == a)
    #expect(try Self.series(SeriesTask(kind), .test).u != a)
    #expect(try Self.series(other).u != a)
  }
}
