/// A figure as papers of this field show it: axes with units, series with their spread, a legend.
///
/// gnuplot draws it: a stable program in every distribution, whose SVG is text and the same for the same
/// data. `PlotLayout` decides what stands where, so that nothing depends on how gnuplot measures text.
public struct Plot: Sendable, Codable {
  /// One axis.
  public struct Axis: Sendable, Hashable, Codable {
    /// The quantity and its unit: "conductance (µS)".
    public var label: String
    /// What the axis covers; `nil` for all data and a little room.
    public var range: ClosedRange<Double>?
    /// Whether its steps are factors. Only positive data can stand on such an axis.
    public var isLogarithmic: Bool
    /// The smallest distance of its tics: 1 for numbers of chips; `nil` for what fits.
    public var step: Double?

    /// An axis for `label`.
    public init(
      _ label: String, range: ClosedRange<Double>? = nil, isLogarithmic: Bool = false,
      step: Double? = nil
    ) {
      self.label = label
      self.range = range
      self.isLogarithmic = isLogarithmic
      self.step = step
    }
  }

  /// What stands above the figure; may be empty where a caption says it.
  public var title: String
  /// The horizontal axis.
  public var x: Axis
  /// The vertical axis.
  public var y: Axis
  /// A second vertical axis on the right, for series with `isOnSecondAxis`.
  public var secondY: Axis?
  /// What is drawn, first things below. The legend above the figure names those with a name.
  public var series: [PlotSeries]
  /// What stands over the names of the series: what tells them apart.
  public var legendTitle = ""
  /// Names in the place of numbers below the horizontal axis, at 0, 1, 2, …
  public var categories: [String] = []
  /// The same beside the vertical axis.
  public var verticalCategories: [String] = []
  /// The label of the color scale of a heat map.
  public var colorLabel = ""
  /// What the color scale covers; `nil` for all data.
  public var colorRange: ClosedRange<Double>?
  /// The size on paper; `nil` for that of the run's options.
  public var size: FigureSize?
  /// How much higher than the run's options say the figure is.
  public var heightFactor = 1.0

  /// A figure of `series`.
  public init(title: String = "", x: Axis, y: Axis, series: [PlotSeries]) {
    self.title = title
    self.x = x
    self.y = y
    self.series = series
  }
}
