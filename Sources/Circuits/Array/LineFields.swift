internal import CKernels
import LinearAlgebra
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// How the fields of an array lie in memory: blocks of word lines, filled up to whole vectors.
struct LineShape: Hashable, Sendable {
  let rows: Int
  let columns: Int

  static let block = Int(OW_LINE_BLOCK)
  static let panel = Int(OW_LINE_PANEL)

  /// Blocks of word lines.
  var blocks: Int { (rows + Self.block - 1) / Self.block }
  /// Columns with those that fill up.
  var width: Int { (columns + 7) / 8 * 8 }
  /// Numbers of one block, and of a whole field.
  var blockSize: Int { Self.block * width }
  var count: Int { blocks * blockSize }
  /// Rows that fill up, above row 0.
  var above: Int { blocks * Self.block - rows }
  /// Panels of bit lines.
  var panels: Int { (width + Self.panel - 1) / Self.panel }

  /// Where element (i, j) of a field is.
  func place(_ i: Int, _ j: Int) -> Int {
    let row = i + above
    return (row / Self.block * width + j) * Self.block + row % Self.block
  }

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

  /// Copies a row-major matrix into a field.
  func gather(_ matrix: [Double], into field: Int, _ shape: LineShape) {
    ow_lines_gather(matrix, self[field], shape.rows, shape.columns, shape.width)
  }

  /// A field as a row-major matrix.
  func matrix(_ field: Int, _ shape: LineShape) -> Matrix<Double> {
    let count = shape.rows * shape.columns
    let elements = [Double](unsafeUninitializedCapacity: count) { buffer, filled in
      ow_lines_scatter(self[field], buffer.baseAddress, shape.rows, shape.columns, shape.width)
      filled = count
    }
    return Matrix(rowCount: shape.rows, columnCount: shape.columns, elements: elements)
  }
}
