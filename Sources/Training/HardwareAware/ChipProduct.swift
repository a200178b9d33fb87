import LinearAlgebra
import Networks
import Randomness

/// The product of a site through a chip that a pass draws: what holds the site's weights says what is read, and the
/// strategies differ in how.
///
/// `HardwareProduct` folds pairs of cells and their noise into one matrix of weights, the fast path of a scheme of pairs,
/// `GroupedProduct` does so for each group; `MappedProduct` reads any mapping cell by cell, as the map job does. With the same chip both give the same
/// codes.
protocol ChipProduct: Sendable {
  /// The chip.
  var settings: HardwareSettings { get }
  /// Whether this pass goes through the chip.
  var isActive: Bool { get }
  /// Whether calibrated ranges follow the values of training passes.
  var followsValues: Bool { get set }
  /// The digital factor behind the converters of a group.
  func factor(group: Int) -> Float
  /// Draws the chip of a pass.
  ///
  /// - Parameters:
  ///   - weights: the blocks of the groups one behind the other, each inputs × outputs of its group.
  ///   - samples: how many vectors will go through it at once; `nil` where there may be other reads of the same chip.
  mutating func begin(_ weights: [Float], _ pass: TrainingPass, samples: Int?)
  /// z = x·W through the chip; samples × inputs to samples × outputs. `weights` are the digital ones.
  mutating func forward(
    _ x: UnsafePointer<Float>, samples: Int, weights: UnsafePointer<Float>,
    into z: UnsafeMutablePointer<Float>, call: Int)
  /// The gradients: of the weights into `gradient` (alpha·gradient + beta·what is there), of what the chip learns
  /// in place, of the inputs into `dx`. `dz` may be overwritten.
  ///
  /// - Parameters:
  ///   - weights: the digital weights; may be `gradient`.
  ///   - adds: whether these gradients are added to those of reads with higher numbers.
  mutating func backward(
    x: UnsafePointer<Float>, dz: UnsafeMutablePointer<Float>, samples: Int,
    dx: UnsafeMutablePointer<Float>?, weights: UnsafePointer<Float>,
    into gradient: UnsafeMutablePointer<Float>, alpha: Float, beta: Float, adds: Bool, call: Int)
  /// The reads that follow go through the same chip with noise of their own.
  mutating func newRead(_ key: StreamKey)
  /// Calls `body` for each parameter that an optimizer changes.
  mutating func forEachParameter(_ body: (String, inout Parameter) throws -> Void) rethrows
  /// Calls `body` for what a pass leaves for those that follow: its name, how many numbers it has, and these; empty as
  /// long as they are not known.
  mutating func forEachMemory(_ body: (String, Int, inout [Float]) throws -> Void) rethrows
  /// Keeps ranges and the factor positive.
  mutating func afterUpdate()
  /// Forgets calibrated ranges, so that the next pass finds them again.
  mutating func recalibrate()
  /// The converters and their ranges in the units of the exported weights, which hold the digital factor; `nil` where
  /// there are none, or before the ranges are known.
  ///
  /// - Parameter isNeeded: whether they are described though none has a range.
  func converters(weights: [Float], isNeeded: Bool) -> TrainedConverters?
}

extension ChipProduct {
  func converters(weights: [Float]) -> TrainedConverters? {
    converters(weights: weights, isNeeded: false)
  }
}

extension HardwareSettings {
  /// The product of a matrix through this chip: cell by cell where the scheme or the read needs it, else folded.
  func product(_ blocks: BlockProducts) -> any ChipProduct {
    if mapping != nil { return MappedProduct(self, blocks) }
    return blocks.groups > 1
      ? GroupedProduct(self, blocks)
      : HardwareProduct(self, inputs: blocks.inputs, outputs: blocks.outputs)
  }
}
