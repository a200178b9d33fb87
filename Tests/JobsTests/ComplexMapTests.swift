import ArrayFiles
import Foundation
import InputOutput
import NetworkJobs
import Reporting
import TestSupport
import Testing

/// Matrices of complex numbers as models of `map`.
@Suite(.enabled(if: Gnuplot.executable != nil, "gnuplot is not installed"))
struct ComplexMapTests {
  private static func complex(_ shape: [Int], _ parts: [Float]) -> NumericArray {
    NumericArray(
      shape: shape + [2], bytes: parts.withUnsafeBytes { Array($0) }, elementType: .float32,
      isComplex: true)
  }

  /// y = A·x for samples × inputs.
  private static func product(_ a: [Float], _ x: [Float], outputs m: Int, inputs n: Int) -> [Float]
  {
    var y: [Float] = []
    for s in 0..<x.count / (2 * n) {
      for i in 0..<m {
        var (re, im): (Float, Float) = (0, 0)
        for j in 0..<n {
          let (ar, ai) = (a[2 * (i * n + j)], a[2 * (i * n + j) + 1])
          let (xr, xi) = (x[2 * (s * n + j)], x[2 * (s * n + j) + 1])
          re += ar * xr - ai * xi
          im += ar * xi + ai * xr
        }
        y += [re, im]
      }
    }
    return y
  }

  private func error(_ settings: [String: String], in folder: String) throws -> Double {
    let all = settings.merging(["chips": "1", "samples": "all"]) { a, _ in a }
    _ = try MapJob(all.sorted { $0.key < $1.key }.map { Setting(option: $0, $1) })
      .run(RunContext(output: folder))
    let csv = try String(contentsOfFile: folder + "/metrics.csv", encoding: .utf8)
    let line = try #require(
      csv.split(separator: "\n").first {
        $0.contains("analog root mean square error of complex outputs, mean")
      })
    return try #require(
      line.split(separator: ",", omittingEmptySubsequences: false).dropLast().last.flatMap {
        Double($0)
      })
  }

  @Test("a complex matrix is mapped as a block matrix, and its error is that of complex outputs")
  func mapped() throws {
    let scratch = try ScratchFolder()
    let (m, n, samples) = (5, 7, 20)
    let a = normal(2 * m * n, seed: 3, "a")
    let x = normal(2 * samples * n, seed: 4, "x")
    let y = Self.product(a, x, outputs: m, inputs: n)
    try NPY.write(Self.complex([m, n], a), to: scratch.path + "/a.npy")
    func data(_ y: [Float], _ name: String) throws -> String {
      let path = scratch.path + "/\(name).npz"
      try NPZ.write(
        [("x", Self.complex([samples, n], x)), ("y", Self.complex([samples, m], y))], to: path)
      return path
    }
    let exact = ["device": "ideal", "dac-bits": "none", "adc-bits": "none"]
    let right = try error(
      exact.merging(["model": scratch.path + "/a.npy", "data": try data(y, "right")]) { a, _ in a },
      in: scratch.path + "/right")
    #expect(right < 1e-5)
    // Every output off by 3 + 4i is off by 5.
    let off = y.enumerated().map { $0.element + ($0.offset % 2 == 0 ? 3 : 4) }
    let wrong = try error(
      exact.merging(["model": scratch.path + "/a.npy", "data": try data(off, "off")]) { a, _ in a },
      in: scratch.path + "/wrong")
    #expect(abs(wrong - 5) < 1e-4)
    // The same matrix as the weight of a dense layer in a network file.
    try NPZ.write([("a.weight", Self.complex([m, n], a))], to: scratch.path + "/net.npz")
    try AtomicFile.write(
      "title: complex\ninput: [\(2 * n)]\nweights: net.npz\nlayers: [{type: dense, name: a}]\n",
      to: scratch.path + "/net.yaml")
    let described = try error(
      exact.merging(["model": scratch.path + "/net.yaml", "data": scratch.path + "/right.npz"]) {
        a, _ in a
      }, in: scratch.path + "/described")
    #expect(described < 1e-5)
  }

  @Test("baselines stand beside the chips")
  func baselines() throws {
    let scratch = try ScratchFolder()
    let (a, x) = (normal(24, seed: 3, "a"), normal(80, seed: 4, "x"))
    try NPY.write(NumericArray(shape: [6, 4], floats: a), to: scratch.path + "/a.npy")
    var y: [Float] = []
    for s in 0..<20 {
      for i in 0..<6 {
        var sum: Float = 0
        for j in 0..<4 { sum += a[4 * i + j] * x[4 * s + j] }
        y.append(sum)
      }
    }
    try NPZ.write(
      [
        ("x", NumericArray(shape: [20, 4], floats: x)),
        ("y", NumericArray(shape: [20, 6], floats: y)),
      ], to: scratch.path + "/data.npz")
    func settings(_ baseline: String) -> [Setting] {
      [
        ("model", scratch.path + "/a.npy"), ("data", scratch.path + "/data.npz"), ("chips", "1"),
        ("baseline", baseline),
      ].map { Setting(option: $0.0, $0.1) }
    }
    _ = try MapJob(settings("half-precision, integer:8")).run(
      RunContext(output: scratch.path + "/run"))
    let csv = try String(contentsOfFile: scratch.path + "/run/metrics.csv", encoding: .utf8)
    #expect(csv.contains("baseline,half-precision,") && csv.contains("baseline,integer:8,"))
    let error = #expect(throws: InputErrors.self) { try MapJob(settings("integer")) }
    #expect(error?.description.contains("integer:2…8") == true)
  }
}
