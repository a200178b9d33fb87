import ArrayFiles
import Circuits
import Crossbar
import DeviceModels
import LinearAlgebra
import Networks
import NumericalMethods
import PhysicalUnits
import Randomness
import TestSupport
import Testing
import Training

@Suite struct WiredTrainingTests {
  static func device(errors: Bool = false) throws -> DeviceModel {
    try testDevice(
      errors ? "write-error: {distribution: gaussian, polynomial: [2 uS], reference: 100 uS}" : "")
  }

  static func settings(
    ohms: Double, rows: Int = 256, columns: Int = 256, errors: Bool = false
  ) throws -> HardwareSettings {
    var settings = HardwareSettings()
    settings.device = try device(errors: errors)
    settings.rows = rows
    settings.columns = columns
    let wire = Ohms(ohms)
    settings.wires = UniformWires(wordSegment: wire, bitSegment: wire, source: wire, sense: wire)
    return settings
  }

  static func weights(_ rows: Int, _ columns: Int, seed: UInt64 = 1) -> Matrix<Float> {
    Matrix(
      rowCount: rows, columnCount: columns,
      elements: Noise.uniform(rows * columns, StreamKey(seed: seed)).map {
        let u = 2 * $0 - 1
        return u * abs(u)
      })
  }

  /// The weights that a chip computes with in a pass.
  static func effective(
    _ product: inout DigitalSite, chip: UInt64 = 1, isTraining: Bool,
    renews: TrainingPass.Renewal = .exact
  ) -> [Float] {
    let n = product.inputs
    var identity = [Float](repeating: 0, count: n * n)
    for i in 0..<n { identity[i * n + i] = 1 }
    var z = [Float](repeating: 0, count: n * product.outputs)
    product.begin(
      TrainingPass(key: StreamKey(seed: chip), isTraining: isTraining, renewal: renews))
    product.forward(identity, samples: n, into: &z)
    return z
  }

  static func distance(_ a: [Float], _ b: [Float]) -> Double {
    let d = zip(a, b).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
    return (d / b.reduce(0.0) { $0 + Double($1 * $1) }).squareRoot()
  }

  @Test("a chip with wires computes with the weights of the mapped network's tiles")
  func mapped() throws {
    let w = Self.weights(50, 23)
    let settings = try Self.settings(ohms: 20, rows: 30, columns: 20)
    var product = DigitalSite(w).on(settings)
    let design = CrossbarDesign(
      device: settings.device!, tile: TileShape(rows: 30, columns: 20), wires: settings.wires)
    let mapped = CrossbarArray(
      MappedMatrix(weights: w, bias: nil, design: design), key: StreamKey(seed: 1)
    ).effectiveWeights().elements
    #expect(Self.distance(mapped, w.elements) > 0.02)
    for isTraining in [true, false] {
      #expect(Self.distance(Self.effective(&product, isTraining: isTraining), mapped) < 1e-5)
    }
  }

  @Test("thin wires change the weights in proportion to their resistance")
  func thin() throws {
    let w = Self.weights(40, 18)
    func effect(_ ohms: Double) throws -> Double {
      var product = DigitalSite(w).on(try Self.settings(ohms: ohms))
      return Self.distance(Self.effective(&product, isTraining: true), w.elements)
    }
    let (one, two) = (try effect(1), try effect(2))
    #expect(one > 1e-3 && abs(two / one - 2) < 0.1)
  }

  @Test("what another chip's wires do is known to second order from the chip before")
  func otherChips() throws {
    let w = Self.weights(64, 30)
    func error(_ ohms: Double) throws -> (approximate: Double, effect: Double) {
      var product = DigitalSite(w).on(try Self.settings(ohms: ohms, errors: true))
      _ = Self.effective(&product, chip: 1, isTraining: true)
      let found = Self.effective(&product, chip: 2, isTraining: true, renews: .none)
      let exact = Self.effective(&product, chip: 2, isTraining: false)
      var ideal = DigitalSite(w).on(try Self.settings(ohms: 0, errors: true))
      let without = Self.effective(&ideal, chip: 2, isTraining: false)
      return (Self.distance(found, exact), Self.distance(exact, without))
    }
    let (one, two) = (try error(2), try error(4))
    #expect(one.effect > 0.01)
    #expect(one.approximate < 0.03 * one.effect)
    #expect(two.approximate / one.approximate > 3 && two.approximate / one.approximate < 5)
  }

  @Test("reading a chip exactly leaves the training as it was")
  func reading() throws {
    let settings = try Self.settings(ohms: 20, errors: true)
    func train(reads: Bool) -> [Float] {
      var product = DigitalSite(Self.weights(20, 8)).on(settings)
      _ = Self.effective(&product, chip: 1, isTraining: true)
      if reads { _ = Self.effective(&product, chip: 7, isTraining: false) }
      return Self.effective(&product, chip: 2, isTraining: true, renews: .none)
    }
    #expect(train(reads: true) == train(reads: false))
  }

  @Test("gradients through wires are the difference quotients of the loss")
  func differences() throws {
    let compared = try Self.expectQuotients(Self.settings(ohms: 300, rows: 4, columns: 6)) {
      // The largest weight is the unit of the conductances.
      abs($0) > $1 - 0.02 || abs($0) < 0.02
    }
    #expect(compared > 40)
  }

