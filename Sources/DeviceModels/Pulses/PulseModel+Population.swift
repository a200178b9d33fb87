import Randomness

extension PulseModel {
  /// The responses of `count` devices: device i depends on the key and on i alone.
  public func population(_ count: Int, _ key: StreamKey) -> [PulseResponse] {
    let common = ["minimum", "maximum", "gain", "asymmetry"].map {
      Noise.normal(count, key.child($0))
    }
    let own = (0..<4).map { Noise.normal(count, key.child("own").child($0)) }
    let law = law
    return (0..<count).map { i in
      law.response(
        of: cell(
          SIMD4(common[0][i], common[1][i], common[2][i], common[3][i]).inDouble,
          SIMD4(own[0][i], own[1][i], own[2][i], own[3][i]).inDouble))
    }
  }
}

extension SIMD4<Float> {
  fileprivate var inDouble: SIMD4<Double> {
    SIMD4<Double>(Double(x), Double(y), Double(z), Double(w))
  }
}
