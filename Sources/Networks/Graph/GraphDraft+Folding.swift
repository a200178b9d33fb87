import LinearAlgebra

extension GraphDraft {
  /// Folds scales and shifts, among them batch normalizations and biases that stand alone, into the
  /// weight matrix before them, or into the dense one behind them.
  mutating func foldScales(_ folding: ScaleFolding) {
    guard folding != .nothing else { return }
    for k in layers.indices {
      guard let layer = layers[k] else { continue }
      let normalization =
        folding == .allButNormalizations ? nil : (layer.operation as? BatchNormalization)?.affine
      guard let affine = layer.operation as? ChannelAffine ?? normalization else { continue }
      if !foldBack(k, layer, affine) { foldForward(k, layer, affine) }
    }
  }

  /// `a·(x·W + b) + c = x·(W·diag a) + (a·b + c)`: possible where nothing else reads the product.
  private mutating func foldBack(_ k: Int, _ layer: Layer, _ affine: ChannelAffine) -> Bool {
    let value = layer.inputs[0]
    guard let product = maker(of: value)?.operation as? any SiteReading, product.isPlainProduct,
      onlyReader(of: value) == k,
      affine.axis == nil || affine.axis == outputAxis(of: product)
    else { return false }
    let site = product.sites[0]
    guard spendFolding(sites[site].weights.elements.count) else { return false }
    let groups = sites[site].groups
    let width = sites[site].weights.columnCount
    let outputs = width * groups
    let scale =
      affine.axis == nil ? Array(repeating: affine.scale[0], count: outputs) : affine.scale
    let shift =
      affine.axis == nil ? Array(repeating: affine.shift[0], count: outputs) : affine.shift
    let rows = sites[site].weights.rowCount
    sites[site].weights.elements.withUnsafeMutableBufferPointer { weights in
      for i in 0..<rows {
        let first = i / (rows / groups) * width
        for j in 0..<width { weights[i * width + j] *= scale[first + j] }
      }
    }
    if let bias = sites[site].bias {
      sites[site].bias = (0..<outputs).map { scale[$0] * bias[$0] + shift[$0] }
    } else if shift.contains(where: { $0 != 0 }) {
      sites[site].bias = shift
    }
    replace(k + 1, by: value)
    layers[k] = nil
    return true
  }

  /// `(a·x + c)·W + b = x·(diag a·W) + (c·W + b)`: possible where only one dense layer reads the
  /// scaled value, along the axis of its inputs. A convolution may have padding, which is not shifted.
  private mutating func foldForward(_ k: Int, _ layer: Layer, _ affine: ChannelAffine) {
    guard let reader = onlyReader(of: k + 1),
      let dense = layers[reader]?.operation as? DenseProduct,
      affine.axis == nil || affine.axis == affine.outputShape.count - 1,
      spendFolding(dense.inputs * dense.outputs)
    else { return }
    let (inputs, outputs) = (dense.inputs, dense.outputs)
    let scale = affine.axis == nil ? Array(repeating: affine.scale[0], count: inputs) : affine.scale
    let shift = affine.axis == nil ? Array(repeating: affine.shift[0], count: inputs) : affine.shift
    var added = (sites[dense.site].bias ?? Array(repeating: 0, count: outputs)).map(Double.init)
    sites[dense.site].weights.elements.withUnsafeMutableBufferPointer { weights in
      for i in 0..<inputs {
        for j in 0..<outputs {
          added[j] += Double(shift[i]) * Double(weights[i * outputs + j])
          weights[i * outputs + j] *= scale[i]
        }
      }
    }
    if sites[dense.site].bias != nil || added.contains(where: { $0 != 0 }) {
      sites[dense.site].bias = added.map { Float($0) }
    }
    replace(k + 1, by: layer.inputs[0])
    layers[k] = nil
  }

  /// Whether `count` weights may still be multiplied.
  private mutating func spendFolding(_ count: Int) -> Bool {
    guard count <= foldingLeft else { return false }
    foldingLeft -= count
    return true
  }

  private func outputAxis(of product: any SiteReading) -> Int {
    product is Convolution ? 0 : product.outputShape.count - 1
  }
}
