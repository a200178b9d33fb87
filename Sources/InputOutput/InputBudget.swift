import Foundation
import Synchronization

/// The memory that the content of one input file may take once it is read: expanded bytes, numbers, texts,
/// nodes.
///
/// A reader spends from its budget before it takes memory, so that a small file that expands to a vast
/// content, compressed or by its description, ends in one sentence.
public final class InputBudget: Sendable {
  /// What a file may take unless another limit is set: 512 MiB.
  public static let usualLimit = 512 << 20
  /// The environment variable that sets the limit: a number of bytes, with a unit such as `4GB`.
  public static let variable = "OHMWEAVE_INPUT_LIMIT"

  private static let setting = Atomic<Int>(
    ProcessInfo.processInfo.environment[variable].flatMap(bytes) ?? usualLimit)

  /// The limit of every budget that is made from now on, in bytes.
  public static var limit: Int {
    get { setting.load(ordering: .relaxed) }
    set { setting.store(max(0, newValue), ordering: .relaxed) }
  }

  /// The file, as errors name it.
  public let source: String
  private let total: Int
  private let left: Atomic<Int>

  /// A budget for the file `source`: the limit, or `limit` bytes where that is less.
  public init(_ source: String, limit: Int = .max) {
    self.source = source
    total = min(limit, Self.limit)
    left = Atomic(total)
  }

  /// Spends `count` times `size` bytes on `what` at `place`.
  ///
  /// - Throws: `InputError` where fewer are left. Nothing is spent then.
  public func spend(
    _ count: Int, times size: Int = 1, at place: String = "", _ what: @autoclosure () -> String
  ) throws(InputError) {
    try check(count, times: size, at: place, what())
    left.subtract(count * size, ordering: .relaxed)
  }

  /// Checks that `count` times `size` bytes are left for something that is given back soon.
  ///
  /// - Throws: `InputError` where fewer are left.
  public func check(
    _ count: Int, times size: Int = 1, at place: String = "", _ what: @autoclosure () -> String
  ) throws(InputError) {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
    if !overflow, count >= 0, size >= 0, bytes <= left.load(ordering: .relaxed) { return }
    throw InputError(
      source, at: place,
      "\(what()) would take more memory than the \(Self.text(total)) that a file may take; "
        + "--input-limit or \(Self.variable) raises the limit")
  }

  /// Checks the product of `shape`, the numbers of an array, and spends `size` bytes for each.
  ///
  /// Axes of length 0 count as 1: an array without elements must not claim axes that nothing could fill.
  /// - Returns: the number of elements.
  /// - Throws: `InputError` where an axis is negative or fewer bytes are left.
  @discardableResult
  public func spend(
    shape: [Int], times size: Int, at place: String = "", _ what: @autoclosure () -> String
  ) throws(InputError) -> Int {
    var count = 1
    for length in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: max(1, length))
      count = overflow || length < 0 ? .max : product
      try check(count, times: size, at: place, what())
    }
    let isEmpty = shape.contains(0)
    try spend(isEmpty ? 0 : count, times: size, at: place, what())
    return isEmpty ? 0 : count
  }

  /// The bytes that a text such as "4GB", "512 MiB" or "1000000" means; `nil` where it means none.
  public static func bytes(_ text: String) -> Int? {
    let trimmed = text.trimmingCharacters(in: .whitespaces)
    let digits = trimmed.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unit = trimmed.dropFirst(digits.count).trimmingCharacters(in: .whitespaces).lowercased()
    let units: [String: Double] = [
      "": 1, "b": 1, "k": 1e3, "kb": 1e3, "kib": 1024, "m": 1e6, "mb": 1e6, "mib": 1_048_576,
      "g": 1e9, "gb": 1e9, "gib": 1_073_741_824, "t": 1e12, "tb": 1e12, "tib": 1_099_511_627_776,
    ]
    guard let number = Double(digits), let factor = units[unit] else { return nil }
    return Int(exactly: (number * factor).rounded(.down))
  }

  private static func text(_ bytes: Int) -> String {
    bytes >= 1 << 20 ? "\(bytes >> 20) MiB" : "\(bytes) bytes"
  }
}
