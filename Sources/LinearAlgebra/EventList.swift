internal import CMatrixKernels

/// The elements of vectors that are not 0, where these are few, such as spikes: products with a matrix then take one
/// addition of a row per element, and their cost grows with the number of spikes.
///
/// Sums run over rising inputs, multiplications and additions rounded one by one: the bits depend on neither threads nor
/// processor.
package struct EventList: Sendable {
  private let starts: [UInt32]
  private let places: [UInt32]
  private let values: [Float]
  private let inputs: Int
  /// How many elements there are.
  package var count: Int { places.count }

  /// Above this share of elements a dense product is the faster one.
  private static let largestShare = 0.125
  /// Products with fewer columns do not repay the search for elements.
  private static let fewestColumns = 32

  private init(_ starts: [UInt32], _ places: [UInt32], _ values: [Float], inputs: Int) {
    (self.starts, self.places, self.values, self.inputs) = (starts, places, values, inputs)
  }

  /// The elements of `x`; `nil` where they are so many, or the product so small, that a dense one is faster.
  ///
  /// - Parameters:
  ///   - x: vectors × inputs, rows `leading` apart.
  ///   - columns: how many columns the matrix has.
  package init?(
    _ x: UnsafePointer<Float>, leading: Int, vectors: Int, inputs: Int, columns: Int
  ) {
    guard columns >= Self.fewestColumns, inputs >= 16, vectors > 0,
      vectors * inputs < Int(UInt32.max)
    else { return nil }
    guard !Self.looksDense(x, leading: leading, vectors: vectors, inputs: inputs) else {
      return nil
    }
    let room = Int(Self.largestShare * Double(vectors * inputs))
    var (starts, values, isSparse) = ([UInt32](), [Float](), false)
    let places = [UInt32](unsafeUninitializedCapacity: room + 16) { places, count in
      values = [Float](unsafeUninitializedCapacity: room + 16) { values, valueCount in
        starts = [UInt32](unsafeUninitializedCapacity: vectors + 1) { starts, startCount in
          isSparse =
            ow_list_events(
              x, vectors, inputs, leading, room, starts.baseAddress!, places.baseAddress!,
              values.baseAddress!) == 1
          startCount = isSparse ? vectors + 1 : 0
          count = isSparse ? Int(starts[vectors]) : 0
        }
        valueCount = count
      }
    }
    guard isSparse else { return nil }
    self.init(starts, places, values, inputs: inputs)
  }

  /// Whether more than 10 of 64 elements at equal distances are not 0: most dense vectors are not searched any further.
  private static func looksDense(
    _ x: UnsafePointer<Float>, leading: Int, vectors: Int, inputs: Int
  ) -> Bool {
    let total = vectors * inputs
    var count = 0
    for k in 0..<64 {
      let (vector, input) = (k * total / 64).quotientAndRemainder(dividingBy: inputs)
      if x[vector * leading + input] != 0 { count += 1 }
    }
    return count > 10
  }

  /// The same elements by inputs, for products with the transposed vectors.
  package func turned() -> EventList {
    let (vectors, count) = (starts.count - 1, places.count)
    var (turnedStarts, turnedValues) = ([UInt32](), [Float]())
    let turnedPlaces = [UInt32](unsafeUninitializedCapacity: count) { to, filled in
      filled = count
      turnedValues = [Float](unsafeUninitializedCapacity: count) { values, filled in
        filled = count
        turnedStarts = [UInt32](unsafeUninitializedCapacity: inputs + 1) { starts, filled in
          filled = inputs + 1
          ow_turn_events(
            self.starts, places, self.values, vectors, inputs, starts.baseAddress!, to.baseAddress!,
            values.baseAddress!)
        }
      }
    }
    return EventList(turnedStarts, turnedPlaces, turnedValues, inputs: vectors)
  }

  /// y ← α·x·W + β·y.
  ///
  /// - Parameters:
  ///   - w: inputs × columns, rows `leadingWeights` apart.
  ///   - y: vectors × columns, rows `leading` apart; not read with β = 0.
  package func product(
    _ w: UnsafePointer<Float>, leadingWeights: Int, into y: UnsafeMutablePointer<Float>,
    leading: Int, columns: Int, alpha: Float = 1, beta: Float = 0
  ) {
    ow_event_product(
      starts, places, values, starts.count - 1, w, leadingWeights, y, leading, columns, alpha, beta)
  }
}
