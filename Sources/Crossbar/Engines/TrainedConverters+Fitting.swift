import Circuits
import LinearAlgebra
import Networks

extension TrainedConverters {
  /// Why a chip of `design` cannot follow the training of `site`, as the end of a sentence; `nil` where
  /// it can.
  func misfit(_ site: ProductSite, _ design: CrossbarDesign) -> String? {
    func bits(_ bits: Int?, _ place: String) -> String {
      bits.map { "\($0)-bit \(place) converters" } ?? "no \(place) converters"
    }
    let (input, output) = (design.input, design.output)
    if input?.bits != inputBits {
      return "trained with \(bits(inputBits, "input")), mapped with \(bits(input?.bits, "input"))"
    }
    if output?.bits != outputBits {
      return
        "trained with \(bits(outputBits, "output")), mapped with \(bits(output?.bits, "output"))"
    }
    if let reason = inputMisfit(design.input) { return reason }
    return outputMisfit(site, design)
  }

  private func inputMisfit(_ input: InputConverter?) -> String? {
    let (whole, single) = ("whole inputs", "bits one by one")
    let mapsBits = input?.coding == .bitSerial
    if outputBits != nil, mapsBits != sendsBits {
      return "trained with \(sendsBits ? single : whole), mapped with \(mapsBits ? single : whole)"
    }
    if let input, mapsBits, input.sliceBits > 1 || input.accumulation == .analog {
      return "trained with single bits whose conversions are added"
    }
    return input.map { $0.range == .absoluteMaximum } ?? true
      ? nil : "another input range is given"
  }

  private func outputMisfit(_ site: ProductSite, _ design: CrossbarDesign) -> String? {
    let largest = site.weights.elements.reduce(Float(0)) { max($0, abs($1)) }
    if abs(largest - largestWeight) > 1e-5 * largestWeight {
      return "trained with weights up to \(largestWeight), mapped with some up to \(largest)"
        + " (batch normalization folded into them?)"
    }
    if design.scale != .layer || design.clipping != .maximum {
      return "trained with the layer's largest weight at the window's end, mapped in another scale"
    }
    guard let output = design.output else { return nil }
    if output.range != .usual || output.sharing != .tile { return "another output range is given" }
    if let kind = output.kind {
      return "trained with other output converters than \(kind.name)"
    }
    if (output.ramp != nil) != usesRamps {
      return usesRamps
        ? "trained with ramps, mapped with uniform output converters"
        : "trained with uniform output converters, mapped with ramps"
    }
    if let activation, site.activation?.name != activation || site.inputs > design.tile.rows {
      return "trained with ramps that compute \(activation) behind whole sums"
    }
    let sums = design.convertedSums(
      rowCount: site.inputs, columnCount: site.outputs, groups: site.groups)
    if sums != convertedSums || design.biasOnRow
      || design.mapping.sliceCount != sliceCount
    {
      return "the scheme converts other sums than training did"
    }
    if design.boundManagement.name != boundManagement {
      return design.boundManagement == .none
        ? "trained with vectors that clip read again" : "vectors that clip are read again"
    }
    // Training splits evenly. Groups that share a tile have one tile each down their rows.
    let (rows, columns) = (site.inputs / site.groups, site.outputs / site.groups)
    let trained = TileLayout(
      rowCount: rows, columnCount: columns, groups: 1, tileRows: tileRows,
      weightsPerTileRow: design.weightsPerTileRow
    ).blocks.map(\.rows)
    if trained != design.layout(rowCount: rows, columnCount: columns).blocks.map(\.rows) {
      return "trained in tiles of \(tileRows) rows, mapped in tiles of \(design.tile.rows)"
    }
    return nil
  }

  /// The ramps that compute the activation; `nil` where none do, or the window has no room for them.
  func activationRamps(_ site: ProductSite, _ design: CrossbarDesign) -> SiteRamps? {
    guard let activation, let bits = outputBits, let end = outputRanges.first,
      let conversion = design.output?.ramp,
      let ramp = try? ActivationRamp(
        activation, bits: bits, conversion: conversion, window: design.device.window)
    else { return nil }
    let layout = design.layout(rowCount: site.inputs, columnCount: site.outputs)
    return SiteRamps(
      ramp: ramp, device: design.rampDevice, readNoise: design.readNoise,
      tiles: layout.tiles(of: layout.blocks[0]), range: end)
  }

  /// `design` with the input range of training, and output converters that follow the inputs where
  /// training's did.
  func applied(to design: CrossbarDesign) -> CrossbarDesign {
    var result = design
    var input = design.input ?? InputConverter()
    input.range = inputRange.map { .fixed($0) } ?? .layerMaximum
    result.input = input
    result.output?.followsInputs = inputRange == nil
    // The sums go to ramps that are no part of the matrix.
    if activation != nil {
      result.output = nil
      result.driftCompensation = .none
    }
    return result
  }
}
