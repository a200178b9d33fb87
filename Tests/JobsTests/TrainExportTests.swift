import ArrayFiles
import Foundation
import InputOutput
import NetworkJobs
import Networks
import Reporting
import StrictYAML
import Testing

@Suite struct TrainExportTests {
  @Test(
    "the network that training leaves is the same as ONNX and as a description",
    arguments: [
      (TrainResumeTests.rules[0], 0.8),
      ("rule: {name: forward-forward, rate: 0.03}\nnetwork: {hidden: [40, 40, 40]}", 0.8),
      (
        "rule: {name: forward-forward, rate: 0.03, negatives: hybrids}\nnetwork: {hidden: [40, 40]}",
        0.6
      ),
      (
        """
        rule: {name: stochastic, estimator: stochastic-times-smooth, gates: 6, firing-pull: 1}
        network: {hidden: [24, 12]}
        optimizer: {name: adam, rate: 0.01}
        """, 0.5
      ),
    ])
  func formats(rule: String, least: Double) throws {
    let folder = try TrainResumeTests.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = try TrainResumeTests.runFile(rule, in: folder)
    _ = try TrainJob(
      runFile: file, overrides: [StrictOverride(path: ["epochs"], text: "20")]
    ).run(
      RunContext(output: "\(folder)/run"), resumes: false)
    let told = try NetworkDescription(path: "\(folder)/run/network.yaml").network(source: "told")
    let onnx = try ONNXReader.network(at: "\(folder)/run/network.onnx")
    let data = try DataSet.load(try TrainResumeTests.digits(), split: .test)
    let a = try told.evaluate(
      data.fitting(inputShape: told.inputShape).samples, engine: DigitalEngine(told))
    let b = try onnx.evaluate(
      data.fitting(inputShape: onnx.inputShape).samples, engine: DigitalEngine(onnx))
    for (x, y) in zip(a.elements, b.elements) { #expect(abs(x - y) <= 1e-5 * max(1, abs(x))) }
    #expect(accuracy(of: classes(of: a), labels: data.labels!) > least)
  }

  @Test("the file of predictions holds the outputs that the test accuracy counts")
  func predictions() throws {
    let folder = try TrainResumeTests.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = try TrainResumeTests.runFile(TrainResumeTests.rules[0], in: folder)
    let outcome = try TrainJob(runFile: file, overrides: []).run(
      RunContext(output: "\(folder)/run"), resumes: false)
    let arrays = try NPZ.read(path: "\(folder)/run/predictions.npz")
    let outputs = try arrays.array("outputs")
    let (classes, labels) = (try arrays.array("classes"), try arrays.array("labels"))
    // A fifth of 360 digits is held out.
    #expect(outputs.shape == [72, 10] && classes.shape == [72] && labels.shape == [72])
    let named = try #require(classes.integers)
    let truth = try #require(labels.integers)
    for s in 0..<72 {
      let row = Array(outputs.floats[s * 10..<(s + 1) * 10])
      #expect(row.firstIndex(of: row.max()!) == Int(named[s]))
    }
    let share = Double(zip(named, truth).count { $0 == $1 }) / 72
    let row = try #require(outcome.table.rows.first { $0[0] == .text("test accuracy") })
    #expect(row[1] == .number(100 * share))
  }
}
