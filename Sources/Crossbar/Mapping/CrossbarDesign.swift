import Circuits
import DeviceModels
import PhysicalUnits

/// The word lines and bit lines of one tile.
public struct TileShape: Sendable, Hashable {
  /// Word lines.
  public var rows: Int
  /// Bit lines: columns of cells.
  public var columns: Int

  /// - Precondition: both at least 1.
  public init(rows: Int, columns: Int) {
    precondition(rows > 0 && columns > 0, "a tile has rows and columns")
    self.rows = rows
    self.columns = columns
  }
}

/// Everything that decides how a weight matrix is put on crossbars and read from them.
public struct CrossbarDesign: Sendable {
  /// What the cells are.
  public var device: DeviceModel
  /// How weights become conductances.
  public var mapping: WeightMapping
  /// The size of a tile.
  public var tile: TileShape
  /// How a matrix that is larger than a tile is split.
  public var tileFill = TileLayout.Fill.even
  /// What shares a scale.
  public var scale: ScaleSharing
  /// What the largest weight is.
  public var clipping: WeightClipping
  /// Whether biases stand on a word line of their own (with a constant input of 1) or are added
  /// digitally.
  public var biasOnRow: Bool
  /// How inputs get on; `nil` is the ideal: every value as it is.
  public var input: InputConverter?
  /// How currents get off; `nil` is the ideal.
  public var output: OutputConverter?
  /// The largest current that a column's read-out carries, of either sign, before anything is
  /// subtracted or converted; `nil` is no limit.
  public var columnLimit: Amperes?
  /// The resistances of a tile's word and bit lines; `nil` is ideal conductors. Converters are
  /// calibrated without them unless their effect is made good.
  public var wires: UniformWires?
  /// How the effect of wires is made good.
  public var wireCompensation: WireCompensation
  /// What is done about vectors whose conversions clip.
  public var boundManagement: BoundManagement
  /// Standard deviation of the noise at the input of every output converter, in amperes.
  public var outputNoise: Amperes
  /// Whether one read differs from the next by the device's read noise.
  public var readNoise: Bool
  /// Whether cells are written with the device's errors, or exactly.
  public var writeErrors: Bool
  /// How drift is made good.
  public var driftCompensation: DriftCompensation

  /// What is done about vectors whose conversions clip.
  public enum BoundManagement: Sendable, Hashable {
    /// Nothing: they stay clipped.
    case none
    /// A vector is read again with its inputs halved, until nothing clips; it ends at the given
    /// factor, or where the full input would be fewer than two codes.
    case iterative(maximumFactor: Int = 1000)
    /// A vector is read once more, with inputs divided so far that nothing clips where weights are at most
    /// `largestWeight` of the largest: by max(Σx⁺, Σx⁻)·w/range, Σx⁺ the sum of the positive inputs and Σx⁻ of the
    /// magnitudes of the negative ones; but no further than to two codes of the full input. Weights that add up over
    /// inputs of both signs may reach twice that.
    case worstCase(largestWeight: Float = 0.6)

    /// The name that files have for it; `nil` for none.
    package var name: String? {
      switch self {
      case .none: nil
      case .iterative: "iterative"
      case .worstCase: "worst-case"
      }
    }
  }

  /// How drift is made good at read time.
  public enum DriftCompensation: String, Sendable, CaseIterable {
    /// Not at all.
    case none
    /// One factor a layer: the ratio of the summed |conductance differences| then and now.
    case global
    /// One factor a column.
    case column
  }

