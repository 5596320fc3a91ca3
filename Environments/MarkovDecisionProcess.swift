import ReinforcementLearning

/// A task with few states and actions whose every probability is known.
///
/// Shapes: S states, A actions. Tables are row-major arrays of `Double`.
public struct MarkovDecisionProcess: Codable, Hashable, Sendable {
  /// S.
  public let stateCount: Int
  /// A.
  public let actionCount: Int
  /// `[S, A, S]`, the probability of each next state; not used where the state is terminal.
  public let transitions: [Double]
  /// `[S, A, S]`, the reward of each transition.
  public let rewards: [Double]
  /// `[S]`, the probability of starting in each state.
  public let initial: [Double]
  /// `[S]`, whether the episode ends on entering the state.
  public let isTerminal: [Bool]

  /// Makes a process.
  ///
  /// - Throws: `EnvironmentError.invalidDeclaration` for tables of the wrong size, probabilities that
  ///   are negative or do not sum to 1 within 1e-9, rewards that are not finite, or a start in a
  ///   terminal state.
  public init(
    stateCount: Int, actionCount: Int, transitions: [Double], rewards: [Double],
    initial: [Double], isTerminal: [Bool]
  ) throws(EnvironmentError) {
    self.stateCount = stateCount
    self.actionCount = actionCount
    self.transitions = transitions
    self.rewards = rewards
    self.initial = initial
    self.isTerminal = isTerminal
    if let problem {
      throw .invalidDeclaration(environment: "a Markov decision process", reason: problem)
    }
  }

  private var problem: String? {
    guard stateCount > 0, actionCount > 0 else {
      return "it needs at least 1 state and 1 action but has \(stateCount) and \(actionCount)."
    }
    let size = stateCount * actionCount * stateCount
    guard transitions.count == size, rewards.count == size else {
      return "its tables need \(size) entries but have \(transitions.count) transitions and "
        + "\(rewards.count) rewards."
    }
    guard initial.count == stateCount, isTerminal.count == stateCount else {
      return "it has \(stateCount) states but \(initial.count) initial probabilities and "
        + "\(isTerminal.count) terminal flags."
    }
    if let reward = rewards.first(where: { !$0.isFinite }) {
      return "every reward must be finite but one is \(reward)."
    }
    if let problem = Self.problem(of: initial[...], "the initial probabilities") { return problem }
    if zip(initial, isTerminal).contains(where: { $0 > 0 && $1 }) {
      return "it can start in a terminal state."
    }
    for state in 0..<stateCount where !isTerminal[state] {
      for action in 0..<actionCount {
        let start = (state * actionCount + action) * stateCount
        let row = transitions[start..<start + stateCount]
        let name = "the probabilities after action \(action) in state \(state)"
        if let problem = Self.problem(of: row, name) { return problem }
      }
    }
    return nil
  }

  private static func problem(of probabilities: ArraySlice<Double>, _ name: String) -> String? {
    if let value = probabilities.first(where: { !($0 >= 0 && $0 <= 1) }) {
      return "\(name) must lie in [0, 1] but one is \(value)."
    }
    let sum = probabilities.reduce(0, +)
    return abs(sum - 1) <= 1e-9 ? nil : "\(name) must sum to 1 but sum to \(sum)."
  }

  /// The probability of the next state.
  public func probability(of next: Int, after action: Int, in state: Int) -> Double {
    transitions[(state * actionCount + action) * stateCount + next]
  }

  /// The reward of the transition.
  public func reward(of next: Int, after action: Int, in state: Int) -> Double {
    rewards[(state * actionCount + action) * stateCount + next]
  }

  /// The state in which a uniform number from [0, 1) falls when the probabilities are laid end to end.
  func sample(_ probabilities: ArraySlice<Double>, uniform: Double) -> Int {
    var cumulative = 0.0
    var last = 0
    for (state, probability) in probabilities.enumerated() where probability > 0 {
      cumulative += probability
      last = state
      if uniform < cumulative { return state }
    }
    // The sum may round to less than 1.
    return last
  }
}
