import DeviceModels
import LinearAlgebra
import Randomness

/// An array of pulsed devices whose conductances are weights: inputs × outputs.
///
/// A weight is `scale` times the sum of its devices' states with their factors, less a reference. The
/// states are in the device model's units; G = zero + unit·state, so that a weight stands for a
/// difference of conductances of weight·unit/scale.
public struct PulsedArray: Sendable {
  /// How many inputs.
  public let rowCount: Int
  /// How many outputs.
  public let columnCount: Int
  /// The devices' model.
  public let model: PulseModel
  /// The devices of a weight.
  public let cells: CellArrangement
  /// The weight of one unit of state.
  public let scale: Float
  /// How trains of pulses are worked out.
  public let stepping: PulseStepping
  /// How many pulses the devices got.
  public internal(set) var pulseCount = 0.0
  /// How many pairs were refreshed.
  public internal(set) var refreshCount = 0
  /// The devices, a population a device of a weight.
  public internal(set) var populations: [PulsedDevices]

  /// What is subtracted from a weight's states; empty is 0.
  var reference: [Float] = []
  /// The lines that connect the devices; `nil` is ideal conductors.
  var wires: PulsedWires?
  // Weights in units of state, where they are not the states of the one population as read.
  private var combined: [Float] = []
  private var workspace = ReadWorkspace()
  /// The running means of the inputs' largest values, forward and backward; empty before the first.
  private var runningMeans: [Float] = []
  let key: StreamKey
  private var reads = 0
  var updates = 0

  /// An array of devices drawn from `model`.
  ///
  /// - Parameters:
  ///   - weights: rows × columns; every device gets the state next to what it asks for. `nil` leaves
  ///     the devices at state 0 or the bound next to it.
  ///   - stepping: `nil` chooses by the size of the model's steps.
  public init(
    _ model: PulseModel, rowCount: Int, columnCount: Int, cells: CellArrangement = .single,
    scale: Float = 1, weights: [Float]? = nil, stepping: PulseStepping? = nil, key: StreamKey
  ) {
    precondition(rowCount > 0 && columnCount > 0, "an array has rows and columns")
    precondition(scale > 0 && !cells.factors.isEmpty, "a positive scale, and devices")
    self.model = model
    self.rowCount = rowCount
    self.columnCount = columnCount
    self.cells = cells
    self.scale = scale
    self.stepping = stepping ?? .suited(to: model)
    self.key = key
    populations = cells.factors.indices.map {
      PulsedDevices(model, count: rowCount * columnCount, key: key.child("cells").child($0))
    }
    if let weights { setWeights(weights) } else { combine() }
  }

  /// The change of a weight by one requested pulse.
  public var granularity: Float {
    Float(model.stepSize) * cells.stepsPerPulse * scale
  }

  /// Sets all devices directly so that the weights are `weights` as far as bounds allow.
  /// - Precondition: rows × columns numbers.
  public mutating func setWeights(_ weights: [Float]) {
    precondition(weights.count == rowCount * columnCount, "a number a weight")
    for (k, states) in targets(weights).enumerated() { populations[k].setStates(states) }
    combine()
  }

  /// The states that make up the weights, a population each.
  func targets(_ weights: [Float]) -> [[Float]] {
    let nominal = model.nominal
    let (low, middle) = (Float(nominal.low), Float((nominal.low + nominal.high) / 2))
    let inverse = 1 / scale
    switch cells {
    case .single:
      if reference.isEmpty { return [weights.map { $0 * inverse }] }
      return [zip(weights, reference).map { $0 * inverse + $1 }]
    case .pair(.bothCells):
      return [
        weights.map { middle + 0.5 * inverse * $0 }, weights.map { middle - 0.5 * inverse * $0 },
      ]
    case .pair(.oneSided):
      return [
        weights.map { low + max(0, inverse * $0) }, weights.map { low + max(0, -inverse * $0) },
      ]
    case .multiple(let factors, _):
      // Every device carries the part that makes Σ fₖsₖ right with the least change.
      let square = factors.reduce(0) { $0 + $1 * $1 }
      return factors.map { f in weights.map { $0 * inverse * f / max(square, 1e-30) } }
    }
  }

  /// The weights as their devices are read one by one, without wires, rows × columns.
  public var weights: [Float] {
    withStates { states in states.map { $0 * scale } }
  }

  /// Calls `body` with the weights in units of state.
  func withStates<R>(_ body: (UnsafeBufferPointer<Float>) -> R) -> R {
    if combined.isEmpty { return populations[0].withReadStates(body) }
    return combined.withUnsafeBufferPointer(body)
  }