  /// A design; see the members.
  public init(
    device: DeviceModel, mapping: WeightMapping = .differentialPair(),
    tile: TileShape = TileShape(rows: 256, columns: 256), scale: ScaleSharing = .layer,
    clipping: WeightClipping = .maximum, biasOnRow: Bool = false, input: InputConverter? = nil,
    output: OutputConverter? = nil, columnLimit: Amperes? = nil,
    wires: UniformWires? = nil, wireCompensation: WireCompensation = .none,
    boundManagement: BoundManagement = .none,
    outputNoise: Amperes = Amperes(0),
    readNoise: Bool = true,
    writeErrors: Bool = true, driftCompensation: DriftCompensation = .none
  ) {
    mapping.check()
    if case .slices(let ranges) = output?.range {
      precondition(ranges.count == mapping.sliceCount, "a range per slice of the weights")
    }
    precondition(columnLimit.map { $0.value > 0 } ?? true, "a limit leaves some current")
    precondition(
      tile.columns >= mapping.columnsPerWeight + mapping.referenceColumns,
      "a tile has room for one weight a row")
    self.device = device
    self.mapping = mapping
    self.tile = tile
    self.scale = scale
    self.clipping = clipping
    self.biasOnRow = biasOnRow
    self.input = input
    self.output = output
    self.columnLimit = columnLimit
    self.wires = wires
    self.wireCompensation = wireCompensation
    self.boundManagement = boundManagement
    self.outputNoise = outputNoise
    self.readNoise = readNoise
    self.writeErrors = writeErrors
    self.driftCompensation = driftCompensation
  }

  /// How a cell's current follows the voltage of its word line: the device's law where voltages are proportional to the
  /// inputs; `nil` where currents are proportional to the inputs, by the law or because every pulse has the read
  /// voltage.
  var nonlinearConduction: ConductionLaw? {
    let carriesPulses = input.map { $0.coding != .amplitude } ?? false
    return carriesPulses || device.conduction.isLinear ? nil : device.conduction
  }

  /// Whether currents that are converted may be negative.
  var currentsAreSigned: Bool {
    input?.signed ?? true || !subtractsDigitally
  }

  /// How a matrix of this size is placed on tiles.
  public func layout(rowCount: Int, columnCount: Int, groups: Int = 1) -> TileLayout {
    TileLayout(
      rowCount: rowCount, columnCount: columnCount, groups: groups, tileRows: tile.rows,
      weightsPerTileRow: weightsPerTileRow, fill: tileFill)
  }

  /// How many weights stand side by side in a tile.
  public var weightsPerTileRow: Int {
    (tile.columns - mapping.referenceColumns) / mapping.columnsPerWeight
  }
}

extension CrossbarDesign {
  /// What ramps are written into; `nil` where they are exact: without write errors and drift.
  var rampDevice: DeviceModel? {
    writeErrors ? device : device.drift == nil ? nil : device.writtenExactly
  }

  /// Whether what is subtracted is converted separately: the second columns of pairs, or reference columns.
  var subtractsDigitally: Bool {
    output?.subtraction == .digital && (mapping.hasPairs || mapping.referenceColumns > 0)
  }

  /// How many outputs of a weight's columns are converted separately: one per slice, two where the
  /// columns of a pair are subtracted digitally.
  public var outputsPerWeight: Int {
    mapping.sliceCount * (subtractsDigitally && mapping.hasPairs ? 2 : 1)
  }

  /// How many reference columns of a tile are converted separately.
  public var convertedReferences: Int { subtractsDigitally ? mapping.referenceColumns : 0 }

  /// Which sums of a matrix are converted where these are not the products of whole weights, for which a range that training
  /// found holds with any scheme: "offset-column", "bit-sliced:8:4" (bits of a weight, bits of a cell),
  /// "two-sided-pair:digital" where columns are converted before they are subtracted; behind it the number of groups that
  /// share a tile, ":2-groups", where the cells between them count. `nil` for whole weights.
  package func convertedSums(rowCount: Int, columnCount: Int, groups: Int) -> String? {
    let own = mapping.convertedSums
    guard subtractsDigitally || mapping.hasDigitalPedestal else { return own }
    let sums = subtractsDigitally ? "\(own ?? mapping.scheme):digital" : own ?? mapping.scheme
    let first = layout(rowCount: rowCount, columnCount: columnCount, groups: groups).blocks[0]
    let together = first.columns.count / (columnCount / groups)
    return together > 1 ? "\(sums):\(together)-groups" : sums
  }

  /// How often an output is converted per input vector: once per slice where the bits of inputs are sent one by one and
  /// added digitally.
  public var conversionRounds: Int {
    guard let input, input.coding == .bitSerial, input.accumulation == .digital else { return 1 }
    return input.readCount
  }
}
