import GSL
import ReinforcementLearning

/// One choice between arms that pay 1 with a fixed probability each, else 0.
///
/// An episode is one step; the observation is the constant 1.
public struct BernoulliBandit: Environment {
  /// One step; the best arm of the usual parameters pays 0.8 on average, 0.75 counts as solved.
  public static let spec = EnvironmentSpec(
    name: "bandit", aliases: ["bernoulli-bandit"], stepLimit: 1, rewardThreshold: 0.75)

  /// The probability that each arm pays: its expected reward.
  public let probabilities: [Double]
  private var stream = RandomStream(seed: 0, purpose: "environment")

  /// Four arms that pay with probabilities 0.2, 0.4, 0.6 and 0.8.
  public init() { probabilities = [0.2, 0.4, 0.6, 0.8] }

  /// Makes a bandit.
  ///
  /// - Parameter probabilities: one for each arm, in [0, 1]; at least one arm.
  /// - Throws: `EnvironmentError.invalidDeclaration`.
  public init(probabilities: [Double]) throws(EnvironmentError) {
    try requireArms(probabilities, of: Self.spec.name) {
      $0 >= 0 && $0 <= 1 ? nil : "a probability must lie in [0, 1] but is \($0)."
    }
    self.probabilities = probabilities
  }

  /// The constant 1.
  public var observationSpace: Space { .box(lower: [1], upper: [1]) }

  /// One number for each arm.
  public var actionSpace: Space { .discrete(probabilities.count) }

  /// Keeps the stream for the reward.
  public mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    self.stream = stream
    observation[0] = 1
  }

  /// Says whether the arms are others.
  public func problemOfRestoring(into prototype: BernoulliBandit) -> String? {
    probabilities == prototype.probabilities ? nil : "its arms are others."
  }

  /// Pulls an arm.
  public mutating func step(_ action: Int, observation: inout MutableSpan<Float>) -> Transition {
    observation[0] = 1
    let isPaid = stream.bernoulli(probability: probabilities[action])
    return Transition(reward: isPaid ? 1 : 0, isTerminated: true)
  }
}

/// One choice between arms that pay normally distributed amounts.
///
/// An episode is one step; the observation is the constant 1.
public struct GaussianBandit: Environment {
  /// One step; the best arm of the usual parameters pays 1 on average, 0.9 counts as solved.
  public static let spec = EnvironmentSpec(
    name: "gaussian-bandit", stepLimit: 1, rewardThreshold: 0.9)

  /// The expected reward of each arm.
  public let means: [Double]
  /// The standard deviation of every arm's reward.
  public let standardDeviation: Double
  private var stream = RandomStream(seed: 0, purpose: "environment")

  /// Four arms with means −1, 0, 0.5 and 1 and standard deviation 0.5.
  public init() {
    means = [-1, 0, 0.5, 1]
    standardDeviation = 0.5
  }

  /// Makes a bandit.
  ///
  /// - Parameters:
  ///   - means: one for each arm, finite; at least one arm.
  ///   - standardDeviation: finite, at least 0.
  /// - Throws: `EnvironmentError.invalidDeclaration`.
  public init(means: [Double], standardDeviation: Double) throws(EnvironmentError) {
    try requireArms(means, of: Self.spec.name) {
      $0.isFinite ? nil : "a mean must be finite but is \($0)."
    }
    try requireArms([standardDeviation], of: Self.spec.name) {
      $0.isFinite && $0 >= 0
        ? nil : "the standard deviation must be finite and at least 0 but is \($0)."
    }
    self.means = means
    self.standardDeviation = standardDeviation
  }

  /// The constant 1.
  public var observationSpace: Space { .box(lower: [1], upper: [1]) }

  /// One number for each arm.
  public var actionSpace: Space { .discrete(means.count) }

  /// Keeps the stream for the reward.
  public mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    self.stream = stream
    observation[0] = 1
  }

  /// Says whether the arms are others.
  public func problemOfRestoring(into prototype: GaussianBandit) -> String? {
    means == prototype.means && standardDeviation == prototype.standardDeviation
      ? nil : "its arms are others."
  }

  /// Pulls an arm.
  public mutating func step(_ action: Int, observation: inout MutableSpan<Float>) -> Transition {
    observation[0] = 1
    return Transition(
      reward: means[action] + standardDeviation * stream.gaussian(), isTerminated: true)
  }
}

