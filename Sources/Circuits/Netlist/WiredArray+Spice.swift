import DeviceModels

extension WiredArray {
  /// This circuit as an ngspice netlist, whose batch run prints every output current i(vo0), i(vo1), …
  /// and source current i(vs0), i(vs1), … at the operating point.
  ///
  /// Nodes: `s3` source of word line 3, `u3_7` and `w3_7` the word- and bit-line node of cell (3, 7),
  /// `o7` the virtual ground of bit line 7. Nodes joined by an ideal segment are one; a broken segment
  /// and an open cell are left out. SPICE counts the current of a source from plus to minus through it:
  /// i(vo7) is the output, i(vs3) the negative source current.
  ///
  /// - Parameters:
  ///   - inputs: source voltages in volts, one a word line.
  ///   - law: the cells; nonlinear ones become behavioral sources.
  /// - Precondition: `inputs.count` is the number of rows.
  public func spiceNetlist(_ inputs: [Double], law: CellLaw = .ohmic) -> String {
    precondition(inputs.count == rowCount, "one source voltage a word line is expected")
    var lines = ["* wired array of \(rowCount)×\(columnCount) cells"]
    let (wordOhms, bitOhms) = (wordLineResistances, bitLineResistances)
    var words = [String](repeating: "", count: rowCount * columnCount)
    for i in 0..<rowCount {
      lines.append("Vs\(i) s\(i) 0 \(inputs[i])")
      var left = "s\(i)"
      for j in 0..<columnCount {
        let node = Self.join(
          left, "u\(i)_\(j)", "Rw\(i)_\(j)", wordOhms[i, j], &lines)
        words[i * columnCount + j] = node
        left = node
      }
    }
    for j in 0..<columnCount {
      lines.append("Vo\(j) o\(j) 0 0")
      var below = "o\(j)"
      for i in (0..<rowCount).reversed() {
        let node = Self.join(
          below, "w\(i)_\(j)", "Rb\(i)_\(j)", bitOhms[i, j], &lines)
        lines += law.spice(
          "c\(i)_\(j)", conductance: conductances[i, j], plus: words[i * columnCount + j],
          minus: node)
        below = node
      }
    }
    lines += [
      ".options reltol=1e-9 abstol=1e-18 vntol=1e-13 gmin=1e-18 itl1=2000", ".control",
      "set numdgt=15", "op",
    ]
    lines += (0..<columnCount).map { "print i(vo\($0))" }
    lines += (0..<rowCount).map { "print i(vs\($0))" }
    return (lines + [".endc", ".end", ""]).joined(separator: "\n")
  }

  /// The node beyond a segment from `near`.
  private static func join(
    _ near: String, _ far: String, _ name: String, _ ohms: Double, _ lines: inout [String]
  ) -> String {
    if ohms == 0 { return near }
    if ohms.isFinite { lines.append("\(name) \(near) \(far) \(ohms)") }
    return far
  }
}
