import Foundation
import LinearAlgebra
import Networks
import Randomness
import TestSupport
import Testing

/// Spiking units that compete, thresholds of their own, and numbers as random spikes.
@Suite struct CompetingUnitsTests {
  /// Spikes and the gradients at the currents of 2 samples of 12 steps, for random gradients at the spikes.
  private static func pass(
    _ law: IntegrateAndFire, recurrent: Matrix<Float>? = nil
  ) throws -> (spikes: [Float], gradient: [Float]) {
    let network = try LeakyUnitsTests.network(steps: 12, units: 5, law, recurrent: recurrent)
    let x = normal(120, seed: 1, "currents")
    var gradient = normal(120, seed: 2, "gradients")
    let pass = GraphPass(network, wantsInputGradient: true)
    let sites = DigitalSites(network)
    return x.withUnsafeBufferPointer { x in
      let y = pass.forward(
        x.baseAddress!, samples: 2, TrainingPass(key: StreamKey(seed: 1), isTraining: true),
        engine: sites)
      let spikes = Array(UnsafeBufferPointer(start: y, count: 120))
      gradient.withUnsafeMutableBufferPointer { pass.backward($0.baseAddress!, engine: sites) }
      return (spikes, Array(UnsafeBufferPointer(start: pass.inputGradient!, count: 120)))
    }
  }

  @Test("lateral inhibition is a matrix of −g between all units and 0 on its diagonal")
  func inhibition() throws {
    var law = IntegrateAndFire()
    (law.threshold, law.synapseDecay) = (0.4, 0.3)
    law.surrogate = SurrogateGradient(shape: .arctangent, width: 0.4)
    let matrix = Matrix<Float>(
      rowCount: 5, columnCount: 5, elements: (0..<25).map { $0 % 6 == 0 ? 0 : -0.375 })
    let explicit = try Self.pass(law, recurrent: matrix)
    law.inhibition = 0.375
    let lateral = try Self.pass(law)
    #expect(lateral.spikes == explicit.spikes && lateral.spikes.contains(1))
    for (a, b) in zip(lateral.gradient, explicit.gradient) { #expect(abs(a - b) < 1e-5) }
    law.inhibition = 0
    #expect(try Self.pass(law).spikes != lateral.spikes)
  }

  @Test(
    "with a single winner at most one unit fires in a step, the one farthest above its threshold")
  func winner() throws {
    var law = IntegrateAndFire()
    law.hasSingleWinner = true
    let network = try LeakyUnitsTests.network(steps: 1, units: 4, law)
    let spikes = try LeakyUnitsTests.evaluate(
      network, Tensor(shape: [2, 1, 4], elements: [1.2, 3, 2, 0, 0.5, 0.9, 0.1, 1]))
    #expect(spikes == [0, 1, 0, 0, 0, 0, 0, 0])
  }

  @Test("own thresholds add to that of the law, and adaptation fades to them")
  func thresholds() throws {
    var law = IntegrateAndFire()
    law.decay = 0
    (law.adaptation, law.adaptationDecay) = (0.5, 0)
    var builder = try NetworkBuilder(source: "test", name: "units", inputShape: [4, 2])
    let units = try builder.integrateAndFire(
      builder.input, law, thresholds: [0, 1], name: "units")
    let network = try builder.network(output: units)
    // Thresholds 1 and 2, in the step after a spike 1.5 and 2.5.
    let x: [Float] = [1.1, 2.1, 1.4, 2.4, 1.1, 2.1, 1.1, 1.9]
    let spikes = try LeakyUnitsTests.evaluate(network, Tensor(shape: [1, 4, 2], elements: x))
    #expect(spikes == [1, 1, 0, 0, 1, 1, 0, 0])
  }

  @Test(
    "numbers fire as often as they say, with draws of their own in every sample and the same in every run"
  )
  func rates() throws {
    var builder = try NetworkBuilder(source: "test", name: "spikes", inputShape: [2, 3])
    let spikes = try builder.rateCoding(builder.input, steps: 4000, gain: 0.5, name: "spikes")
    let network = try builder.network(output: spikes)
    let x: [Float] = [0, 0.2, 1, 2, 3, -1]
    let all = try LeakyUnitsTests.evaluate(network, Tensor(shape: [2, 2, 3], elements: x + x))
    for s in 0..<2 {
      for (i, p) in [0, 0.1, 0.5, 1, 1, 0].enumerated() {
        let count = Double((0..<4000).reduce(0) { $0 + all[(s * 4000 + $1) * 6 + i] })
        #expect(abs(count - 4000 * p) <= 5 * (4000 * p * (1 - p)).squareRoot())
      }
    }
    #expect(all[..<24000] != all[24000...])
    let again = try LeakyUnitsTests.evaluate(network, Tensor(shape: [2, 2, 3], elements: x + x))
    #expect(all == again)
  }
}