/// One choice between arms whose worth depends on a context that can be seen.
///
/// An episode is one step; the context, equally likely any, is observed one-hot.
public struct ContextualBandit: Environment {
  /// One step; the best arms of the usual parameters pay 1 on average, 0.9 counts as solved.
  public static let spec = EnvironmentSpec(
    name: "contextual-bandit", stepLimit: 1, rewardThreshold: 0.9)

  /// `[contexts][arms]`, the expected reward of each arm in each context.
  public let means: [[Double]]
  /// The standard deviation of every reward.
  public let standardDeviation: Double
  /// The context of the episode under way.
  public private(set) var context = 0
  private var stream = RandomStream(seed: 0, purpose: "environment")

  /// Three contexts and three arms, another one best in each, and standard deviation 0.5.
  public init() {
    means = [[1, 0, 0.5], [0.5, 1, 0], [0, 0.5, 1]]
    standardDeviation = 0.5
  }

  /// Makes a bandit.
  ///
  /// - Parameters:
  ///   - means: `[contexts][arms]`, finite; at least one of either, as many arms in every context.
  ///   - standardDeviation: finite, at least 0.
  /// - Throws: `EnvironmentError.invalidDeclaration`.
  public init(means: [[Double]], standardDeviation: Double) throws(EnvironmentError) {
    guard let first = means.first else {
      throw .invalidDeclaration(
        environment: Self.spec.name, reason: "it needs at least 1 context but has none.")
    }
    for row in means {
      try requireArms(row, of: Self.spec.name) {
        $0.isFinite ? nil : "a mean must be finite but is \($0)."
      }
      guard row.count == first.count else {
        throw .invalidDeclaration(
          environment: Self.spec.name,
          reason: "every context needs \(first.count) arms but one has \(row.count).")
      }
    }
    try requireArms([standardDeviation], of: Self.spec.name) {
      $0.isFinite && $0 >= 0
        ? nil : "the standard deviation must be finite and at least 0 but is \($0)."
    }
    self.means = means
    self.standardDeviation = standardDeviation
  }

  /// The context, one-hot.
  public var observationSpace: Space { .discrete(means.count) }

  /// One number for each arm.
  public var actionSpace: Space { .discrete(means[0].count) }

  /// Draws the context.
  public mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    self.stream = stream
    context = self.stream.index(below: means.count)
    writeOneHot(context, into: &observation)
  }

  /// Says whether the arms are others, or the context none of its own.
  public func problemOfRestoring(into prototype: ContextualBandit) -> String? {
    guard means == prototype.means, standardDeviation == prototype.standardDeviation else {
      return "its arms are others."
    }
    return means.indices.contains(context)
      ? nil : "its context must be from 0 to \(means.count - 1) but is \(context)."
  }

  /// Pulls an arm.
  public mutating func step(_ action: Int, observation: inout MutableSpan<Float>) -> Transition {
    writeOneHot(context, into: &observation)
    return Transition(
      reward: means[context][action] + standardDeviation * stream.gaussian(), isTerminated: true)
  }
}

/// Throws unless there is at least one number and all are fine.
func requireArms(
  _ values: [Double], of name: String, problem: (Double) -> String?
) throws(EnvironmentError) {
  guard !values.isEmpty else {
    throw .invalidDeclaration(environment: name, reason: "it needs at least 1 arm but has none.")
  }
  for value in values {
    if let reason = problem(value) { throw .invalidDeclaration(environment: name, reason: reason) }
  }
}

/// Writes 1 at the index and 0 elsewhere.
package func writeOneHot(_ index: Int, into observation: inout MutableSpan<Float>) {
  let all = observation.indices
  writeOneHot(index, into: &observation, all)
}

/// Writes 1 at the index and 0 elsewhere, in a part of an observation from which the index is counted.
func writeOneHot(
  _ index: Int, into observation: inout MutableSpan<Float>, _ part: Range<Int>
) {
  for element in part { observation[element] = element == part.lowerBound + index ? 1 : 0 }
}
