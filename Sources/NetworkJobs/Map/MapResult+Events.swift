import Crossbar

extension MapResult.Events {
  /// What the events of a matrix cost; `nil` where its inputs are numbers or there are no events.
  init?(_ site: CostReport.Site) {
    guard let events = site.events, events > 0 else { return nil }
    let parts = site.energy.parts + [("all", site.energy.total)]
    self.init(
      layer: site.name, count: events,
      energy: Dictionary(uniqueKeysWithValues: parts.map { ($0.name, $0.value / events) }))
  }
}

extension MapResult {
  static let eventCaption =
    "Layers whose inputs are events: rows without an event are not driven; converters work in every step."
}
