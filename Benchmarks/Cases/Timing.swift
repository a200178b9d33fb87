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

/// Seconds of processor time that the process has taken, or the processes that it has started and that have ended.
///
/// Other programs on the machine change it less than the time of a clock.
func processorTime(ofChildren: Bool = false) -> Double {
  var usage = rusage()
  #if canImport(Glibc)
    getrusage(Int32(ofChildren ? RUSAGE_CHILDREN.rawValue : RUSAGE_SELF.rawValue), &usage)
  #else
    getrusage(ofChildren ? RUSAGE_CHILDREN : RUSAGE_SELF, &usage)
  #endif
  func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + 1e-6 * Double(time.tv_usec) }
  return seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

/// The least processor time of several runs of `body`, in seconds; a run repeats it until 0.1 s are over.
func leastProcessorTime(runs: Int = 5, _ body: () -> Void) -> Double {
  body()
  var best = Double.infinity
  for _ in 0..<runs {
    var count = 0
    let start = processorTime()
    var elapsed = 0.0
    repeat {
      body()
      count += 1
      elapsed = processorTime() - start
    } while elapsed < 0.1
    best = min(best, elapsed / Double(count))
  }
  return best
}

/// Prints the head of the table that `printFigure` fills.
func printFigureHead() { print("case,quantity,value,unit,baseline,times") }

/// Prints one figure: `times` is the value as a multiple of the baseline's. A quantity with commas is
/// quoted.
func printFigure(
  _ group: String, _ quantity: String, _ value: Double, _ unit: String,
  baseline: (name: String, value: Double)? = nil
) {
  let times = baseline.map { "\(value / $0.value)" } ?? ""
  let quantity = quantity.contains(",") ? "\"\(quantity)\"" : quantity
  print("\(group),\(quantity),\(value),\(unit),\(baseline?.name ?? ""),\(times)")
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
