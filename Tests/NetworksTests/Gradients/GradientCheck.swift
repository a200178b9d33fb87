import LinearAlgebra
import Networks
import Randomness
import TestSupport
import Testing

/// Compares all gradients of a network with central differences of `Σ cᵢ·yᵢ`, c random.
struct GradientCheck {
  let network: Network
  let x: Tensor
  var isTraining = true
  /// Whether the gradients at the network's input are checked, and asked for at all.
  var checksInput = true
  /// The largest accepted error in parts of the largest gradient of its array.
  ///
  /// A single-precision sum of a few hundred terms of order 1 is known to about 1e-6; with steps of
  /// 0.02 the quotient is known to 1e-4 of its largest, and Richardson's extrapolation removes the h² term.
  var tolerance = 1e-3
  /// The step h.
  var step: Float = 0.02
  /// Numbers of each array that are checked.
  var probes = 24
  /// The result for the inputs `x`, whose gradients stay in `pass` and `sites`.
  private func run(
    _ pass: GraphPass, _ sites: DigitalSites, _ x: [Float], _ c: [Float], backward: Bool = false
  ) -> (value: Double, dx: [Float]) {
    let samples = self.x.sampleCount
    return x.withUnsafeBufferPointer { x in
      let y = pass.forward(
        x.baseAddress!, samples: samples,
        TrainingPass(key: StreamKey(seed: 1), isTraining: isTraining),
        engine: sites)
      let value = c.indices.reduce(0.0) { $0 + Double(c[$1]) * Double(y[$1]) }
      guard backward else { return (value, []) }
      var gradient = c
      sites.begin()
      gradient.withUnsafeMutableBufferPointer { pass.backward($0.baseAddress!, engine: sites) }
      // The memory of `gradient` may hold it; it is still there.
      return (
        value,
        withExtendedLifetime(gradient) {
          pass.inputGradient.map { Array(UnsafeBufferPointer(start: $0, count: x.count)) } ?? []
        }
      )
    }
  }

  /// Checks everything; the share of the probes that had no kink beside them.
  @discardableResult
  func callAsFunction(_ seed: UInt64 = 1) -> Double {
    let pass = GraphPass(network, wantsInputGradient: checksInput)
    let sites = DigitalSites(network)
    let c = normal(
      x.sampleCount * network.outputShape.reduce(1, *), seed: seed, "weights of the results")
    let exact = run(pass, sites, x.elements, c, backward: true)
    var (all, kept) = (0, 0)

    /// Compares one array with quotients of `value`, which puts one number at a place.
    func compare(
      _ name: String, _ values: [Float], _ gradient: [Float],
      _ value: (_ place: Int, _ number: Float) -> Double
    ) {
      #expect(values.count == gradient.count && gradient.allSatisfy(\.isFinite), "\(name)")
      let largest = max(1e-2, gradient.reduce(0) { max($0, Double(abs($1))) })
      let stride = max(1, values.count / probes)
      for i in Swift.stride(from: Int(seed) % stride, to: values.count, by: stride) {
        /// The first and the second difference quotient, the second times h.
        func quotients(_ h: Float) -> (slope: Double, bend: Double) {
          let (up, down) = (values[i] + h, values[i] - h)
          let (above, below) = (value(i, up), value(i, down))
          let width = Double(up - down)
          return ((above - below) / width, (above + below - 2 * exact.value) / width)
        }
        let (coarse, fine) = (quotients(step), quotients(step / 2))
        all += 1
        // Without a kink the h² term of the slope is a few parts in 10⁵, and the second quotient times h is
        // proportional to h. Where that is not so there is no derivative to compare with.
        if abs(coarse.slope - fine.slope) > tolerance / 2 * largest
          || abs(coarse.bend - 2 * fine.bend) > tolerance * largest
        {
          continue
        }
        kept += 1
        let found = (4 * fine.slope - coarse.slope) / 3
        #expect(
          abs(Double(gradient[i]) - found) <= tolerance * largest,
          "\(name)[\(i)]: \(gradient[i]) against \(found)")
      }
    }

    if checksInput {
      compare("input", x.elements, exact.dx) { place, number in
        var shifted = x.elements
        shifted[place] = number
        return run(pass, sites, shifted, c).value
      }
    }
    for (k, site) in network.sites.enumerated() {
      let weights = sites.weights[k].elements
      compare("\(site.name).weight", weights, sites.weightGradients[k].elements) { place, number in
        sites.weights[k].elements[place] = number
        defer { sites.weights[k].elements[place] = weights[place] }
        return run(pass, sites, x.elements, c).value
      }
      let bias = sites.biases[k]
      compare("\(site.name).bias", bias, sites.biasGradients[k]) { place, number in
        sites.biases[k][place] = number
        defer { sites.biases[k][place] = bias[place] }
        return run(pass, sites, x.elements, c).value
      }
    }
    var parameters: [(String, [Float], [Float])] = []
    pass.forEachParameter { name, _, values, gradient in
      parameters.append((name, values, gradient))
    }
    for (wanted, values, gradient) in parameters {
      compare(wanted, values, gradient) { place, number in
        func set(_ number: Float) {
          pass.forEachParameter { name, _, values, _ in
            if name == wanted { values[place] = number }
          }
        }
        set(number)
        defer { set(values[place]) }
        return run(pass, sites, x.elements, c).value
      }
    }
    return all == 0 ? 1 : Double(kept) / Double(all)
  }
}
