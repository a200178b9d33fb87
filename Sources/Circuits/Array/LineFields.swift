internal import CArrayKernels
import LinearAlgebra
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// How the fields of an array lie in memory: row major, filled up to whole blocks and vectors.
struct LineShape: Hashable, Sendable {
  let rows: Int
  let columns: Int

  static let block = Int(OW_LINE_BLOCK)
  static let panel = Int(OW_LINE_PANEL)

  /// Blocks of word lines.
  var blocks: Int { (rows + Self.block - 1) / Self.block }
  /// Rows with those that fill up, above row 0, and how many these are.
  var height: Int { blocks * Self.block }
  var above: Int { height - rows }
  /// Columns with those that fill up. Rows that are whole pages apart would drive each other out of
  /// the cache.
  var width: Int {
    let width = (columns + 7) / 8 * 8
    return width % 512 == 0 ? width + 8 : width
  }
  /// Numbers of one block, and of a whole field.
  var blockSize: Int { Self.block * width }
  var count: Int { blocks * blockSize }
  /// Panels of bit lines.
  var panels: Int { (width + Self.panel - 1) / Self.panel }

  /// Where element (i, j) of a field is.
  func place(_ i: Int, _ j: Int) -> Int { (i + above) * width + j }

  func panelWidth(_ k: Int) -> Int { min(Self.panel, width - k * Self.panel) }
}

/// Memory that solves hand on to the next: fresh pages cost as much as a small solve.
private struct KeptMemory: Sendable {
  /// Pieces by their size in bytes. Whoever takes one out owns it.
  var pieces: [Int: [UInt]] = [:]
  var bytes = 0
  /// How many bytes are kept at most.
  static let limit = 16 << 20

  /// The address of a piece of that size; 0 where there is none.
  mutating func take(_ size: Int) -> UInt {
    guard let address = pieces[size]?.popLast() else { return 0 }
    bytes -= size
    return address
  }

  /// Whether the piece was kept.
  mutating func put(_ address: UInt, _ size: Int) -> Bool {
    guard bytes + size <= Self.limit else { return false }
    pieces[size, default: []].append(address)
    bytes += size
    return true
  }
}

private let kept = Mutex(KeptMemory())

/// Fields of an array in one piece of memory.
final class LineFields: @unchecked Sendable {  // Sendable: whoever shares one only reads it
  /// Numbers from one field to the next. Some more than a field has: fields that are a power of two
  /// apart would drive each other out of the cache.
  let stride: Int
  private let bytes: Int
  private let memory: UnsafeMutablePointer<Double>

  /// - Parameter zeroed: whether they are zeros at first; else what they hold is not known.
  init(_ fields: Int, of count: Int, zeroed: Bool = false) {
    stride = (count + 7) / 8 * 8 + 72
    let size = fields * stride * 8
    bytes = size
    let address = kept.withLock { $0.take(size) }
    memory = UnsafeMutablePointer<Double>(bitPattern: address) ?? Self.fresh(size)
    if zeroed { memory.initialize(repeating: 0, count: bytes / 8) }
  }

  private static func fresh(_ bytes: Int) -> UnsafeMutablePointer<Double> {
    // Large fields on large pages: walks along bit lines touch a page a step.
    let alignment = bytes >= 4 << 20 ? 2 << 20 : 64
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: alignment)
    #if canImport(Glibc)
      if alignment > 64 { madvise(raw, bytes, MADV_HUGEPAGE) }
    #endif
    return raw.bindMemory(to: Double.self, capacity: bytes / 8)
  }

  deinit {
    let address = UInt(bitPattern: memory)
    let size = bytes
    let isKept = kept.withLock { $0.put(address, size) }
    if !isKept { memory.deallocate() }
  }

  /// The field of a number.
  subscript(_ field: Int) -> UnsafeMutablePointer<Double> { memory + field * stride }

  /// Copies a matrix into a field; what fills up becomes 0.
  func fill(_ field: Int, with matrix: Matrix<Double>, _ shape: LineShape) {
    let (columns, width) = (shape.columns, shape.width)
    let top = self[field]
    top.update(repeating: 0, count: shape.above * width)
    matrix.elements.withUnsafeBufferPointer { elements in
      guard let from = elements.baseAddress else { return }
      for i in 0..<shape.rows {
        let row = top + (shape.above + i) * width
        row.update(from: from + i * columns, count: columns)
        (row + columns).update(repeating: 0, count: width - columns)
      }
    }
  }

  /// A field as a matrix.
  func matrix(_ field: Int, _ shape: LineShape) -> Matrix<Double> {
    let (columns, width) = (shape.columns, shape.width)
    let top = self[field] + shape.above * width
    let count = shape.rows * columns
    let elements = [Double](unsafeUninitializedCapacity: count) { buffer, filled in
      if let to = buffer.baseAddress {
        for i in 0..<shape.rows {
          (to + i * columns).initialize(from: top + i * width, count: columns)
        }
      }
      filled = count
    }
    return Matrix(rowCount: shape.rows, columnCount: columns, elements: elements)
  }
}
