internal import CGSL

/// The root of `function` between `lower` and `upper`, by Brent's method (`gsl_root_fsolver_brent`).
///
/// No memory is taken from the heap, so that it may stand inside the right-hand side of an ODE.
///
/// - Parameters:
///   - absolute: the largest error of the root, in the unit of the argument.
///   - relative: the same as a part of the root.
///   - limit: the most iterations.
/// - Throws: `NumericalFailure` where the signs at the ends are equal, a value is not finite, or the
///   iterations are used up.
public func bracketedRoot(
  from lower: Double, to upper: Double, absolute: Double = 0, relative: Double = 1e-13,
  limit: Int = 200, _ function: (Double) -> Double
) throws(NumericalFailure) -> Double {
  let atLower = function(lower)
  let atUpper = function(upper)
  if atLower == 0 { return lower }
  if atUpper == 0 { return upper }
  guard atLower.isFinite, atUpper.isFinite, (atLower < 0) != (atUpper < 0) else {
    throw NumericalFailure(
      "no sign change between \(lower) and \(upper): the values are \(atLower) and \(atUpper)")
  }
  let outcome = withoutActuallyEscaping(function) { escaping in
    brent(min(lower, upper), max(lower, upper), absolute, relative, limit, escaping)
  }
  guard let root = outcome else {
    throw NumericalFailure("no root between \(lower) and \(upper) after \(limit) iterations")
  }
  return root
}

private struct Callback { let function: (Double) -> Double }

private func brent(
  _ lower: Double, _ upper: Double, _ absolute: Double, _ relative: Double, _ limit: Int,
  _ function: @escaping (Double) -> Double
) -> Double? {
  guard let type = ow_root_brent() else { return nil }
  return withUnsafePointer(to: Callback(function: function)) { callback in
    withUnsafeTemporaryAllocation(byteCount: type.pointee.size, alignment: 16) { state -> Double? in
      gsl_set_error_handler_off()
      var wrapped = gsl_function(
        function: { x, context in
          context!.assumingMemoryBound(to: Callback.self).pointee.function(x)
        }, params: UnsafeMutableRawPointer(mutating: callback))
      return withUnsafeMutablePointer(to: &wrapped) { wrapped -> Double? in
        var solver = gsl_root_fsolver()
        solver.type = type
        solver.state = state.baseAddress
        guard gsl_root_fsolver_set(&solver, wrapped, lower, upper) == 0 else {
          return nil
        }
        for _ in 0..<limit {
          guard gsl_root_fsolver_iterate(&solver) == 0 else { return nil }
          let width = solver.x_upper - solver.x_lower
          if width <= absolute + relative * abs(solver.root) { return solver.root }
          if wrapped.pointee.function(solver.root, wrapped.pointee.params) == 0 {
            return solver.root
          }
        }
        return nil
      }
    }
  }
}
