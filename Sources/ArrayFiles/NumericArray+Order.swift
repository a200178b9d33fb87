/// Reverses the bytes of every element of `width` bytes.
package func swapBytes(_ bytes: inout [UInt8], width: Int) {
  guard width > 1 else { return }
  bytes.withUnsafeMutableBytes { raw in
    for start in stride(from: 0, to: raw.count - raw.count % width, by: width) {
      for k in 0..<width / 2 { raw.swapAt(start + k, start + width - 1 - k) }
    }
  }
}

/// The elements of a column-major array (the first index runs fastest) in row-major order.
/// - Precondition: `bytes.count` is the product of `shape` times `width`.
func rowMajor(columnMajor bytes: [UInt8], shape: [Int], width: Int) -> [UInt8] {
  guard shape.count > 1, !bytes.isEmpty else { return bytes }
  var strides = [Int](repeating: width, count: shape.count)
  for k in 1..<shape.count { strides[k] = strides[k - 1] * shape[k - 1] }
  var index = [Int](repeating: 0, count: shape.count)
  var from = 0
  return [UInt8](unsafeUninitializedCapacity: bytes.count) { out, filled in
    for to in stride(from: 0, to: bytes.count, by: width) {
      for k in 0..<width { out.initializeElement(at: to + k, to: bytes[from + k]) }
      var axis = shape.count - 1
      while axis >= 0 {
        index[axis] += 1
        from += strides[axis]
        if index[axis] < shape[axis] { break }
        from -= strides[axis] * shape[axis]
        index[axis] = 0
        axis -= 1
      }
    }
    filled = bytes.count
  }
}
