import PhysicalUnits

/// The levels of a parameter as figures show them; a sampled range becomes equal slices.
struct ParameterBins: Sendable {
  static let sliceCount = 12

  let parameter: StudyParameter
  private let plan: Plan
  private let place: Int
  private let isSliced: Bool
  /// Where each bin stands on an axis: the number, or the place of the word in the list.
  let positions: [Double]
  /// What each bin is called.
  let names: [String]

  /// - Precondition: `name` is a parameter of the plan.
  init(_ name: String, of plan: Plan) {
    self.plan = plan
    place = plan.study.parameters.firstIndex { $0.name == name }!
    parameter = plan.study.parameters[place]
    let one = parameter
    isSliced = one.range != nil
    let values =
      isSliced
      ? (0..<Self.sliceCount).map { one.value(at: (Double($0) + 0.5) / Double(Self.sliceCount)) }
      : one.levels
    positions = values.enumerated().map { one.isNumeric ? $1.number : Double($0) }
    names = values.map { value in
      if case .text(let text) = value { return text }
      return significant(value.number, digits: 3)
    }
  }

  var count: Int { positions.count }

  /// The bin of `point`.
  func bin(_ point: Int) -> Int {
    if plan.study.design == .grid { return plan.level(place, point: point) }
    return min(count - 1, Int(plan.place(place, point: point) * Double(count)))
  }

  /// Whether `point` has the value `value`.
  func holds(_ value: StudyValue, _ point: Int) -> Bool {
    parameter.levels.firstIndex(of: value) == bin(point)
  }
}
