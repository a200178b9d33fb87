import InputOutput
import Networks
import Randomness

/// How a network is cut for plasticity: behind spiking units and where spikes are made, and before dense layers that learn;
/// the last of these begins the last block.
enum PlasticBlocks {
  /// The blocks of a network, first to last.
  /// - Throws: `InputError` where it cannot be cut, or a layer that learns is no part of a spiking layer.
  static func blocks(
    _ network: TrainingNetwork, sites: SiteDesign, astrocyte: Astrocyte?, key: StreamKey
  ) throws -> [PlasticBlock] {
    let title = "trained by plasticity"
    let whole = network.description(title: title)
    var first = 0
    return try ranges(whole, title).map { range in
      let layers = whole.layers[range]
      let isLast = range.upperBound == whole.layers.count
      if !isLast { try check(layers) }
      let graph = try TrainableGraph(whole.part(range, source: title), firstSite: first) { site in
        if sites.pulseRate != nil, site.weights.elements.contains(0),
          site.weights.elements.contains(where: { $0 != 0 })
        {
          throw InputError(
            "layer '\(site.name)'",
            "links are missing, which arrays of pulsed devices cannot leave out: weights of such layers are digital"
          )
        }
        return try sites.site(
          site, loop: network.loop(of: site), key: key.child("cells").child(first + site.index))
      }
      first += graph.structure.sites.count
      let units = isLast ? nil : layers.last?.spikingLaw
      let hasMatrix = isLast ? false : layers.last?.isRecurrent ?? false
      return PlasticBlock(
        graph, units: units, astrocyte: units != nil && hasMatrix ? astrocyte : nil)
    }
  }

  private static func ranges(
    _ whole: NetworkDescription, _ title: String
  ) throws(InputError) -> [Range<Int>] {
    let layers = whole.layers
    guard
      let last = layers.indices.last(where: { learns(layers[$0]) && layers[$0].type == "dense" })
    else {
      throw InputError(
        "layers", "there must be a dense layer that learns, the last of which gives the classes")
    }
    var ends: Set<Int> = [last, layers.count]
    for k in 0..<last {
      if learns(layers[k]), layers[k].type == "dense" { ends.insert(k) }
      if layers[k].spikingLaw != nil || layers[k].type == "rate-coding" { ends.insert(k + 1) }
    }
    let allowed = Set(try whole.cuts(source: title))
    let cuts = ends.subtracting([0]).sorted()
    if let wrong = cuts.first(where: { !allowed.contains($0) }) {
      throw InputError(
        "layer \(wrong + 1)",
        "plasticity needs layers one behind the other, and a branch passes by it")
    }
    return zip([0] + cuts, cuts).map { $0..<$1 }
  }

  private static func learns(_ layer: NetworkDescription.Layer) -> Bool { layer.hasWeights }

  /// - Throws: `InputError` where a layer that learns is neither a dense layer before spiking units nor these units.
  private static func check(_ layers: ArraySlice<NetworkDescription.Layer>) throws(InputError) {
    for (k, layer) in zip(layers.indices, layers) where learns(layer) {
      let isDense = k == layers.startIndex && layer.type == "dense"
      let isUnits = k == layers.endIndex - 1 && layer.spikingLaw != nil
      guard layers.last?.spikingLaw != nil, isDense || isUnits else {
        throw InputError(
          "layer '\(layer.name ?? layer.type)'",
          "plasticity changes dense layers with 'each-step: true' before 'integrate-and-fire' units and the "
            + "matrices of such units; other layers must be fixed ('random'), and the last dense layer may be any"
        )
      }
    }
  }
}
