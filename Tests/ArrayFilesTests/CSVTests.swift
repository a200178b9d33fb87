import ArrayFiles
import InputOutput
import Testing

@Suite struct CSVTests {
  @Test(
    "columns are read by name, between commas, semicolons or tabs",
    arguments: [",", ";", "\t"])
  func separators(separator: String) throws {
    let text = "# measured\nvoltage|current\n0.1|1e-6\n\n -0.2 | -2e-6 \r\n".replacing(
      "|", with: separator)
    let table = try CSVTable(text: text, source: "curve.csv")
    #expect(table.hasHeader)
    #expect(try table.numbers("voltage") == [0.1, -0.2])
    #expect(try table.numbers("current") == [1e-6, -2e-6])
    #expect(table.place(row: 1) == "line 5")
    #expect {
      try table.numbers("curent")
    } throws: {
      "\($0)".contains("did you mean 'current'")
    }
  }

  @Test("a table of numbers alone has numbered columns")
  func noHeader() throws {
    let table = try CSVTable(text: "1,2\n3,4", source: "t")
    #expect(!table.hasHeader)
    #expect(table.columns == ["1", "2"])
    #expect(try table.numbers("2") == [2, 4])
  }

  @Test(
    "decimal commas are named as what they are",
    arguments: [
      "time;current\n1;2\n0,5;1\n", "0,5;1\n1,5;2\n", "time;current\n1;-2,5e-6\n",
      "time,current\n0,5,1,2\n", "time\tcurrent\n1\t\"0,5\"\n",
    ])
  func decimalCommas(text: String) {
    #expect {
      let table = try CSVTable(text: text, source: "t.csv")
      _ = (try table.numbers(column: 0), try table.numbers(column: 1))
    } throws: {
      "\($0)".contains("decimal comma") && "\($0)".contains("line ")
    }
  }

  @Test("quoted fields keep separators, quotes and line ends")
  func quotes() throws {
    let table = try CSVTable(text: "a,b\n\"x, \"\"y\"\"\nz\",1\nq,2\n", source: "t")
    #expect(table.rows[0][0] == "x, \"y\"\nz")
    #expect(table.place(row: 1) == "line 4")
  }

  @Test(
    "each fault names its line",
    arguments: [
      ("a,b\n1,2\n3\n", "line 3"), ("a,b\n1,\"2\n", "line 2"), ("a,a\n1,2\n", "line 1"),
      ("a,b\n\"1\"x,2\n", "line 2"), ("", "no rows"), ("a,b\n", "no rows"),
    ])
  func faults(text: String, place: String) {
    #expect {
      try CSVTable(text: text, source: "t")
    } throws: {
      "\($0)".contains(place)
    }
  }

  @Test(
    "what is not a finite number is named with its line and column",
    arguments: ["x", "nan", "", "1\u{0}2", "0x10"])
  func notANumber(field: String) throws {
    let table = try CSVTable(text: "a,b\n1,2\n3,\(field)\n", source: "t.csv")
    #expect {
      try table.numbers("b")
    } throws: {
      "\($0)".contains("t.csv: line 3") && "\($0)".contains("column 'b'")
    }
  }
}
