import InputOutput
import Reporting
import Testing

@Suite struct TableTests {
  @Test("a table written as CSV is read back the same")
  func roundTrip() throws {
    var table = Table(columns: ["name", "a,b", "energy (J)"])
    table.append(["plain", 3, 0.1])
    table.append(["with \"quotes\", commas\nand lines", -7, 1.0e-12])
    let read = try Table(csv: table.csv, source: "t.csv")
    #expect(read.columns == table.columns)
    #expect(read.rows == table.rows)
  }

  @Test("a short row is named by its line")
  func shortRow() {
    let error = #expect(throws: InputError.self) {
      try Table(csv: "a,b\n1,2\n3\n", source: "t.csv")
    }
    #expect(error?.description == "t.csv: line 3: the row has 1 fields, 2 are expected.")
  }

  @Test("a table on the terminal has its columns aligned")
  func plain() {
    var table = Table(columns: ["layer", "tiles"])
    table.append(["fc1", 4])
    table.append(["output", 12])
    #expect(table.plainText == "layer   tiles\nfc1         4\noutput     12\n")
  }
}
