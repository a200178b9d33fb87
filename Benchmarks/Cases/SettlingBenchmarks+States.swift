import Circuits
import DeviceModels
import Foundation
import LinearAlgebra
import PhysicalUnits
import Randomness

extension SettlingBenchmarks {
  /// Exact steady states of networks with wires, beside ngspice on the netlists of the same circuits.
  ///
  /// All times are processor times of one thread. Three of ngspice are compared: that of the analysis alone, without start, netlist and
  /// printing (the time of a process with it less that of one that only reads the netlist); that of each further sample in the
  /// same process, which keeps the order of the matrix; and that of the whole process. Ideal diodes are clamps in the netlist, which
  /// gives ngspice the solution of which ones conduct. Ours is the time of each sample once the wires are eliminated, which is
  /// needed once between two changes of conductances and has a row of its own.
  func states() throws {
    Parallel.threadCount = 1
    for inputs in [16, 64] {
      for diode in [nil, ExponentialDiode(saturationCurrent: 1e-9, emissionVoltage: 0.026)] {
        try states(inputs: inputs, diode: diode)
      }
    }
  }

  /// A network inputs·2-16-10 of cells of 1 to 150 µS with lines of 10 Ohm per segment.
  private static func wired(inputs: Int, diode: ExponentialDiode?) -> LayeredNetwork {
    var stream = RandomStream(StreamKey(seed: 1).child("wired"))
    let sizes = [2 * inputs, 16, 10]
    let ohms = Ohms(10)
    return LayeredNetwork(
      layers: (1..<3).map { l in
        LayeredNetwork.Layer(
          conductances: Matrix(
            rowCount: sizes[l - 1], columnCount: sizes[l],
            elements: (0..<sizes[l - 1] * sizes[l]).map { _ in 1e-6 + 149e-6 * stream.uniform() }),
          bounds: l == 1 ? LayeredNetwork.excitatoryAndInhibitory(16) : LayeredNetwork.linear(10),
          wires: UniformWires(wordSegment: ohms, bitSegment: ohms, source: ohms, sense: ohms),
          diode: diode)
      })
  }

  private func states(inputs: Int, diode: ExponentialDiode?) throws {
    let layered = Self.wired(inputs: inputs, diode: diode)
    var stream = RandomStream(StreamKey(seed: 2).child("samples"))
    let samples = (0..<64).map { _ in
      LayeredNetwork.doubled((0..<inputs).map { _ in stream.uniform() }, gain: 30)
    }
    let system = try LayeredSystem(layered)
    let circuit = try LayeredCircuit(layered, inputs: samples[0])
    let name =
      "\(circuit.network.nodeCount) nodes with wires and \(diode == nil ? "ideal" : "exponential") diodes"
    let made = leastProcessorTime { _ = try? LayeredSystem(layered) }
    printFigure("settling", "\(name) wires eliminated", made * 1e3, "ms")
    let time =
      leastProcessorTime { for x in samples { _ = try? system.settled(x) } }
      / Double(samples.count)
    func row(_ baseline: (name: String, value: Double)?) {
      printFigure("settling", "\(name) steady states", 1 / time, "1/s", baseline: baseline)
    }
    row(nil)
    guard Ngspice.executable != nil else { return }
    let state = try circuit.network.steadyState(tolerance: 1e-12)
    let netlist = circuit.network.spiceNetlist(at: state, printing: circuit.units.flatMap { $0 })
    let read = try Self.run(netlist, analyses: ["echo read = 1"])
    let one = try Self.run(netlist, analyses: ["op"])
    // Clamps are those of the first sample.
    let further = (1...4).map { diode == nil ? samples[0] : samples[$0] }.map { x in
      (zip(circuit.inputs, x).map { "alter vh\($0) = \($1)" } + ["op"]).joined(separator: "\n")
    }
    let all = try Self.run(netlist, analyses: ["op"] + further)
    let found = try system.settled(samples[0]).voltages
    let others = circuit.units.joined().map { one.printed["v(n\($0))"] ?? .nan }
    let size = others.reduce(0) { max($0, abs($1)) }
    let deviation = zip(found, others).reduce(0) { max($0, abs($1.0 - $1.1)) } / size
    printFigure("settling", "\(name) largest deviation from ngspice", deviation, "1")
    row(("ngspice analysis alone", 1 / (one.time - read.time)))
    row(("ngspice further sample", Double(further.count) / (all.time - one.time)))
    row(("ngspice whole process", 1 / one.time))
  }

  /// What ngspice prints for a netlist with other commands in place of its `op`, and its processor time in seconds.
  private static func run(
    _ netlist: String, analyses: [String]
  ) throws -> (printed: [String: Double], time: Double) {
    let begin = processorTime(ofChildren: true)
    let commands = "\n" + analyses.joined(separator: "\n") + "\n"
    let printed = try Ngspice.printed(by: netlist.replacing("\nop\n", with: commands))
    return (printed, processorTime(ofChildren: true) - begin)
  }
}
