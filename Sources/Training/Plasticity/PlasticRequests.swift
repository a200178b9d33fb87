import LinearAlgebra
import Networks
import Randomness

/// The requests of all samples of a step: samples are worked out on several threads, and joined in their order.
enum PlasticRequests {
  /// What the errors of the outputs are at the units of a block.
  struct ThirdFactor {
    /// Samples × steps × units.
    let slopes: [Float]
    /// Samples × units.
    let errors: Matrix<Float>

    /// Broadcast errors, a part of them in each of `steps` steps.
    init(slopes: [Float], errors: Matrix<Float>, steps: Int) {
      self.slopes = slopes
      var errors = errors
      for k in errors.elements.indices { errors.elements[k] /= Float(steps) }
      self.errors = errors
    }
  }

  /// What the matrices of a hidden block ask for, in the order of `PlasticBlock.learning`.
  static func hidden(
    _ block: inout PlasticBlock, _ law: any PlasticityLaw, _ input: UnsafePointer<Float>,
    _ spikes: UnsafePointer<Float>, _ third: ThirdFactor?, samples: Int
  ) -> [UpdateRequests] {
    let (steps, units, inputs) = (block.steps, block.outputs, block.inputs)
    let spiking = block.units ?? IntegrateAndFire()
    // The state of an astrocyte goes from sample to sample.
    var factors = [[Float]?](repeating: nil, count: samples)
    if block.astrocyte != nil {
      for s in 0..<samples {
        factors[s] = block.astrocyte!.follow(
          layer: spikes + s * steps * units, units: units, input: input + s * steps * inputs,
          inputs: inputs, steps: steps)
      }
    }
    let inTurns = block.graph.structure.sitesReadInTurns
    return block.learning.map { k in
      let isRecurrent = inTurns.contains(k)
      nonisolated(unsafe) let (input, spikes) = (input, spikes)  // safe: only read
      let factors = factors
      return joined(samples, inputs: isRecurrent ? units : inputs, outputs: units) { s, own in
        let post = spikes + s * steps * units
        var activity = SiteActivity(
          steps: steps, inputs: isRecurrent ? units : inputs, outputs: units,
          pre: isRecurrent ? post : input + s * steps * inputs, isDelayed: isRecurrent,
          post: post, units: spiking, depression: factors[s])
        guard let third else { return law.add(activity, to: &own) }
        third.slopes.withUnsafeBufferPointer { slopes in
          third.errors.elements.withUnsafeBufferPointer { errors in
            activity.errors = (
              slopes.baseAddress! + s * steps * units, errors.baseAddress! + s * units
            )
            law.add(activity, to: &own)
          }
        }
      }
    }
  }

  /// What the last matrix asks for where a teacher fires at its outputs.
  static func taught(
    _ block: PlasticBlock, _ law: any PlasticityLaw, _ input: UnsafePointer<Float>,
    _ labels: [Int32], rate: Float, key: StreamKey
  ) -> UpdateRequests {
    let site = block.graph.sites.sites[block.learning[0]]
    let (inputs, classes) = (site.inputs, site.outputs)
    let steps = block.graph.structure.inputShape[0]
    nonisolated(unsafe) let input = input  // safe: only read
    return joined(labels.count, inputs: inputs, outputs: classes) { s, own in
      let teacher = Supervision.spikes(
        class: Int(labels[s]), of: classes, steps: steps, rate: rate, key.child(s))
      teacher.withUnsafeBufferPointer {
        law.add(
          SiteActivity(
            steps: steps, inputs: inputs, outputs: classes, pre: input + s * steps * inputs,
            isDelayed: false, post: $0.baseAddress!, units: IntegrateAndFire()), to: &own)
      }
    }
  }

  private static func joined(
    _ samples: Int, inputs: Int, outputs: Int,
    _ body: @Sendable (Int, inout UpdateRequests) -> Void
  ) -> UpdateRequests {
    var parts = [UpdateRequests](
      repeating: UpdateRequests(inputs: inputs, outputs: outputs), count: samples)
    parts.withUnsafeMutableBufferPointer { parts in
      nonisolated(unsafe) let parts = parts  // safe: one sample each
      Parallel.forEach(samples) { body($0, &parts[$0]) }
    }
    return parts.dropFirst().reduce(into: parts[0]) { $0.add($1) }
  }
}
