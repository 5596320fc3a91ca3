/// A change to an environment, whichever it is: a built-in one, one's own, or one in another process.
///
/// As text it is a name, with `=` and a number where there is one to say: `frame-stack=4`, `clip-reward`.
public enum EnvironmentWrapper: Hashable, Sendable {
  /// Observations are the last few, the oldest first; they must be in a box.
  case frameStack(Int)
  /// Agents learn from rewards that are no larger than a bound, in magnitude.
  case clipReward(Double)
  /// Agents learn from rewards times a factor.
  case scaleReward(Double)
  /// With a probability a step repeats the action before, in the same episode.
  case stickyActions(Double)
  /// Episodes are cut off after a number of steps.
  case timeLimit(Int)
  /// Every action is taken several times, and rewards are added up.
  case repeatSteps(Int)

  /// Whether the task stays the same, so that a return that counts as solved without the wrapper does with it.
  public var keepsTask: Bool {
    switch self {
    case .frameStack, .clipReward, .scaleReward: true
    case .stickyActions, .timeLimit, .repeatSteps: false
    }
  }

  /// Wraps an environment.
  ///
  /// - Parameters:
  ///   - environment: which nobody else uses from then on.
  ///   - seed: the run's.
  /// - Returns: the wrapped one.
  /// - Throws: `EnvironmentError.invalidDeclaration` for one that the wrapper does not fit, or for a number that is
  ///   out of its range.
  public func callAsFunction(
    _ environment: any VectorEnvironment, seed: UInt64
  ) throws(EnvironmentError) -> any VectorEnvironment {
    if let problem = problem(environment.observationSpace, hasMask: environment.hasActionMask) {
      throw .invalidDeclaration(environment: environment.name, reason: problem)
    }
    switch self {
    case .frameStack(let frames):
      guard case .box(let box) = environment.observationSpace else { return environment }
      return environment.givesBytes
        ? FrameStack<UInt8>(environment, seed: seed, frames: frames, of: box)
        : FrameStack<Float>(environment, seed: seed, frames: frames, of: box)
    case .clipReward(let bound):
      return ChangedRewards(environment, seed: seed) { $0.clipped(to: bound) }
    case .scaleReward(let factor):
      return ChangedRewards(environment, seed: seed) { $0.scaled(by: factor) }
    case .stickyActions(let probability):
      return StickyActions(environment, seed: seed, probability: probability)
    case .timeLimit(let limit): return TimeLimit(environment, seed: seed, limit: limit)
    case .repeatSteps(let times): return RepeatedSteps(environment, seed: seed, times: times)
    }
  }

  /// What is wrong with the number, or why the wrapper does not fit; nil if all is well.
  package func problem(_ observations: Space, hasMask: Bool) -> String? {
    switch self {
    case .frameStack(let frames):
      guard (1...1000).contains(frames) else {
        return "frame-stack must be from 1 to 1000 but is \(frames)."
      }
      guard case .box = observations else {
        return "frame-stack needs observations in a box, which \(observations) is not."
      }
      let (size, overflows) = observations.observationSize.multipliedReportingOverflow(by: frames)
      return overflows || size > Int(Int32.max)
        ? "frame-stack=\(frames) makes observations of more numbers than can be handled." : nil
    case .clipReward(let bound):
      return bound > 0 && bound.isFinite
        ? nil : "clip-reward must be above 0 and finite but is \(bound)."
    case .scaleReward(let factor):
      return factor != 0 && factor.isFinite
        ? nil : "scale-reward must be finite and not 0 but is \(factor)."
    case .stickyActions(let probability):
      guard probability >= 0, probability < 1 else {
        return "sticky must lie in [0, 1) but is \(probability)."
      }
      return hasMask
        ? "sticky does not fit: action masks may forbid the action that is repeated." : nil
    case .timeLimit(let limit):
      return limit >= 1 ? nil : "time-limit must be at least 1 but is \(limit)."
    case .repeatSteps(let times):
      guard (1...1000).contains(times) else {
        return "repeat must be from 1 to 1000 but is \(times)."
      }
      return hasMask
        ? "repeat does not fit: action masks may forbid the action that is repeated." : nil
    }
  }

  /// What the wrapper makes of a space of observations.
  package func observationSpace(_ space: Space) -> Space {
    guard case .frameStack(let frames) = self, case .box(let box) = space else { return space }
    return .box(box.stacked(frames))
  }

  /// What the wrapper makes of a step limit.
  package func stepLimit(_ limit: Int?) -> Int? {
    switch self {
    case .frameStack, .clipReward, .scaleReward, .stickyActions: limit
    case .timeLimit(let own): min(own, limit ?? own)
    case .repeatSteps(let times): limit.map { ($0 - 1) / times + 1 }
    }
  }
}

extension EnvironmentWrapper: CustomStringConvertible {
  /// The name, and the number where there is one to say.
  public var description: String {
    switch self {
    case .frameStack(let frames): "frame-stack=\(frames)"
    case .clipReward(let bound): "clip-reward=\(EnvironmentError.format(bound))"
    case .scaleReward(let factor): "scale-reward=\(EnvironmentError.format(factor))"
    case .stickyActions(let probability): "sticky=\(EnvironmentError.format(probability))"
    case .timeLimit(let limit): "time-limit=\(limit)"
    case .repeatSteps(let times): "repeat=\(times)"
    }
  }

  /// How a kind of wrapper is written.
  package struct Kind: Sendable {
    /// The name.
    package let name: String
    /// What stands behind it.
    package let value: String
    /// Reads what stands behind `=`, nil where there is none; gives nil for what is wrong.
    package let read: @Sendable (_ value: String?) -> EnvironmentWrapper?
  }

  /// All kinds.
  package static let kinds = [
    Kind(name: "frame-stack", value: "a whole number, as in frame-stack=4") {
      $0.flatMap { Int($0) }.map { .frameStack($0) }
    },
    Kind(name: "clip-reward", value: "nothing or a number, as in clip-reward=1") {
      ($0 ?? "1").number.map { .clipReward($0) }
    },
    Kind(name: "scale-reward", value: "a number, as in scale-reward=0.1") {
      $0?.number.map { .scaleReward($0) }
    },
    Kind(name: "sticky", value: "a probability, as in sticky=0.25") {
      $0?.number.map { .stickyActions($0) }
    },
    Kind(name: "time-limit", value: "a whole number, as in time-limit=1000") {
      $0.flatMap { Int($0) }.map { .timeLimit($0) }
    },
    Kind(name: "repeat", value: "a whole number, as in repeat=4") {
      $0.flatMap { Int($0) }.map { .repeatSteps($0) }
    },
  ]
}

extension String {
  fileprivate var number: Double? { Double(self) }
}
