import Foundation

/// The shortest of several runs of `body`, in seconds; a run repeats it until 0.1 s are over.
func shortest(runs: Int = 5, _ body: () -> Void) -> Double {
  body()
  var best = Double.infinity
  let clock = ContinuousClock()
  for _ in 0..<runs {
    var count = 0
    let start = clock.now
    var elapsed = Duration.zero
    repeat {
      body()
      count += 1
      elapsed = clock.now - start
    } while elapsed < .milliseconds(100)
    best = min(best, elapsed / .seconds(1) / Double(count))
  }
  return best
}

/// The shortest single run of `body` within `time`, in seconds: for bodies of 20 µs or more.
func quickest(within time: Duration = .milliseconds(800), _ body: () -> Void) -> Double {
  let clock = ContinuousClock()
  var best = Duration.seconds(3600)
  let begin = clock.now
  repeat { best = min(best, clock.measure(body)) } while clock.now - begin < time
  return best / .seconds(1)
}

/// Prints the head of the table that `printFigure` fills.
func printFigureHead() { print("case,quantity,value,unit,rival,times") }

/// Prints one figure: `times` is the value as a multiple of the rival's. A quantity with commas is
/// quoted.
func printFigure(
  _ group: String, _ quantity: String, _ value: Double, _ unit: String,
  rival: (name: String, value: Double)? = nil
) {
  let times = rival.map { "\(value / $0.value)" } ?? ""
  let quantity = quantity.contains(",") ? "\"\(quantity)\"" : quantity
  print("\(group),\(quantity),\(value),\(unit),\(rival?.name ?? ""),\(times)")
}

/// The most memory that the process has held so far, in bytes.
func peakMemory() -> Int {
  var usage = rusage()
  #if canImport(Glibc)
    getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
  #else
    getrusage(RUSAGE_SELF, &usage)
    return usage.ru_maxrss
  #endif
}
