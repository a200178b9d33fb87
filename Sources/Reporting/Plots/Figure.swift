/// A figure of a run: what `figures/NAME.svg` shows, and its caption in the report.
package struct Figure: Sendable {
  /// The name of its file, without ending.
  package var name: String
  /// What is drawn.
  package var plot: Plot
  /// What the report says below it.
  package var caption: String

  /// A figure called `name`.
  package init(name: String, plot: Plot, caption: String) {
    self.name = name
    self.plot = plot
    self.caption = caption
  }
}
