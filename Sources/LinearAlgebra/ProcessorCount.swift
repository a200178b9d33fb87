import Foundation

/// What the machine has.
enum ProcessorCount {
  static let active = ProcessInfo.processInfo.activeProcessorCount
}
