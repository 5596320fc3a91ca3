import ReinforcementLearning

/// What a trained policy cannot act on.
public enum PolicyError: Error, Hashable, Sendable {
  /// An observation of another size than the task's.
  case wrongObservationCount(received: Int, expected: Int)
  /// An observation with something that is not a number, or infinite.
  case observationNotFinite(index: Int, received: Float)
  /// An observation with something that is no byte where the task's are bytes.
  case observationNotByte(index: Int, received: Float)
  /// No mask, though the task forbids actions in some states.
  case missingMask(Space)
  /// A mask of another size than there are actions.
  case wrongMaskCount(received: Int, Space)
  /// A mask with something else than 0 and 1.
  case wrongMaskValue(index: Int, received: Float)
  /// A mask of zeros, or one that has only zeros for some element of the action.
  ///
  /// The element is that of the action for which nothing is allowed, where there are several choices.
  case nothingAllowed(element: Int? = nil)
  /// A mask where actions are real numbers.
  case maskForRealActions(Space)
  /// A type that cannot hold an action.
  case wrongActionType(received: String, Space)
  /// The network's numbers for the observation are too large.
  case outputsNotFinite
}

extension PolicyError: CustomStringConvertible {
  /// What is wrong, the value received and what would be right.
  public var description: String {
    switch self {
    case .wrongObservationCount(let received, let expected):
      "An observation has \(expected) numbers, not \(received)."
    case .observationNotFinite(let index, let received):
      "Number \(index) of the observation is \(received); it must be finite."
    case .observationNotByte(let index, let received):
      "Number \(index) of the observation is \(received); the task's are bytes, whole numbers from 0 to "
        + "255, as the environment gives them: they are scaled here."
    case .missingMask(let space):
      "The policy's task forbids actions in some states, so every observation needs a mask: "
        + "\(space.maskSize ?? 0) numbers for \(space), 1 for each allowed action and 0 for others."
    case .wrongMaskCount(let received, let space):
      "A mask of \(space) has \(space.maskSize ?? 0) numbers, not \(received)."
    case .wrongMaskValue(let index, let received):
      "Number \(index) of the mask is \(received); it must be 1 for an allowed action or 0."
    case .nothingAllowed(let element):
      if let element {
        "The mask is 0 for every value of element \(element) of the action; it must be 1 for at "
          + "least one of each."
      } else {
        "The mask is 0 everywhere; it must be 1 for at least one action."
      }
    case .maskForRealActions(let space):
      "Actions of \(space) have no mask, but one was given; leave it out."
    case .wrongActionType(let received, let space):
      "\(received) cannot hold an action of \(space); \(space.actionTypes) can."
    case .outputsNotFinite:
      "What the policy's network gives for the observation is not finite, so it has no action to "
        + "choose: its weights or the observation are too large."
    }
  }
}

extension Space {
  /// The types that hold an action.
  fileprivate var actionTypes: String {
    switch self {
    case .discrete: return "Int"
    case .multiDiscrete, .multiBinary: return "[Int]"
    case .box:
      switch elementCount {
      case 1: return "Float or [Float]"
      case 2: return "SIMD2<Float> or [Float]"
      case 4: return "SIMD4<Float> or [Float]"
      default: return "[Float]"
      }
    }
  }
}
