import Circuits
import DeviceModels
import Foundation
import InputOutput
import NumericalMethods
import PhysicalUnits
import Randomness
import Testing

@Suite("Whole ramp converters")
struct RampConverterTests {
  static let window = ConductanceWindow(minimum: Siemens(0), maximum: Siemens(150e-6))

  /// A device without errors over 0…150 µS.
  static func exact() throws -> DeviceModel {
    var device = try DeviceLibrary.load("hfo2-1t1r-gaussian")
    device.writeError = .none
    return device
  }

  /// A rising or falling sum of steps, kinks and a line, from `seed`.
  static func randomFunction(_ seed: Int) -> @Sendable (Double) -> Double {
    var draw = RandomStream(StreamKey(seed: UInt64(seed)))
    let parts = (0..<4).map { _ in
      (0.1 + draw.uniform(), 0.3 + 3 * draw.uniform(), 8 * draw.uniform() - 4)
    }
    let slope = 0.05 + draw.uniform()
    let sign: Double = seed % 2 == 0 ? 1 : -1
    return { x in
      sign
        * parts.reduce(slope * x) { sum, p in
          sum + p.0 * (tanh(p.1 * (x - p.2)) + max(0, x - p.2) * 0.3)
        }
    }
  }

  @Test(
    "a lobe below one step is silent at 5 bits and has codes at 8",
    arguments: [(5, true), (8, false)])
  func silentLobe(bits: Int, isSilent: Bool) throws {
    let converter = try RampConverter(
      ActivationCurve(describedBy: "gelu"), bits: bits, window: Self.window)
    #expect(converter.silentStretches.isEmpty != isSilent)
    if isSilent {
      // The lobe of GELU goes down to −0.16997.
      let lowest = try #require(
        converter.silentStretches.map(\.function.outputRange.lowerBound).min())
      #expect(abs(lowest + 0.169_97) < 1e-4)
    }
  }

  @Test("without noise the codes are the function quantized", arguments: 0..<100)
  func quantized(seed: Int) throws {
    let f = Self.randomFunction(seed)
    let curve = try ActivationCurve(name: "f", domain: -5...5, value: f)
    #expect(curve.stretches.count == 1)
    let bits = 1 + seed % 7
    let convention: RampThresholds.Convention = seed % 3 == 0 ? .midTread : .floor
    let converter = try RampConverter(
      curve, bits: bits, convention: convention, window: Self.window, cellsAvailable: 4096)
    let chips = RampChips(
      converter, device: try Self.exact(), count: 1, key: StreamKey(seed: 1),
      writing: RampWriting(startCells: 5))
    let t = chips.row(0).map(Double.init)
    let (low, step) = (converter.outputRange.lowerBound, converter.leastBit)
    var draw = RandomStream(StreamKey(seed: UInt64(seed)).child("x"))
    for _ in 0..<200 {
      let x = 10 * draw.uniform() - 5
      // Single precision of the thresholds.
      if t.contains(where: { abs($0 - x) < 1e-5 }) { continue }
      let y = converter.outputs[RampConverter.place(x, among: t)]
      let place = (f(x) - low) / step
      let code =
        convention == .floor ? place.rounded(.down) : (place + 0.5).rounded(.down)
      let held = min(max(code, 0), Double((1 << bits) - 1))
      #expect(abs(y - (low + (held + (convention == .floor ? 0.5 : 0)) * step)) <= 1e-9, "x \(x)")
    }
  }

  @Test("a Gaussian write error spreads threshold q by the root of the cells before it")
  func spread() throws {
    let device = try DeviceLibrary.load("hfo2-1t1r-gaussian")
    let converter = try RampConverter(
      ActivationCurve(describedBy: "tanh"), bits: 5, window: device.window)
    let count = 4000
    let chips = RampChips(
      converter, device: device, count: count, key: StreamKey(seed: 3),
      writing: RampWriting(startCells: 5))
    let design = converter.ramps[0]
    let start = chips.columns[0].start
    let sigma = 2.67e-6 * design.inputPerSiemens
    for q in converter.thresholds.indices {
      let cells = Double(start.cells * start.cycles * start.cycles + q)
      let spread = SampleStatistics((0..<count).map { Double(chips.thresholds[$0, q]) })
      let ratio = spread.deviation * spread.deviation / (sigma * sigma * cells)
      // χ² with 3,999 degrees of freedom: 4.5 deviations of √(2/3999), 31 thresholds.
      #expect(abs(ratio - 1) <= 4.5 * (2.0 / 3999).squareRoot(), "threshold \(q)")
      #expect(
        abs(spread.mean - converter.thresholds[q])
          <= 4.5 * spread.deviation / Double(count).squareRoot())
    }
  }

  @Test("codes follow the read voltage where references are fixed, and stay where they are cells")
  func readVoltage() throws {
    let converter = try RampConverter(
      ActivationCurve(describedBy: "sigmoid"), bits: 5, window: Self.window)
    let x = (0..<8000).map { -4 + 8 * (Double($0) + 0.5) / 8000 }
    func places(_ volts: Double, _ reference: RampSupply.Reference) -> [Int] {
      RampSupply(readVoltage: Volts(volts)).places(
        of: x, in: converter, reference, largest: 150e-6, weight: 75e-6)
    }
    let nominal = places(0.2, .inMemory)
    #expect(places(0.2, .fixed) == nominal)
    #expect(nominal == x.map { RampConverter.place($0, among: converter.thresholds) })
    // Mean and largest change by an independent program, x from −4 to 4.
    for (volts, mean, largest) in [
      (0.15, 1.48, 3), (0.175, 0.70, 1), (0.225, 0.54, 1), (0.25, 0.98, 2),
    ] {
      #expect(places(volts, .inMemory) == nominal)
      let changes = zip(places(volts, .fixed), nominal).map { abs($0 - $1) }
      #expect(abs(Double(changes.reduce(0, +)) / 8000 - mean) <= 0.0051)
      #expect(changes.max() == largest)
    }
  }

  @Test("temperature moves fixed references, and the ramp only where coefficients differ")
  func temperature() throws {
    let converter = try RampConverter(
      ActivationCurve(describedBy: "sigmoid"), bits: 5, window: Self.window)
    let x = (0..<4000).map { -4 + 8 * (Double($0) + 0.5) / 4000 }
    func places(_ rise: Double, _ ends: (Double, Double), _ r: RampSupply.Reference) -> [Int] {
      RampSupply(
        readVoltage: Volts(0.2), temperatureRise: rise, coefficients: (low: ends.0, high: ends.1)
      ).places(of: x, in: converter, r, largest: 150e-6, weight: 75e-6)
    }
    let nominal = places(0, (0, 0), .inMemory)
    #expect(places(60, (2e-3, 2e-3), .inMemory) == nominal)
    #expect(places(60, (2e-3, 2e-3), .fixed) != nominal)
    #expect(places(60, (4e-3, -1e-3), .inMemory) != nominal)
  }

  @Test("functions with extrema take a ramp a stretch", arguments: ["gelu", "silu", "sine"])
  func extrema(name: String) throws {
    let curve = try ActivationCurve(
      describedBy: name, domain: name == "sine" ? nil : -4...1.5)
    #expect(curve.stretches.count == (name == "sine" ? 3 : 2))
    let converter = try RampConverter(curve, bits: 6, window: Self.window, cellsAvailable: 4096)
    #expect(converter.ramps.count == curve.stretches.count)
    let low = curve.stretches[0].inputs.lowerBound
    let high = curve.stretches.last!.inputs.upperBound
    for k in 0..<500 {
      let x = low + (high - low) * (Double(k) + 0.5) / 500
      #expect(abs(converter.output(x) - curve.value(x)) <= converter.leastBit / 2 + 1e-9)
    }
    // The known minima of both functions (GELU by Hendrycks and Gimpel, arXiv 1606.08415).
    if name == "gelu" { #expect(abs(curve.stretches[0].inputs.upperBound + 0.7518) < 1e-4) }
    if name == "silu" { #expect(abs(curve.stretches[0].inputs.upperBound + 1.2785) < 1e-4) }
  }

  @Test("an expression and a table of it make the same thresholds as the function")
  func sources() throws {
    let known = try RampConverter(
      ActivationCurve(describedBy: "sigmoid"), bits: 5, range: 0.02...0.98, window: Self.window)
    let written = try RampConverter(
      ActivationCurve(describedBy: "1/(1+exp(-x))"), bits: 5, range: 0.02...0.98,
      window: Self.window)
    for (a, b) in zip(known.thresholds, written.thresholds) { #expect(abs(a - b) <= 1e-11) }
    let path = NSTemporaryDirectory() + "ohmweave-\(UUID().uuidString).csv"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let rows = (0...400).map { k -> String in
      let x = -6 + 12 * Double(k) / 400
      return "\(x),\(1 / (1 + exp(-x)))"
    }
    try ("x,y\n" + rows.joined(separator: "\n") + "\n").write(
      toFile: path, atomically: true, encoding: .utf8)
    let read = try RampConverter(
      ActivationCurve(describedBy: path), bits: 5, range: 0.02...0.98, window: Self.window)
    for (a, b) in zip(known.thresholds, read.thresholds) { #expect(abs(a - b) <= 1e-4) }
  }

  @Test("expressions follow the rules of arithmetic and tell where they are wrong")
  func expressions() throws {
    func formula(_ text: String) throws(RunError) -> Formula {
      try Formula(text, names: ["x"], allowsHyphens: false)
    }
    for (text, x, y) in [
      ("x-1", 3.0, 2.0), ("-x^2", 3.0, -9.0), ("2^3^2", 0, 512), ("1+2*3-4/2", 0, 5),
      ("max(0,x)*-2", 3, -6),
      ("exp(ln(x))", 7, 7), ("1.5e-2*x", 2, 0.03), ("pi*e", 0, .pi * M_E),
    ] {
      #expect(abs(try formula(text).value { _ in x } - y) <= 1e-12 * max(1, abs(y)), "\(text)")
    }
    for text in ["", "x+", "(x", "foo(x)", "x x", "3..4*x", "max()", "ä*x"] {
      #expect(throws: RunError.self) { try formula(text) }
    }
  }

  @Test("the ideal converter has as many effective bits as bits")
  func effectiveBits() throws {
    for (name, bits) in [("sigmoid", 5), ("tanh", 3), ("softplus", 8), ("exponential", 6)] {
      let converter = try RampConverter(
        ActivationCurve(describedBy: name), bits: bits, window: Self.window, cellsAvailable: 100_000
      )
      let ideal = converter.thresholds.map(Float.init)
      #expect(abs(RampAccuracy.effectiveBits(ideal, of: converter) - Double(bits)) <= 1e-3)
      #expect(RampAccuracy.missingCodes(ideal, of: converter.thresholds) == 0)
    }
  }

  @Test("spare cells take the places of stuck ones, one-point calibration sets the middle right")
  func repair() throws {
    var device = try DeviceLibrary.load("hfo2-1t1r-gaussian")
    device.stuck.offFraction = 0.02
    let converter = try RampConverter(
      ActivationCurve(describedBy: "sigmoid"), bits: 5, window: device.window)
    func worst(_ writing: RampWriting) -> Double {
      let chips = RampChips(
        converter, device: device, count: 500, key: StreamKey(seed: 9), writing: writing)
      return (0..<500).reduce(0.0) { $0 + chips.linearity($1)[0].largestIntegral } / 500
    }
    let bare = worst(RampWriting())
    let spared = worst(RampWriting(spareCells: 4))
    #expect(spared < 0.7 * bare)
    let chips = RampChips(
      converter, device: device, count: 50, key: StreamKey(seed: 9),
      writing: RampWriting(calibration: .onePoint, startCells: 5))
    for chip in 0..<50 { #expect(abs(chips.thresholds[chip, 15]) <= 1e-6) }
  }

  @Test("line fits take offset and gain out of the errors")
  func references() throws {
    let thresholds = try RampThresholds(.tanh, bits: 4)
    let moved = thresholds.inputs.map { Float(1.1 * $0 + 0.2) }
    for reference in [RampLinearity.Reference.endPoint, .bestFit] {
      let errors = RampLinearity(moved, of: thresholds, .tanh, at: .threshold, from: reference)
      #expect(errors.largestIntegral <= 1e-5 && errors.largestDifferential <= 1e-5)
    }
    let plain = RampLinearity(moved, of: thresholds, .tanh, at: .threshold)
    #expect(plain.differential.allSatisfy { abs($0 - 0.1) <= 1e-5 })
  }

  @Test("steps are what the converter's search gives")
  func steps() {
    let thresholds: [Float] = [-1, 0, 0, 0.5, 2]
    let function = RampSearch([thresholds], outputs: [0, 1, 2, 3, 4, 5], lowest: -.infinity)
    for x in stride(from: Float(-2), to: 3, by: 0.25) {
      var y = [x]
      function.apply(&y, count: 1)
      #expect(y[0] == Float(thresholds.filter { x >= $0 }.count))
    }
  }
}
