import GSL
import ReinforcementLearning

/// A corridor with the goal at its right end, where every other step slips.
///
/// Action 1 goes right and 0 left, but with a given probability the step goes the other way; walls hold
/// one back. Every step rewards −0.05, the one that reaches the last cell 1. Starts anywhere left of
/// the middle, equally likely.
public struct Corridor: TabularEnvironment {
  /// 20 steps; the best policy of the usual parameters gets 0.78 on average, 0.7 counts as solved.
  public static let spec = EnvironmentSpec(name: "corridor", stepLimit: 20, rewardThreshold: 0.7)

  /// Every probability and reward.
  public let process: MarkovDecisionProcess
  /// The current cell, from 0.
  public var state = 0
  /// The episode's random numbers that are left.
  public var stream = RandomStream(seed: 0, purpose: "environment")

  /// Five cells, a slip in one of ten steps.
  public init() {
    // These parameters pass the checks of the initializer below, which a test makes sure of.
    do { try self.init(length: 5, slipProbability: 0.1) } catch { fatalError("\(error)") }
  }

  /// Makes a corridor.
  ///
  /// - Parameters:
  ///   - length: number of cells, at least 2.
  ///   - slipProbability: probability of going the other way, in [0, 1].
  /// - Throws: `EnvironmentError.invalidDeclaration`.
  public init(length: Int, slipProbability: Double) throws(EnvironmentError) {
    guard length >= 2 else {
      throw .invalidDeclaration(
        environment: Self.spec.name, reason: "it needs at least 2 cells but has \(length).")
    }
    guard slipProbability >= 0 && slipProbability <= 1 else {
      throw .invalidDeclaration(
        environment: Self.spec.name,
        reason: "the slip probability must lie in [0, 1] but is \(slipProbability).")
    }
    let goal = length - 1
    var transitions = Array(repeating: 0.0, count: length * 2 * length)
    var rewards = Array(repeating: -0.05, count: length * 2 * length)
    for cell in 0..<goal {
      for action in 0..<2 {
        let start = (cell * 2 + action) * length
        let toRight = action == 1 ? 1 - slipProbability : slipProbability
        transitions[start + cell + 1] += toRight
        transitions[start + max(cell - 1, 0)] += 1 - toRight
        rewards[start + goal] = 1
      }
    }
    let startCount = (length + 1) / 2
    let initial = (0..<length).map {
      $0 < min(startCount, goal) ? 1.0 / Double(min(startCount, goal)) : 0
    }
    process = try MarkovDecisionProcess(
      stateCount: length, actionCount: 2, transitions: transitions, rewards: rewards,
      initial: initial, isTerminal: (0..<length).map { $0 == goal })
  }
}

extension Corridor: ParameterizedEnvironment {
  /// What can be set.
  public struct Parameters: EnvironmentParameters {
    /// Number of cells, at least 2.
    public var length = 5
    /// Probability of going the other way, in [0, 1].
    public var slipProbability = 0.1

    /// The usual ones.
    public init() {}
  }

  /// Makes the task with parameters of its own.
  ///
  /// - Throws: `EnvironmentError.invalidDeclaration`.
  public init(_ parameters: Parameters) throws(EnvironmentError) {
    try self.init(
      length: parameters.length, slipProbability: parameters.slipProbability)
  }
}

extension Corridor {
  /// Draws the cells, of which the last is the goal, and who walks there.
  public func render(after action: Int?) -> Picture? {
    let length = process.stateCount
    // A long one would be a mere line.
    let half = max(1, Double(length) / 6)
    var picture = Picture(
      x: 0...Double(length), y: 0.5 - half...0.5 + half, background: .paper)
    for cell in 0..<length {
      picture.cell(row: 0, column: cell, of: 1, cell == length - 1 ? .green : .faint)
    }
    let place = SIMD2(Double(state) + 0.5, 0.5)
    picture.circle(at: place, radius: 0.3, .blue)
    if let action {
      // What was wanted, which a slip may have turned around.
      let way = action == 1 ? 0.1 : -0.1
      picture.arrow(at: [place.x - way, 1.2], to: [place.x + way, 1.2], width: 0.06, .orange)
    }
    return picture
  }
}
