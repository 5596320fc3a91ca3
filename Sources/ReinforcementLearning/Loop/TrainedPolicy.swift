import GSL

/// What a trained agent does, without learning: several rows at a time.
public protocol TrainedPolicy: AnyObject {
  /// The rows that are acted for at once.
  var rows: Int { get }

  /// Whether what the last actions were chosen from were finite numbers.
  var hasFiniteOutputs: Bool { get }

  /// Whether actions are drawn where there are streams; else there is one action to an observation.
  var drawsActions: Bool { get }

  /// Chooses actions.
  ///
  /// - Parameters:
  ///   - observations: `[rows, D]`, raw; normalization is the policy's own business.
  ///   - masks: `[rows, A]`, 1 for allowed actions, or nil when all are.
  ///   - streams: one per row to draw the actions from, or nil for the likeliest actions.
  /// - Returns: `[rows, C]`, the actions as the environment takes them.
  func act(
    observations: Span<Float>, masks: Span<Float>?, streams: inout [RandomStream]?
  ) -> ActionRows
}

extension TrainedPolicy {
  /// True: nothing is known to the contrary.
  public var hasFiniteOutputs: Bool { true }
  /// True.
  public var drawsActions: Bool { true }
}
