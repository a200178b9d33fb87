extension Convolution {
  /// The transposed of `unroll`, added: every number of an unrolled image goes back to the pixel that it
  /// was taken from.
  package func addBack(
    _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>
  ) {
    let (height, width) = (image[0], image[1])
    var next = source
    for py in 0..<positions[0] {
      let top = py * window.strides[0] - window.padsBefore[0]
      for px in 0..<positions[1] {
        let left = px * window.strides[1] - window.padsBefore[1]
        for channel in 0..<channels {
          let plane = target + channel * height * width
          for ky in 0..<window.kernel[0] {
            let y = top + ky * window.dilations[0]
            if y >= 0, y < height {
              for kx in 0..<window.kernel[1] {
                let x = left + kx * window.dilations[1]
                if x >= 0, x < width { plane[y * width + x] += next[kx] }
              }
            }
            next += window.kernel[1]
          }
        }
      }
    }
  }
}

extension Window {
  /// How many positions the window has on an image; `nil` where it does not fit.
  package func places(on image: [Int]) -> [Int]? { try? positions(on: image).get() }
}
