import DeviceModels
import LinearAlgebra

extension LayeredSystem {
  /// The voltages of the cells of layer `layer` for several samples, in volts.
  ///
  /// One thread at a time may call it.
  ///
  /// - Parameters:
  ///   - inputs: volts of the inputs, one list a sample; 0 for responses.
  ///   - states: of the units, one a sample.
  ///   - isAtCells: the true voltages behind the wires; else those between the ends of the two lines, as instruments at
  ///     the units read them.
  /// - Returns: samples × cells, row by row.
  package func cellVoltages(
    _ layer: Int, inputs: [[Double]], states: [UnitState], isAtCells: Bool = true
  ) -> Matrix<Double> {
    let (rows, columns) = (layered.layers[layer].conductances.rowCount, layered.layers[layer].count)
    var terminals: [Double] = []
    terminals.reserveCapacity(states.count * (rows + columns))
    for (inputs, state) in zip(inputs, states) {
      terminals += voltages(layer - 1, inputs, state)
      terminals += state.voltages[units[layer]]
    }
    if isAtCells, layered.layers[layer].wires != nil, let array = arrays.list[layer] {
      return array.cellVoltages(
        Matrix(rowCount: states.count, columnCount: rows + columns, elements: terminals))
    }
    let elements = [Double](unsafeUninitializedCapacity: states.count * rows * columns) {
      cells, filled in
      for s in states.indices {
        for i in 0..<rows {
          let word = terminals[s * (rows + columns) + i]
          for j in 0..<columns {
            cells[(s * rows + i) * columns + j] = word - terminals[s * (rows + columns) + rows + j]
          }
        }
      }
      filled = states.count * rows * columns
    }
    return Matrix(rowCount: states.count, columnCount: rows * columns, elements: elements)
  }
}
