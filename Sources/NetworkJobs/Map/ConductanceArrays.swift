import ArrayFiles
import Crossbar
import Networks

/// The conductances of a chip as named arrays, in siemens: what a laboratory would program, and what
/// the simulated write made of it.
enum ConductanceArrays {
  /// The arrays `LAYER.rFIRST-LAST.cFIRST-LAST.sSLICE.positive.target`, `….written`, and the same with
  /// `negative`: word lines × bit lines. Chips after the first have `….written-NUMBER` only.
  static func arrays(
    of chip: AnalogEngine, number: Int, names: [String]
  ) -> [(name: String, array: NumericArray)] {
    var arrays: [(name: String, array: NumericArray)] = []
    for (site, matrix) in chip.matrices.enumerated() {
      for (b, block) in matrix.mapped.blocks.enumerated() {
        let (rows, columns) = (block.place.rows, block.place.columns)
        for (s, targets) in block.written.enumerated() {
          let written = matrix.conductances(block: b, slice: s)
          let place =
            "\(site).\(fileName(names[site])).r\(rows.lowerBound)-\(rows.upperBound - 1)"
            + ".c\(columns.lowerBound)-\(columns.upperBound - 1).s\(s)"
          var parts = [
            ("positive.target", targets.positive), ("positive.written", written.positive),
            ("negative.target", targets.negative), ("negative.written", written.negative),
          ]
          if number > 0 {
            parts = [
              ("positive.written-\(number)", written.positive),
              ("negative.written-\(number)", written.negative),
            ]
          }
          for (part, values) in parts where !values.isEmpty {
            let shape = [rows.count, values.count / rows.count]
            arrays.append(("\(place).\(part)", NumericArray(shape: shape, floats: values)))
          }
        }
      }
    }
    return arrays
  }

  /// The arrays `LAYER.rFIRST-LAST.cFIRST-LAST.ramp.NAME.bFIRST-LAST.target` and `….written`: the cells of every ramp,
  /// calibration cells first, and the bit lines of the tile that they fill one after the other.
  static func rampArrays(
    of chip: AnalogEngine, in mapped: MappedNetwork, number: Int
  ) -> [(name: String, array: NumericArray)] {
    mapped.network.sites.flatMap { site in
      mapped.rampPlaces(site: site.index).flatMap { place in
        let rows = mapped.matrices[site.index].blocks[place.block].place.rows
        let name =
          "\(site.index).\(fileName(site.name)).r\(rows.lowerBound)-\(rows.upperBound - 1)"
          + ".c\(place.tile.lowerBound)-\(place.tile.upperBound - 1).ramp.\(place.name)"
          + ".b\(place.bitLines.lowerBound)-\(place.bitLines.upperBound - 1)"
        let cells = chip.cells(of: place, site: site.index)
        let parts =
          number > 0
          ? [("written-\(number)", cells.conductances)]
          : [("target", cells.targets), ("written", cells.conductances)]
        return parts.map {
          ("\(name).\($0.0)", NumericArray(shape: [$0.1.count], floats: $0.1))
        }
      }
    }
  }

  /// `name` with letters, digits, hyphens and underscores only.
  private static func fileName(_ name: String) -> String {
    String(
      name.prefix(100).map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") ? $0 : "-" })
  }
}
