import ArgumentParser
import Circuits
import Crossbar
import DeviceModels
import Foundation
import LinearAlgebra
import Networks
import PhysicalUnits
import Randomness

/// Wired arrays beside other programs that solve them.
struct WireBenchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wires",
    abstract: "Wired arrays beside badcrossbar, scipy, CHOLMOD and ngspice.",
    discussion: """
      Conductances are log-uniform in 1…150 µS, segments have 1 Ohm, solves go to 1e-9. With the
      path of a Python that has badcrossbar and scipy in OHMWEAVE_PEER_PYTHON they run beside
      (Benchmarks/peers/wires_python.py); CHOLMOD runs in this process, ngspice where it is installed.
      """)

  @Option(help: "The cases: vector, batch, choice, large, nonlinear, network; or all.") var cases =
    "all"

  private func has(_ name: String) -> Bool {
    cases == "all" || cases.split(separator: ",").contains(Substring(name))
  }

  func run() throws {
    printFigureHead()
    if has("vector") {
      for size in [64, 128, 256] { try vector(size, peers: size >= 128) }
    }
    if has("batch") { try batch(128, vectors: 64) }
    if has("choice") { try choice() }
    if has("large") { try large(1024) }
    if has("nonlinear") { try nonlinear(64) }
    if has("network") { try network() }
  }

  private static let ohm = UniformWires(
    wordSegment: Ohms(1), bitSegment: Ohms(1), source: Ohms(1), sense: Ohms(1))

  private func array(_ size: Int) throws -> (array: WiredArray, volts: [Double]) {
    var stream = RandomStream(StreamKey(seed: 1).child("array"))
    let g = (0..<size * size).map { _ in 1e-6 * pow(150, stream.uniform()) }
    let v = (0..<size).map { _ in stream.uniform() }
    return (
      try WiredArray(
        conductances: Matrix(rowCount: size, columnCount: size, elements: g), wires: Self.ohm), v
    )
  }

  private static func solved(_ g: Matrix<Double>, _ volts: [Double]) -> ArraySolution? {
    try? WiredArraySolver(WiredArray(conductances: g, wires: ohm)).solve(volts)
  }

  /// One vector, everything from the conductances to the currents included.
  private func vector(_ size: Int, peers: Bool) throws {
    let (array, volts) = try array(size)
    let name = "1 vectors \(size)x\(size)"
    for threads in size >= 256 ? [1, 2] : [1] {
      Parallel.threadCount = threads
      let ours = quickest { _ = Self.solved(array.conductances, volts) }
      printFigure("wires", "\(name) threads \(threads)", ours * 1e6, "us")
      guard threads == 1, peers else { continue }
      let cholmod = seconds { cholesky(array, volts) }
      printFigure(
        "wires", "\(name) threads 1", ours * 1e3, "ms", baseline: ("CHOLMOD", cholmod * 1e3))
      for program in ["badcrossbar", "scipy"] {
        let peer = Peer(
          program, script: "wires_python.py", runs: [[program, "\(size)", "1"]])
        guard let baseline = peer.baseline(name) else { continue }
        printFigure("wires", "\(name) threads 1", ours * 1e3, "ms", baseline: baseline)
      }
    }
  }

  /// The effective matrix, and what each batch then costs.
  private func batch(_ size: Int, vectors: Int) throws {
    let (array, _) = try array(size)
    let x = Noise.uniform(vectors * size, StreamKey(seed: 2)).map(Double.init)
    let inputs = (0..<vectors).map { Array(x[$0 * size..<($0 + 1) * size]) }
    var y = x
    let peer = Peer(
      "badcrossbar", script: "wires_python.py", runs: [["badcrossbar", "\(size)", "\(vectors)"]])
    let name = "\(vectors) vectors \(size)x\(size)"
    for threads in [1, 2] {
      Parallel.threadCount = threads
      let ours = quickest {
        guard let array = try? WiredArray(conductances: array.conductances, wires: Self.ohm)
        else { return }
        _ = try? WiredArraySolver(array).solve(batch: inputs)
      }
      printFigure(
        "wires", "\(name) threads \(threads)", ours * 1e3, "ms", baseline: peer.baseline(name))
      let made = quickest { _ = try? array.effectiveConductances() }
      printFigure(
        "wires", "effective conductances \(size)x\(size) threads \(threads)", made * 1e3, "ms")
    }
    let matrix = try array.effectiveConductances()
    let again = quickest { read(matrix, x, &y, vectors) }
    let bare = quickest { read(array.conductances, x, &y, vectors) }
    printFigure(
      "wires", "each further \(name)", again * 1e6, "us", baseline: ("cblas_dgemm", bare * 1e6))
  }

  /// How many vectors are as dear, solved one by one, as the effective conductances.
  private func choice() throws {
    for size in [32, 64, 128, 256] {
      let g = try array(size).array.conductances
      let x = Noise.uniform(9 * size, StreamKey(seed: 2)).map(Double.init)
      let inputs = (0..<9).map { Array(x[$0 * size..<($0 + 1) * size]) }
      for ohms in [0.1, 1, 10] {
        let wires = UniformWires(
          wordSegment: Ohms(ohms), bitSegment: Ohms(ohms), source: Ohms(ohms), sense: Ohms(ohms))
        let array = try WiredArray(conductances: g, wires: wires)
        let sweeps = try WiredArraySolver(array).solve(Array(x[..<size])).iterations
        for threads in [1, 2] {
          Parallel.threadCount = threads
          let solves = quickest(within: .milliseconds(200)) {
            _ = try? WiredArraySolver(array).solve(batch: inputs)
          }
          let made = quickest(within: .milliseconds(200)) { _ = try? array.effectiveConductances() }
          printFigure(
            "wires", "\(size)x\(size) \(ohms) Ohm \(sweeps) sweeps threads \(threads)",
            made / (solves / 9), "vectors")
        }
      }
    }
  }

  private func read(_ g: Matrix<Double>, _ x: [Double], _ y: inout [Double], _ vectors: Int) {
    let (m, n) = (g.rowCount, g.columnCount)
    BLAS.gemm(x, leading: m, g.elements, leading: n, into: &y, leading: n, m: vectors, n: n, k: m)
  }

  private func large(_ size: Int) throws {
    let (array, volts) = try array(size)
    let name = "1 vectors \(size)x\(size)"
    var ours: [Int: Double] = [:]
    for threads in [1, 2] {
      Parallel.threadCount = threads
      ours[threads] = quickest { _ = Self.solved(array.conductances, volts) }
    }
    printFigure("wires", "peak memory \(size)x\(size)", Double(peakMemory()) / 1_048_576, "MiB")
    let cholmod = seconds { cholesky(array, volts) }
    for threads in [1, 2] {
      printFigure(
        "wires", "\(name) threads \(threads)", ours[threads]! * 1e3, "ms",
        baseline: ("CHOLMOD", cholmod * 1e3))
    }
  }

  private func nonlinear(_ size: Int) throws {
    let (array, volts) = try array(size)
    Parallel.threadCount = 1
    let law = CellLaw(.sinh(steepness: 2))
    let linear = quickest { _ = Self.solved(array.conductances, volts) }
    let ours = quickest { _ = try? NonlinearArraySolver(array, law: law).solve(volts) }
    let name = "sinh cells \(size)x\(size)"
    printFigure("wires", name, ours * 1e3, "ms", baseline: ("linear solve", linear * 1e3))
    guard Ngspice.executable != nil else { return }
    let netlist = ArrayCircuit(array, law: law).spiceNetlist(
      .read(volts, columns: array.columnCount))
    let spice = seconds { _ = try? Ngspice.printed(by: netlist) }
    printFigure("wires", name, ours * 1e3, "ms", baseline: ("ngspice", spice * 1e3))
  }

  /// The demo network on 128² tiles, 10,000 images, after its cells were written.
  private func network() throws {
    let network = try ONNXReader.network(at: "Examples/mnist/mnist-mlp.onnx")
    let set = try DataSet.load("mnist", split: .test).fitting(inputShape: network.inputShape)
    Parallel.threadCount = 2
    func evaluation(_ wires: UniformWires?) throws -> (made: Double, read: Double) {
      let design = CrossbarDesign(
        device: try DeviceLibrary.load("hfo2-1t1r"), tile: TileShape(rows: 128, columns: 128),
        input: InputConverter(bits: 8), output: OutputConverter(bits: 8), wires: wires)
      var mapped = MappedNetwork(network, design: design)
      try mapped.calibrate(on: set.samples.samples(0..<256))
      let key = StreamKey(seed: 1)
      let made = seconds { _ = mapped.chip(key: key) }
      let engine = mapped.chip(key: key)
      return (made, shortest { _ = try? network.evaluate(set.samples, engine: engine) })
    }
    let without = try evaluation(nil)
    let with = try evaluation(Self.ohm)
    let name = "demo network on \(set.count) images"
    printFigure("wires", "tiles written, wires of 1 Ohm", with.made * 1e3, "ms")
    printFigure(
      "wires", "\(name), wires of 1 Ohm", with.read * 1e3, "ms",
      baseline: ("without wires", without.read * 1e3))
  }

  /// One run of `body`, in seconds.
  private func seconds(_ body: () -> Void) -> Double {
    ContinuousClock().measure(body) / .seconds(1)
  }

  /// The nodal equations by CHOLMOD: analysis, factorization and solution.
  private func cholesky(_ array: WiredArray, _ volts: [Double]) {
    let (rows, columns) = (array.rowCount, array.columnCount)
    let (words, bits) = (array.wordLineResistances, array.bitLineResistances)
    var places: [(row: Int, column: Int)] = []
    var values: [Double] = []
    func add(_ a: Int, _ b: Int?, _ g: Double) {
      places.append((a, a))
      values.append(g)
      guard let b else { return }
      places += [(b, b), (max(a, b), min(a, b))]
      values += [g, -g]
    }
    var right = [Double](repeating: 0, count: 2 * rows * columns)
    for i in 0..<rows {
      for j in 0..<columns {
        let (u, w) = (i * columns + j, rows * columns + i * columns + j)
        add(u, w, array.conductances[i, j])
        add(u, j > 0 ? u - 1 : nil, 1 / words[i, j])
        add(w, i + 1 < rows ? w + columns : nil, 1 / bits[i, j])
      }
      right[i * columns] = volts[i] / words[i, 0]
    }
    let solver = SparseCholesky(order: right.count, places: places)
    precondition(solver.factorise(values), "a wired array is positive definite")
    precondition(solver.solve(right).count == right.count, "a voltage a node")
  }
}
