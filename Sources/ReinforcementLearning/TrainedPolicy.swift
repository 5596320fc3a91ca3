import GSL

/// What a trained agent does, without learning: several rows at a time.
public protocol TrainedPolicy: AnyObject {
  /// The rows that are acted for at once.
  var rows: Int { get }

  /// Chooses actions.
  ///
  /// - Parameters:
  ///   - observations: `[rows, D]`, raw; normalization is the policy's own business.
  ///   - masks: `[rows, A]`, 1 for allowed actions, or nil when all are.
  ///   - streams: one per row to draw the actions from, or nil for the likeliest actions.
  /// - Returns: `[rows, C]`, the actions as the environment takes them.
  func act(
    observations: UnsafeBufferPointer<Float>, masks: UnsafeBufferPointer<Float>?,
    streams: UnsafeMutableBufferPointer<RandomStream>?
  ) -> ActionRows
}
