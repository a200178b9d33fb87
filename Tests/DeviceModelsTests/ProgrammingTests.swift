import DeviceModels
import Foundation
import InputOutput
import NumericalMethods
import PhysicalUnits
import Randomness
import TestSupport
import Testing

@Suite struct ProgrammingTests {
  static func programmed(_ device: DeviceModel, to target: Double, count: Int, seed: UInt64)
    -> [Double]
  {
    let targets = [Float](repeating: Float(target), count: count)
    var cells = targets
    targets.withUnsafeBufferPointer { t in
      cells.withUnsafeMutableBufferPointer {
        device.program(targets: t, into: $0, key: StreamKey(seed: seed))
      }
    }
    return cells.map(Double.init)
  }

  @Test("every device file meets its own check points", arguments: DeviceFile.programmable)
  func checkPoints(name: String) throws {
    let device = try DeviceLibrary.load(name)
    #expect(!device.checkPoints.isEmpty, "a file promises something that can be held against it")
    for point in device.checkPoints {
      let n = 40_000
      var cells = Self.programmed(device, to: point.target.value, count: n, seed: 12)
      if let time = point.time {
        let drift = try #require(device.drift)
        let now = device.driftTime(time, at: point.temperature)
        var (programmed, exponents) = (cells.map(Float.init), [Float](repeating: 0, count: n))
        programmed.withUnsafeMutableBufferPointer { g in
          exponents.withUnsafeMutableBufferPointer { e in
            drift.exponents(of: UnsafeBufferPointer(g), key: StreamKey(seed: 13), into: e)
            drift.conductances(
              programmed: UnsafeBufferPointer(g), exponents: UnsafeBufferPointer(e), time: now,
              into: g)
          }
        }
        cells = programmed.map(Double.init)
      }
      let s = SampleStatistics(cells)
      let sigma = point.deviation.value
      // Four standard errors of mean and deviation beside the stated tolerance, and Float rounding.
      let rounding = 4e-7 * point.target.value
      let slack = sigma * (point.tolerance + 4 / Double(n).squareRoot()) + rounding
      #expect(abs(s.deviation - sigma) <= slack, "deviation \(s.deviation) at \(point.target)")
      #expect(
        abs(s.mean - point.target.value - point.meanError.value) <= slack,
        "mean \(s.mean) at \(point.target)")
    }
  }

  /// Mean and deviation of 200,000 cells of another program, as shares of the largest conductance.
  private struct Published: Decodable {
    let largest_conductance: Double
    let target, mean, deviation: [Double]
  }

  @Test(
    "the errors of published devices are those of an independent program",
    arguments: ["pcm-joshi2020", "rram-milo2021"])
  func published(name: String) throws {
    let fixture: [String: Published] = try #require(
      PulseReferenceTests.decoded("programming_errors.json"))
    let reference = try #require(fixture[name])
    #expect(reference.target.count == 24)
    let device = try DeviceLibrary.load(name)
    let top = reference.largest_conductance
    for (k, target) in reference.target.enumerated() {
      let n = 40_000
      let cells = Self.programmed(device, to: target * top, count: n, seed: UInt64(100 + k))
      let s = SampleStatistics(cells.map { $0 / top })
      // Five standard errors of the difference of both samples; the deviation's are smaller.
      let slack = 5 * reference.deviation[k] * (1 / Double(n) + 1 / 200_000.0).squareRoot()
      #expect(abs(s.mean - reference.mean[k]) <= slack, "mean \(s.mean) at \(target)")
      #expect(
        abs(s.deviation - reference.deviation[k]) <= slack, "deviation \(s.deviation) at \(target)")
    }
  }

  @Test("write-verify leaves an error that never passes its band")
  func bounded() throws {
    let device = try DeviceLibrary.load("hfo2-1t1r")
    let cells = Self.programmed(device, to: 100e-6, count: 100_000, seed: 3)
    #expect(cells.allSatisfy { abs($0 - 100e-6) <= 5.001e-6 })
    let p = kolmogorovSmirnov(cells) { ($0 - 95e-6) / 9.38e-6 }
    #expect(p > 1e-3)
  }

  @Test("writing in parts gives the cells of writing at once", arguments: [1, 100, 1500])
  func parts(size: Int) throws {
    var device = try DeviceLibrary.load("pcm")
    device.window.spread = 0.05
    device.stuck.onFraction = 0.01
    device.stuck.offFraction = 0.02
    let targets = Noise.uniform(4000, StreamKey(seed: 4)).map { $0 * 25e-6 }
    var whole = targets
    var pieces = targets
    let key = StreamKey(seed: 5)
    targets.withUnsafeBufferPointer { t in
      whole.withUnsafeMutableBufferPointer { device.program(targets: t, into: $0, key: key) }
      pieces.withUnsafeMutableBufferPointer { out in
        var start = 0
        while start < t.count {
          let n = min(size, t.count - start)
          device.program(
            targets: UnsafeBufferPointer(rebasing: t[start..<start + n]),
            into: UnsafeMutableBufferPointer(rebasing: out[start..<start + n]), key: key,
            from: start)
          start += n
        }
      }
    }
    #expect(whole == pieces)
  }

  @Test("as many cells stick as the file says")
  func stuck() throws {
    var device = try DeviceLibrary.load("ideal")
    device.stuck = StuckCells(
      onFraction: 0.02, offFraction: 0.05, onConductance: Siemens(150e-6),
      offConductance: Siemens(1e-6))
    let n = 100_000
    let cells = Self.programmed(device, to: 50e-6, count: n, seed: 8)
    let on = cells.filter { abs($0 - 150e-6) < 1e-9 }.count
    let off = cells.filter { abs($0 - 1e-6) < 1e-9 }.count
    #expect(abs(Double(on) - 2000) < 5 * (2000 * 0.98).squareRoot())
    #expect(abs(Double(off) - 5000) < 5 * (5000 * 0.95).squareRoot())
  }

  @Test("a device with levels takes no conductance between them")
  func levels() throws {
    var device = try DeviceLibrary.load("rram-neurosim")
    device.writeError = .none
    let step = (38.5e-9 - 3.08e-9) / 96
    for target in stride(from: 2e-9, to: 40e-9, by: 0.7e-9) {
      let g = Self.programmed(device, to: target, count: 1, seed: 1)[0]
      let level = (g - 3.08e-9) / step
      #expect(abs(level - level.rounded()) < 1e-4 && g >= 3.07e-9 && g <= 38.51e-9)
      if target > 3.1e-9 && target < 38.4e-9 { #expect(abs(g - target) <= step * 0.501) }
    }
  }

  @Test("log-normal errors are log-normal")
  func logNormal() throws {
    var device = try DeviceLibrary.load("ideal")
    device.writeError = WriteError(distribution: .logNormal, deviation: [0, 0.2])
    device.window = ConductanceWindow(minimum: Siemens(0), maximum: Siemens(1e-3))
    let cells = Self.programmed(device, to: 50e-6, count: 20_000, seed: 9)
    let p = kolmogorovSmirnov(cells) { Distribution.normal(log($0 / 50e-6) / 0.2) }
    #expect(p > 1e-3)
  }

  private func aged(_ name: String, _ g: Float, _ time: Double) throws -> SampleStatistics {
    let drift = try #require(try DeviceLibrary.load(name).drift)
    let cells = [Float](repeating: g, count: 20_000)
    var scores = cells
    var later = cells
    cells.withUnsafeBufferPointer { cells in
      scores.withUnsafeMutableBufferPointer {
        drift.exponents(of: cells, key: StreamKey(seed: 4), into: $0)
      }
      scores.withUnsafeBufferPointer { scores in
        later.withUnsafeMutableBufferPointer {
          drift.conductances(programmed: cells, exponents: scores, time: Seconds(time), into: $0)
        }
      }
    }
    return SampleStatistics(later.map(Double.init))
  }

  @Test(
    "logarithmic relaxation has its mean and deviation at every time", arguments: [1.0, 1e3, 1e5])
  func logarithmic(time: Double) throws {
    let s = try aged("cmo-hfox-falcone", 50e-6, time)
    let mean = 50e-6 - 0.0890e-6 * log(time)
    let deviation = (0.04201 * log(time) + 0.41183) * 1e-6
    // Four standard errors of 20,000 cells.
    #expect(abs(s.mean - mean) < 4 * deviation / 20_000.0.squareRoot() + 1e-12)
    #expect(abs(s.deviation / deviation - 1) < 4 / 40_000.0.squareRoot())
    #expect(try aged("cmo-hfox-falcone", 50e-6, 0).deviation < 1e-12)
  }

  @Test("broadening adds to the deviation of a second what makes that of a day")
  func broadening() throws {
    func sigma(_ c: [Double]) -> Double { c.reversed().reduce(0) { $0 * 0.5 + $1 } * 1e-6 }
    let first = sigma([0.348, 16.030, -43.853, 45.393, -16.815])
    let day = sigma([0.701, 22.086, -50.773, 47.095, -16.458])
    let s = try aged("rram-wan2022", 20e-6, 86400)
    #expect(abs((s.deviation * s.deviation + first * first).squareRoot() / day - 1) < 0.02)
    #expect(try aged("rram-wan2022", 20e-6, 1).deviation < 1e-12)
  }

  @Test("drift follows its power law and its spread")
  func drift() throws {
    let drift = try #require(try DeviceLibrary.load("pcm").drift)
    let g = [Float](repeating: 12.5e-6, count: 20_000)
    var exponents = g
    var later = g
    g.withUnsafeBufferPointer { g in
      exponents.withUnsafeMutableBufferPointer {
        drift.exponents(of: g, key: StreamKey(seed: 2), into: $0)
      }
      exponents.withUnsafeBufferPointer { nu in
        later.withUnsafeMutableBufferPointer {
          drift.conductances(programmed: g, exponents: nu, time: Seconds(0), into: $0)
        }
      }
    }
    #expect(later == g, "at the origin nothing has moved")
    let s = SampleStatistics(exponents.map(Double.init))
    // At half the reference: mean −0.0155·ln ½ + 0.0244 is below its floor of 0.049.
    #expect(abs(s.mean - 0.049) < 5e-4)
    #expect(abs(s.deviation - 0.008) < 2e-4)
  }

  @Test("one-over-f noise has the published size")
  func readNoise() throws {
    let noise = try DeviceLibrary.load("pcm").readNoise
    let span = log((20 + 250e-9) / 500e-9).squareRoot()
    let expected = 25e-6 * 0.0088 * span
    #expect(abs(noise.deviation(at: 25e-6, time: Seconds(20)) - expected) < 1e-9 * expected)
    expectSame(noise, time: 20)
  }

  @Test("many deviations are those of the law, of any number of terms", arguments: 1...5)
  func polynomialReadNoise(terms: Int) {
    let all = [2e-7, -1.5e-7, 3e-7, -1e-7, 4e-8]
    expectSame(.polynomial(Array(all.prefix(terms)), reference: 25e-6), time: 1)
    expectSame(.polynomial([1e-7, -3e-7], reference: 25e-6), time: 1)
  }

  private func expectSame(_ noise: ReadNoise, time: Double) {
    let g: [Float] = [0, 1e-8, 2e-7, 1e-6, 3.3e-6, 12.5e-6, 20e-6, 25e-6]
    var many = g
    g.withUnsafeBufferPointer { g in
      many.withUnsafeMutableBufferPointer {
        noise.deviations(at: g, time: Seconds(time), into: $0)
      }
    }
    for (one, x) in zip(many, g) {
      let exact = noise.deviation(at: Double(x), time: Seconds(time))
      #expect(abs(Double(one) - exact) <= 1e-5 * exact + 1e-14, "\(noise) at \(x)")
    }
  }

  @Test("a file with faults is refused with all of them")
  func faults() {
    let text = """
      title: bad
      source: nowhere
      validity: never
      conductance-window: {minimum: 5 uS, maximum: 1 uS, level: 4}
      write-error: {distribution: gausian, deviation: 3 V}
      """
    do {
      _ = try DeviceModel(text: text, name: "bad.yaml")
      Issue.record("the file was accepted")
    } catch {
      let all = error.description
      #expect(all.contains("'maximum' must be above 'minimum'"))
      #expect(all.contains("did you mean 'levels'"))
      #expect(all.contains("did you mean 'gaussian'"))
      #expect(all.contains("a number in S is expected"))
    }
  }

  @Test("an unknown device is refused with the nearest name")
  func unknown() {
    do {
      _ = try DeviceLibrary.load("hfo2-1tr")
      Issue.record("the name was accepted")
    } catch { #expect(error.description.contains("did you mean 'hfo2-1t1r'")) }
  }
}
