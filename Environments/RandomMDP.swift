import GSL
import ReinforcementLearning

/// A Markov decision process drawn at random, the same one for the same seed.
///
/// Next-state probabilities are uniform on the simplex, rewards standard normal for each transition; the
/// last state ends the episode, every other one may begin it.
public struct RandomMDP: TabularEnvironment {
  /// 8 steps; no threshold, as the best return depends on the draw.
  public static let spec = EnvironmentSpec(name: "random-mdp", stepLimit: 8)

  /// Which process it is.
  public let parameters: Parameters
  /// Every probability and reward.
  public let process: MarkovDecisionProcess
  /// The current state.
  public var state = 0
  /// The episode's random numbers that are left.
  public var stream = RandomStream(seed: 0, purpose: "environment")

  /// Five states and three actions, drawn with seed 1.
  public init() {
    // These parameters pass the checks of the initializer below, which a test makes sure of.
    do { try self.init(stateCount: 5, actionCount: 3, seed: 1) } catch {
      fatalError("\(error)")
    }
  }

  /// Draws a process.
  ///
  /// - Parameters:
  ///   - stateCount: S, at least 2.
  ///   - actionCount: A, at least 1.
  ///   - seed: names the draw.
  /// - Throws: `EnvironmentError.invalidDeclaration`.
  public init(stateCount: Int, actionCount: Int, seed: UInt64) throws(EnvironmentError) {
    guard stateCount >= 2, actionCount >= 1 else {
      throw .invalidDeclaration(
        environment: Self.spec.name,
        reason: "it needs at least 2 states and 1 action but was asked for \(stateCount) and "
          + "\(actionCount).")
    }
    parameters = Parameters(states: stateCount, actions: actionCount, seed: seed)
    var draws = RandomStream(seed: seed, purpose: "random-mdp")
    var transitions: [Double] = []
    for _ in 0..<stateCount * actionCount {
      // Exponentials divided by their sum are uniform on the simplex.
      let masses = (0..<stateCount).map { _ in draws.exponential() }
      let sum = masses.reduce(0, +)
      transitions += masses.map { $0 / sum }
    }
    let rewards = transitions.map { _ in draws.gaussian() }
    let last = stateCount - 1
    process = try MarkovDecisionProcess(
      stateCount: stateCount, actionCount: actionCount, transitions: transitions, rewards: rewards,
      initial: (0..<stateCount).map { $0 < last ? 1 / Double(last) : 0 },
      isTerminal: (0..<stateCount).map { $0 == last })
  }
}

extension RandomMDP: ParameterizedEnvironment {
  /// What can be set.
  public struct Parameters: EnvironmentParameters, Hashable {
    /// S, the number of states, at least 2.
    public var states = 5
    /// A, the number of actions, at least 1.
    public var actions = 3
    /// Names the draw.
    public var seed: UInt64 = 1

    /// The usual ones.
    public init() {}

    fileprivate init(states: Int, actions: Int, seed: UInt64) {
      (self.states, self.actions, self.seed) = (states, actions, seed)
    }
  }

  /// Makes the task with parameters of its own.
  ///
  /// - Throws: `EnvironmentError.invalidDeclaration`.
  public init(_ parameters: Parameters) throws(EnvironmentError) {
    try self.init(
      stateCount: parameters.states, actionCount: parameters.actions, seed: parameters.seed)
  }
}

extension RandomMDP {
  /// What is saved: the process, of which there are 2 S² A numbers, is drawn again.
  private struct SavedState: Codable {
    let parameters: Parameters
    let state: Int
    let stream: RandomStream
  }

  /// Draws the process again that was saved.
  public init(from decoder: any Decoder) throws {
    let saved = try SavedState(from: decoder)
    try self.init(saved.parameters)
    (state, stream) = (saved.state, saved.stream)
  }

  /// Saves parameters, state and random numbers.
  public func encode(to encoder: any Encoder) throws {
    try SavedState(parameters: parameters, state: state, stream: stream).encode(to: encoder)
  }
}