  /// Expects the gradients of weights and biases to be difference quotients of the loss while what is known
  /// of the wires stays as it was found, as between two exact steps; gives how many were compared.
  ///
  /// - Parameter leavesOut: which weights, of which largest, are left out.
  static func expectQuotients(
    _ settings: HardwareSettings, leavesOut: (Float, Float) -> Bool = { _, _ in false }
  ) throws -> Int {
    var network = try HardwareGradientTests.network(settings)
    let (x, labels) = (HardwareGradientTests.x, HardwareGradientTests.labels)
    _ = network.gradients(x, labels: labels[...])
    let pass = TrainingPass(key: StreamKey(seed: 0), isTraining: true, renewal: .none)
    _ = network.gradients(x, labels: labels[...], pass: pass)
    let exact = network
    var compared = 0
    for (name, value) in exact.parameters
    where name.hasSuffix("weight") || name.hasSuffix("bias") {
      let largest = value.values.map(abs).max()!
      for (i, w) in value.values.enumerated() {
        if name.hasSuffix("weight"), leavesOut(w, largest) { continue }
        let quotient = HardwareGradientTests.quotient(exact, name, i, pass: pass).slope
        compared += 1
        #expect(
          abs(Double(value.gradient[i]) - quotient) <= 1e-4 * max(1, abs(quotient)) + 1e-4,
          "\(name) \(i)")
      }
    }
    return compared
  }

  @Test("gradients are the adjoint's: at the inputs exactly, at the cells to second order")
  func adjoint() throws {
    let (rows, outputs) = (24, 11)
    let w = Self.weights(rows, outputs)
    let x = Noise.normal(rows, StreamKey(seed: 4))
    let errors = Noise.normal(outputs, StreamKey(seed: 5))
    let largest = w.elements.map(abs).max()!
    func deviations(_ ohms: Double) throws -> (inputs: Double, cells: Double) {
      let settings = try Self.settings(ohms: ohms)
      var product = DigitalSite(w).on(settings)
      product.begin(TrainingPass(key: StreamKey(seed: 1), isTraining: true))
      var z = [Float](repeating: 0, count: outputs)
      product.forward(x, samples: 1, into: &z)
      var (dz, dx) = (errors, x)
      product.backward(x: x, dz: &dz, samples: 1, dx: &dx)
      var g = Matrix<Double>(rowCount: rows, columnCount: 2 * outputs)
      for i in 0..<rows {
        for j in 0..<outputs {
          let share = Double(w[i, j] / largest)
          g[i, 2 * j] = 1e-6 + 99e-6 * max(0, share)
          g[i, 2 * j + 1] = 1e-6 + 99e-6 * max(0, -share)
        }
      }
      let array = try WiredArray(conductances: g, wires: settings.wires!)
      let solution = try WiredArraySolver(array).solve(x.map(Double.init), tolerance: 1e-12)
      let perAmpere = Double(largest) / 99e-6
      let adjoint = try solution.gradient(
        errors.flatMap { [Double($0) * perAmpere, -Double($0) * perAmpere] }, of: array,
        tolerance: 1e-12)
      var cells = [Float]()
      for i in 0..<rows {
        for j in 0..<outputs {
          let slope =
            w[i, j] > 0 ? adjoint.conductances[i, 2 * j] : -adjoint.conductances[i, 2 * j + 1]
          cells.append(Float(slope / perAmpere))
        }
      }
      return (
        Self.distance(dx, adjoint.inputs.map { Float($0) }),
        Self.distance(product.weights.gradient, cells)
      )
    }
    let (one, two) = (try deviations(10), try deviations(20))
    #expect(one.inputs < 1e-5 && two.inputs < 1e-5)
    #expect(two.cells < 0.01)
    #expect(two.cells / one.cells > 3 && two.cells / one.cells < 4.5)
  }

  @Test("training with wires goes on from its state bit for bit", arguments: [false, true])
  func resumes(isPlain: Bool) throws {
    var settings = try Self.settings(ohms: 50, errors: true)
    settings.additive = 0.02
    settings.exactEvery = 4
    func network() throws -> Backpropagation {
      try HardwareGradientTests.network(settings, optimizer: .sgd(momentum: isPlain ? 0 : 0.9))
    }
    func step(_ network: inout Backpropagation, _ k: Int) {
      let pass = TrainingPass(
        key: StreamKey(seed: 3).child(k), isTraining: true, strength: 0.1 * Float(k),
        renewal: settings.renewal(at: k))
      _ = network.train(
        HardwareGradientTests.x, labels: HardwareGradientTests.labels[...], rate: 0.05, pass: pass)
    }
    var through = try network()
    for k in 0..<11 { step(&through, k) }
    var first = try network()
    for k in 0..<6 { step(&first, k) }
    var second = try network()
    try second.restore(NamedArrays(source: "test", first.state()))
    for k in 6..<11 { step(&second, k) }
    let (a, b) = (through.state(), second.state())
    #expect(a.count == b.count)
    for (a, b) in zip(a, b) { #expect(a.name == b.name && a.array == b.array, "\(a.name)") }
  }
}
