import ArgumentParser

/// Named cases that print machine-readable figures with the baseline beside them.
@main
struct Benchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Runs the benchmark cases.",
    subcommands: [
      DynamicsBenchmarks.self, InSituBenchmarks.self, MapBenchmarks.self, PulseBenchmarks.self,
      RampBenchmarks.self, RecurrentBenchmarks.self, ResultsBenchmarks.self,
      ReservoirBenchmarks.self, SettlingBenchmarks.self, SpikeBenchmarks.self, SweepBenchmarks.self,
      TileBenchmarks.self, TrainingBenchmarks.self, WireBenchmarks.self,
    ])
}
