/// What carries out the products of a network in training: a `ProductEngine` whose weights learn.
///
/// One belongs to one network and is used by one thread at a time. In a training pass the `call` of
/// `multiply` numbers the reads of a site: the turns of a recurrent layer 0, 1, …; all other sites are
/// read once a pass, with all vectors of the batch as call 0. Only `activate` may be called from several
/// threads at once, for different values.
public protocol SiteEngine: ProductEngine, AnyObject {
  /// The adjoint of one `multiply`: dx = dy·Wᵀ, and the gradient or the update of W and b.
  ///
  /// Calls of a site come in reverse order, so that call 0 is the last. The x of call k + 1 begins where
  /// that of call k ends, and so does dy; all are valid and unchanged until call 0 returns. An engine may
  /// thus leave W to call 0 and take the vectors of all calls as one matrix.
  ///
  /// - Parameters:
  ///   - site: the number of the site, as in `Network.sites`.
  ///   - x: what `multiply` read, vectors × inputs.
  ///   - dy: the gradient at what it gave, vectors × outputs. It may be overwritten where the site is
  ///     read once a pass.
  ///   - vectors: how many vectors the call has.
  ///   - dx: becomes the gradient at the inputs, vectors × inputs; `nil` where nobody needs it.
  ///   - skipped: the first so many inputs of every vector need no gradient; theirs may be undefined.
  ///   - call: the number of the call.
  func adjoint(
    site: Int, _ x: UnsafePointer<Float>, _ dy: UnsafeMutablePointer<Float>, vectors: Int,
    into dx: UnsafeMutablePointer<Float>?, skipping skipped: Int, call: Int)

  /// Whether `activate` computes something other than the smooth functions for the gates of a recurrent
  /// site, such as the codes of converters. Gradients then take the slopes of the smooth functions.
  func convertsGates(site: Int) -> Bool
}

extension SiteEngine {
  /// No: functions are digital.
  public func convertsGates(site: Int) -> Bool { false }
}
