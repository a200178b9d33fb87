import Foundation
import InputOutput

/// One HTML file that needs no other: figures as embedded images, tables, no scripts, nothing fetched.
public struct HTMLReport: Sendable {
  private let title: String
  private var body: [String] = []
  private var figureCount = 0

  /// An empty report called `title`.
  ///
  /// - Parameter summary: one or two sentences below the title.
  public init(title: String, summary: String) {
    self.title = title
    body.append(
      "<header><h1>\(MarkupText.escaped(title))</h1><p>\(MarkupText.escaped(summary))</p></header>")
  }

  /// Begins a section.
  public mutating func heading(_ text: String) {
    body.append("<h2>\(MarkupText.escaped(text))</h2>")
  }

  /// A paragraph.
  public mutating func paragraph(_ text: String) {
    body.append("<p>\(MarkupText.escaped(text))</p>")
  }

  /// The figures that matter most, in large type: "97.9 %" above "analog accuracy".
  public mutating func keyFigures(_ figures: [(value: String, name: String)]) {
    let boxes = figures.map {
      "<div><strong>\(MarkupText.escaped($0.value))</strong><span>\(MarkupText.escaped($0.name))</span></div>"
    }
    body.append("<div class=\"key\">\(boxes.joined())</div>")
  }

  /// Figures side by side, numbered, each with its caption.
  ///
  /// - Parameter figures: SVG text as `Plot.svg()` gives it.
  public mutating func figures(_ figures: [(svg: String, caption: String)]) {
    let parts = figures.map { figure -> String in
      figureCount += 1
      let drawing = Self.image(figure.svg, caption: figure.caption)
      return "<figure>\(drawing)<figcaption><b>Figure \(figureCount).</b> "
        + "\(MarkupText.escaped(figure.caption))</figcaption></figure>"
    }
    body.append("<div class=\"figures\">\(parts.joined(separator: "\n"))</div>")
  }

  /// A table with its caption.
  public mutating func table(_ table: Table, caption: String) {
    let head = table.columns.map { "<th>\(MarkupText.escaped($0))</th>" }.joined()
    let rows = table.rows.map { row in
      let cells = row.map { cell -> String in
        if case .text(let text) = cell { return "<td>\(MarkupText.escaped(text))</td>" }
        return "<td class=\"n\">\(MarkupText.escaped(cell.shown))</td>"
      }
      return "<tr>\(cells.joined())</tr>"
    }
    body.append(
      "<div class=\"table\"><p class=\"caption\">\(MarkupText.escaped(caption))</p><table>"
        + "<thead><tr>\(head)</tr></thead>\n<tbody>\(rows.joined(separator: "\n"))</tbody>"
        + "</table></div>")
  }

  /// The section of the settings of `job`, which its `run.yaml` holds.
  package mutating func settings(_ settings: [(key: String, text: String)], job: String) {
    var rows = Table(columns: ["key", "value"])
    for (key, text) in settings { rows.append([.text(key), .text(text)]) }
    heading("Settings")
    table(rows, caption: "run.yaml holds these; 'ohmweave \(job) run.yaml' runs them again.")
  }

  /// Text as it stands, such as a run file.
  public mutating func listing(_ text: String) {
    body.append("<pre>\(MarkupText.escaped(text))</pre>")
  }

  /// The whole file.
  public var html: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    \(Self.mark)
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
    <title>\(MarkupText.escaped(title))</title>
    <style>
    \(Self.style)
    </style>
    </head>
    <body>
    \(body.joined(separator: "\n"))
    <footer>Ohmweave \(Version.current)</footer>
    </body>
    </html>

    """
  }

  /// The line near the beginning of every page, which tells it from files that ohmweave did not write.
  static let mark = "<meta name=\"generator\" content=\"ohmweave\">"

  /// - Throws: `InputError` where `path` is a file that is there and is not a page of ohmweave: it is never replaced.
  static func checkReplaceable(_ path: String) throws(InputError) {
    var status = stat()
    // A link is a stream, such as /dev/stdout, whose content is not read; others are refused before.
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
    let start = FileHandle(forReadingAtPath: path)?.readData(ofLength: 256) ?? Data()
    guard start.range(of: Data(mark.utf8)) != nil else {
      throw InputError(
        path, "is not a page that ohmweave wrote and is not replaced: another file is expected")
    }
  }

  /// A drawing as an image: in an image nothing of a foreign file runs and nothing is fetched.
  private static func image(_ svg: String, caption: String) -> String {
    let code = Data(svg.utf8).base64EncodedString()
    return "<img alt=\"\(MarkupText.escaped(caption))\" src=\"data:image/svg+xml;base64,\(code)\">"
  }

  private static let style = """
    :root { color-scheme: light; }
    body { font: 15px/1.5 "Helvetica Neue", Helvetica, Arial, sans-serif; color: #1b1f24;
      background: #fff; max-width: 1060px; margin: 2.2rem auto; padding: 0 1.2rem; }
    h1 { font-size: 1.6rem; margin: 0 0 .3rem; font-weight: 600; }
    header p { color: #4b5560; margin: 0 0 1.4rem; max-width: 52rem; }
    h2 { font-size: 1.12rem; font-weight: 600; margin: 2.2rem 0 .6rem; padding-bottom: .25rem;
      border-bottom: 1px solid #dfe3e8; }
    p { max-width: 52rem; }
    .key { display: flex; flex-wrap: wrap; gap: .8rem; }
    .key div { flex: 1 1 9rem; border: 1px solid #dfe3e8; border-radius: 6px; padding: .7rem .9rem; }
    .key strong { display: block; font-size: 1.28rem; font-weight: 600; white-space: nowrap; }
    .key span { color: #4b5560; font-size: .84rem; }
    .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(330px, 1fr));
      gap: 1.2rem 1.6rem; }
    figure { margin: 0; }
    figure img { width: 100%; height: auto; display: block; }
    figcaption { font-size: .84rem; color: #4b5560; padding: .2rem .4rem 0; }
    .table { overflow-x: auto; margin: .8rem 0; }
    table { border-collapse: collapse; font-size: .86rem; font-variant-numeric: tabular-nums; }
    .caption { font-size: .84rem; color: #4b5560; margin: 0 0 .4rem; }
    th { text-align: left; font-weight: 600; border-bottom: 1.5px solid #1b1f24;
      padding: .3rem .9rem .3rem .2rem; vertical-align: bottom; }
    td { border-bottom: 1px solid #eceff2; padding: .28rem .9rem .28rem .2rem; }
    td.n { text-align: right; }
    pre { background: #f6f8fa; border-radius: 6px; padding: .8rem 1rem; font-size: .8rem;
      overflow-x: auto; }
    footer { margin: 2.6rem 0 1rem; color: #6b7580; font-size: .8rem; }
    @media print { body { margin: 0; max-width: none; } figure, tr { break-inside: avoid; }
      .table, pre { overflow: visible; } pre { white-space: pre-wrap; } }
    """
}
