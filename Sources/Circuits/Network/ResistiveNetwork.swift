import DeviceModels

/// Any circuit of two-terminal elements, ideal connections and bidirectional amplifiers, with some nodes held at voltages.
package struct ResistiveNetwork: Sendable {
  /// What joins two nodes; v is the voltage of `from` minus that of `to`.
  package enum Element: Hashable, Sendable {
    /// Ohms; 0 is an ideal connection, infinity none.
    case resistor(Double)
    /// A cell whose memristor has this conductance in siemens (0 is open, infinity an ideal connection), with the law
    /// of this number, and the overdrive of its transistor in volts where that is another than the law's.
    case cell(Double, law: Int = 0, overdrive: Double? = nil)
    /// Siemens in series with a source of `volts`: I = g·(v − volts). The conductance may be negative, as in the
    /// negative phase of equilibrium propagation.
    case conductor(Double, volts: Double)
    /// An ideal voltage source: v is this many volts.
    case source(Double)
    /// An ideal current source: this many amperes through it.
    case current(Double)
    /// A diode that conducts from `from` to `to`.
    case diode(ExponentialDiode)
    /// An ideal diode with a threshold in volts: I ≥ 0, v ≤ threshold, and one of them is an equality.
    case idealDiode(Double)
    /// A diode of straight lines: I = conductance·(v − threshold) above the threshold in volts, and none below.
    case linearDiode(threshold: Double, conductance: Double)

    /// Whether it fixes the difference of two voltages.
    var isIdeal: Bool {
      switch self {
      case .resistor(let ohms): ohms == 0
      case .cell(let conductance, _, _): conductance == .infinity
      case .source: true
      case .conductor, .current, .diode, .idealDiode, .linearDiode: false
      }
    }

    /// Whether no current passes it.
    var isOpen: Bool {
      switch self {
      case .resistor(let ohms): ohms == .infinity
      case .cell(let conductance, _, _): conductance == 0
      case .conductor(let conductance, _): conductance == 0
      case .current(let amperes): amperes == 0
      case .source, .diode, .idealDiode, .linearDiode: false
      }
    }

    /// Whether its current follows its voltage, so that it holds a node.
    var isBond: Bool {
      if case .current = self { return false }
      return !isIdeal && !isOpen
    }
  }

  /// An element between two nodes; its current counts from `from` to `to`.
  package struct Branch: Hashable, Sendable {
    package var from: Int
    package var to: Int
    package var element: Element

    package init(from: Int, to: Int, element: Element) {
      (self.from, self.to, self.element) = (from, to, element)
    }

    /// Whether it is an ideal diode.
    package var isIdealDiode: Bool {
      if case .idealDiode = element { true } else { false }
    }
  }

  /// A bidirectional amplifier: a voltage-controlled voltage source forward, v(output) = gain·v(input) against ground, and a
  /// current-controlled current source back, which draws 1/gain of the output's current from the input (Kendall et al.,
  /// arXiv 2006.01981).
  ///
  /// What is behind it counts with 1/gain² in the co-content: P₁(V) + P₂(gain·V)/gain². It is not passive.
  package struct Amplifier: Hashable, Sendable {
    package var input: Int
    package var output: Int
    package var gain: Double

    package init(input: Int, output: Int, gain: Double) {
      (self.input, self.output, self.gain) = (input, output, gain)
    }
  }

  /// How many nodes there are.
  package let nodeCount: Int
  /// The elements.
  package let branches: [Branch]
  /// Volts of the nodes that are held.
  package let held: [Int: Double]
  /// How the currents of cells follow their voltages; a cell names one by its number.
  package let laws: [CellLaw]
  /// The amplifiers.
  package let amplifiers: [Amplifier]

  /// A network; see the members.
  /// - Precondition: nodes and laws that are named exist; amplifiers have a gain of 1 or more.
  package init(
    nodeCount: Int, branches: [Branch], held: [Int: Double], laws: [CellLaw] = [.ohmic],
    amplifiers: [Amplifier] = []
  ) {
    precondition(amplifiers.allSatisfy { $0.gain >= 1 }, "amplifiers do not attenuate")
    self.nodeCount = nodeCount
    self.branches = branches
    self.held = held
    self.laws = laws
    self.amplifiers = amplifiers
  }

  /// The same nodes with other branches.
  func with(branches: [Branch]) -> ResistiveNetwork {
    ResistiveNetwork(
      nodeCount: nodeCount, branches: branches, held: held, laws: laws, amplifiers: amplifiers)
  }

  /// Which groups elements join to a node that is held.
  /// - Parameter groups: of every node.
  func reached(_ groups: [Int]) -> [Bool] {
    var neighbors: [[Int]] = Array(repeating: [], count: nodeCount)
    for branch in branches where branch.element.isBond {
      let (a, b) = (groups[branch.from], groups[branch.to])
      neighbors[a].append(b)
      neighbors[b].append(a)
    }
    var reached = [Bool](repeating: false, count: nodeCount)
    var queue = held.keys.map { groups[$0] }
    for group in queue { reached[group] = true }
    while let next = queue.popLast() {
      for other in neighbors[next] where !reached[other] {
        reached[other] = true
        queue.append(other)
      }
    }
    return reached
  }
}