  /// Brings what is read up to date with the devices.
  mutating func combine(rows: Range<Int>? = nil) {
    wires?.effort = nil
    if populations.count == 1 && reference.isEmpty && cells.factors == [1] {
      combined = []
      return
    }
    let count = rowCount * columnCount
    if combined.count != count { combined = Array(repeating: 0, count: count) }
    let range =
      rows.map { $0.lowerBound * columnCount..<$0.upperBound * columnCount } ?? 0..<count
    let factors = cells.factors
    combined.withUnsafeMutableBufferPointer { w in
      if reference.isEmpty {
        w.extracting(range).update(repeating: 0)
      } else {
        for i in range { w[i] = -reference[i] }
      }
      for (population, f) in zip(populations, factors) {
        population.withReadStates { s in for i in range { w[i] += f * s[i] } }
      }
    }
  }

  /// y = x·W through `path`: x is samples × inputs, y samples × outputs. Noise comes from `key`, or
  /// from the array's own sequence of reads.
  package mutating func forward(
    _ x: UnsafePointer<Float>, samples: Int, into y: UnsafeMutablePointer<Float>, path: ReadPath,
    key: StreamKey? = nil
  ) {
    let (rows, columns) = (rowCount, columnCount)
    read(path, .forward, x, samples: samples, inputs: rows, outputs: columns, into: y, key: key) {
      x, n, y, w in
      DenseProducts.forward(x, weights: w, into: y, samples: n, inputs: rows, outputs: columns)
    }
  }

  /// dx = d·Wᵀ through `path`: the transposed read.
  mutating func backward(
    _ d: UnsafePointer<Float>, samples: Int, into dx: UnsafeMutablePointer<Float>, path: ReadPath
  ) {
    let (rows, columns) = (rowCount, columnCount)
    read(path, .backward, d, samples: samples, inputs: columns, outputs: rows, into: dx) {
      d, n, dx, w in
      DenseProducts.backward(d, weights: w, into: dx, samples: n, inputs: rows, outputs: columns)
    }
  }

  /// Which lines are driven.
  private enum Direction: Int { case forward, backward }

  private mutating func read(
    _ path: ReadPath, _ direction: Direction, _ x: UnsafePointer<Float>, samples: Int, inputs: Int,
    outputs: Int,
    into y: UnsafeMutablePointer<Float>, key own: StreamKey? = nil,
    _ product: (
      UnsafePointer<Float>, Int, UnsafeMutablePointer<Float>, UnsafePointer<Float>
    ) -> Void
  ) {
    let stream = own ?? key.child("read").child(reads)
    if own == nil { reads += 1 }
    followWires(exactly: own != nil)
    var space = ReadWorkspace()
    swap(&space, &workspace)
    var mean = runningMeans.isEmpty ? 0 : runningMeans[direction.rawValue]
    withReadable { states in
      path.read(
        x, samples: samples, inputs: inputs, outputs: outputs, into: y, factor: scale,
        key: stream, lines: lines(direction), runningMean: &mean, isTraining: own == nil,
        workspace: &space
      ) { product($0, $1, $2, states.baseAddress!) }
    }
    swap(&space, &workspace)
    if mean > 0 {
      if runningMeans.isEmpty { runningMeans = [0, 0] }
      runningMeans[direction.rawValue] = mean
    }
  }

  /// The key of what differs between the lines that are read.
  private func lines(_ direction: Direction) -> StreamKey {
    key.child("lines").child(direction.rawValue)
  }

  /// Rows as the array reads them with a full input on one of them at a time, through `path`'s output
  /// converter: rows × columns in units of state, at the start of `y`.
  mutating func readRows(_ rows: Range<Int>, path: ReadPath, into y: inout [Float]) {
    let stream = key.child("rows").child(reads)
    reads += 1
    let count = rows.count * columnCount
    let first = rows.lowerBound * columnCount
    if y.count < count { y = Array(repeating: 0, count: count) }
    followWires(exactly: false)
    withReadable { states in
      y.withUnsafeMutableBufferPointer {
        $0.baseAddress!.update(from: states.baseAddress! + first, count: count)
      }
    }
    path.convert(&y, count: count, columns: columnCount, key: stream, lines: lines(.forward))
  }

  /// Shows `visitor` what the array's future depends on.
  package mutating func visit(_ visitor: inout SavedState, _ name: String) {
    for k in populations.indices {
      var saved = populations[k].saved
      visitor.floats("\(name).states.\(k)", &saved.rows)
      visitor.integer("\(name).pulse.\(k)", &saved.pulseNumber)
      if visitor.restores { populations[k].saved = saved }
    }
    visitor.variableFloats("\(name).reference", &reference, [0, rowCount * columnCount])
    visitor.integer("\(name).reads", &reads)
    visitor.integer("\(name).updates", &updates)
    visitor.integer("\(name).refreshes", &refreshCount)
    visitor.number("\(name).pulses", &pulseCount)
    visitor.optionalFloats("\(name).running-means", &runningMeans, count: 2)
    visitWires(&visitor, name)
    if visitor.restores { combine() }
  }
}