extension ResistiveNetwork {
  /// Current and slope of an element that does not fix its voltage, under `voltage`.
  func point(_ element: Element, _ voltage: Double) -> (current: Double, slope: Double) {
    switch element {
    case .resistor(let ohms): return (voltage / ohms, 1 / ohms)
    case .cell(let conductance, let law, let overdrive):
      let point = laws[law].with(overdrive: overdrive)
        .point(conductance: conductance, voltage: voltage)
      // A saturated transistor's slope may be 0, which would leave its node without equation.
      return (point.current, max(point.slope, 1e-12 * conductance))
    case .conductor(let conductance, let volts):
      return (conductance * (voltage - volts), conductance)
    case .current(let amperes): return (amperes, 0)
    case .diode(let diode):
      let point = diode.point(voltage)
      return (
        point.current,
        max(point.slope, 1e-12 * diode.saturationCurrent / diode.emissionVoltage)
      )
    case .linearDiode(let threshold, let conductance):
      return voltage > threshold
        ? (conductance * (voltage - threshold), conductance) : (0, 1e-12 * conductance)
    case .source, .idealDiode: preconditionFailure("its current is not a function of its voltage")
    }
  }

  /// The co-content ∫₀^v I(u)·du of an element in watts, and the derivatives by its conductance of the co-content (V²)
  /// and of the current (V). The conductance is the parameter that a learning rule changes: 1/R of a resistor, that of
  /// the memristor of a cell. Sources and diodes have none; a source and an ideal diode have no co-content.
  package func coContent(
    _ element: Element, _ voltage: Double
  ) -> (value: Double, perConductance: Double, currentPerConductance: Double) {
    switch element {
    case .resistor(let ohms):
      if ohms == 0 { return (0, 0, 0) }
      return (0.5 * voltage * voltage / ohms, 0.5 * voltage * voltage, voltage)
    case .cell(let conductance, let law, let overdrive):
      if conductance == .infinity { return (0, 0, 0) }
      let law = laws[law].with(overdrive: overdrive)
      let (value, slope) = law.coContent(conductance: conductance, voltage: voltage)
      return (value, slope, law.point(conductance: conductance, voltage: voltage).perConductance)
    case .conductor(let conductance, let volts):
      let part = voltage * (0.5 * voltage - volts)
      return (conductance * part, part, voltage - volts)
    case .current(let amperes): return (amperes * voltage, 0, 0)
    case .diode(let diode): return (diode.coContent(voltage), 0, 0)
    case .linearDiode(let threshold, let conductance):
      // ∫₀^v max(u − threshold, 0)·du
      let (end, start) = (max(voltage - threshold, 0), max(-threshold, 0))
      let part = 0.5 * (end * end - start * start)
      return (conductance * part, part, end)
    case .source, .idealDiode: return (0, 0, 0)
    }
  }
}
