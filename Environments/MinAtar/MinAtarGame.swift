import GSL
import ReinforcementLearning

/// Where a game's random numbers come from: a stream, or the recorded draws of another program.
public protocol GameDraws {
  /// A number from (0, 1).
  mutating func uniform() -> Double

  /// An integer from 0 to `count` − 1, each equally likely.
  mutating func index(below count: Int) -> Int
}

extension RandomStream: GameDraws {}

/// What a player can do in a game of MinAtar, in the order of its numbers there.
public enum MinAtarAction: UInt8, Sendable, Hashable, Codable {
  /// Nothing.
  case none
  /// A step to the left.
  case left
  /// A step upwards.
  case up
  /// A step to the right.
  case right
  /// A step downwards.
  case down
  /// A shot.
  case fire
}

/// What can be set of a game of MinAtar.
public struct MinAtarParameters: EnvironmentParameters, Hashable {
  /// Probability that a step repeats the action of the step before, in [0, 1].
  public var stickyActions = 0.1
  /// Whether the game becomes harder as it goes on, where it does.
  public var difficultyRamping = true
  /// Whether only actions that do something in the game can be chosen, instead of all six.
  public var minimalActions = true

  /// The usual ones.
  public init() {}

  /// Those of MinAtar's ids that end in `-v0`: all six actions.
  public static var v0: MinAtarParameters {
    var parameters = MinAtarParameters()
    parameters.minimalActions = false
    return parameters
  }
}

/// What every game has besides its own state.
public struct MinAtarControls: Codable, Sendable {
  /// The probability of a sticky action.
  let stickyActions: Double
  /// Whether the game becomes harder as it goes on.
  let isRamping: Bool
  /// The action behind each number of the action space; the last elements may be unused.
  let actions: SIMD8<UInt8>
  /// How many there are.
  let actionCount: Int
  /// What was done last, also in the episode before.
  var lastAction = MinAtarAction.none
  /// The episode's random numbers that are left.
  var stream = RandomStream(seed: 0, purpose: "environment")

  init(_ parameters: MinAtarParameters, minimalActions: [MinAtarAction]) {
    stickyActions = parameters.stickyActions
    isRamping = parameters.difficultyRamping
    let all: [MinAtarAction] = [.none, .left, .up, .right, .down, .fire]
    let chosen = parameters.minimalActions ? minimalActions : all
    var actions = SIMD8<UInt8>()
    for (index, action) in chosen.enumerated() { actions[index] = action.rawValue }
    self.actions = actions
    actionCount = chosen.count
  }

  /// Which parameter of others these do not have, with both values; nil if they have all.
  func difference(from other: MinAtarControls) -> String? {
    func text(_ name: String, _ own: some Equatable, _ others: some Equatable) -> String {
      "\(name) was \(own) and is \(others)"
    }
    if stickyActions != other.stickyActions {
      return text("sticky_actions", stickyActions, other.stickyActions)
    }
    if isRamping != other.isRamping {
      return text("difficulty_ramping", isRamping, other.isRamping)
    }
    if actions != other.actions || actionCount != other.actionCount {
      return text("the number of actions", actionCount, other.actionCount)
    }
    return nil
  }
}

/// One of the five games of MinAtar, on 10 × 10 cells with several planes of zeros and ones.
///
/// Young and Tian (2019), "MinAtar: An Atari-inspired testbed for thorough and reproducible reinforcement
/// learning experiments". Each game is step by step what the Python package, version 1.0.15, plays with the
/// same random draws, oddities included. One concerns all games: what a sticky action repeats may be the last
/// action of the episode before.
///
/// Observations are bytes, `[10, 10, P]`: row, column, plane.
///
/// ## Differences from the package
///
/// * Episodes are cut off after 10,000 steps. The package has no limit, and a game that is played well
///   enough would have no end.
/// * The random numbers are this library's.
public protocol MinAtarGame: ParameterizedEnvironment
where Action == Int, Observation == UInt8, Parameters == MinAtarParameters {
  /// What a plane shows, numbered from 0.
  associatedtype Plane: RawRepresentable<Int>

  /// P, the number of planes.
  static var planeCount: Int { get }

  /// The actions that do something.
  static var minimalActions: [MinAtarAction] { get }

  /// Parameters, random numbers and the last action.
  var controls: MinAtarControls { get set }

  /// Makes a game before its first episode.
  init(controls: MinAtarControls)

  /// Begins an episode.
  ///
  /// - Parameter draws: the random numbers.
  mutating func begin(using draws: inout some GameDraws)

  /// Plays one frame.
  ///
  /// - Parameters:
  ///   - action: what the player does.
  ///   - draws: the random numbers.
  /// - Returns: the reward, and whether the game is over.
  mutating func play(_ action: MinAtarAction, using draws: inout some GameDraws) -> Transition

  /// Sets what the planes show.
  ///
  /// - Parameter observation: `[10, 10, P]`, all 0.
  func show(in observation: inout MutableSpan<UInt8>)

  /// `[P]`, what the planes are drawn in; where several are set, in the color of the first.
  static var planeColors: [Picture.Color] { get }

  /// What a state that was read back has, and where it must lie.
  var limits: [MinAtarLimit] { get }
}

/// A number of a game's state, and where it must lie.
public struct MinAtarLimit {
  let name: String
  let value: Int
  let range: ClosedRange<Int>

  init(_ name: String, _ value: some BinaryInteger, _ range: ClosedRange<Int>) {
    self.name = name
    self.value = Int(clamping: value)
    self.range = range
  }
}

extension MinAtarGame {
  /// The game with its usual parameters.
  public init() {
    self.init(
      controls: MinAtarControls(MinAtarParameters(), minimalActions: Self.minimalActions))
  }

  /// Makes the game with parameters of its own.
  ///
  /// - Throws: `EnvironmentError.invalidDeclaration`.
  public init(_ parameters: MinAtarParameters) throws(EnvironmentError) {
    guard (0...1).contains(parameters.stickyActions) else {
      throw .invalidDeclaration(
        environment: Self.spec.name,
        reason: "the probability sticky_actions must lie in [0, 1] but is "
          + "\(parameters.stickyActions).")
    }
    self.init(controls: MinAtarControls(parameters, minimalActions: Self.minimalActions))
  }

  /// Zeros and ones.
  public var observationSpace: Space {
    .box(BoxSpace(shape: [10, 10, Self.planeCount], bounds: 0...1, elementType: .uint8))
  }

  /// One number for each action.
  public var actionSpace: Space { .discrete(controls.actionCount) }

  /// Every action is allowed.
  public var hasActionMask: Bool { false }

  /// Begins a game.
  public mutating func reset(
    using stream: RandomStream, observation: inout MutableSpan<UInt8>
  ) {
    var draws = stream
    begin(using: &draws, observation: &observation)
    controls.stream = draws
  }

  /// Plays one frame.
  @inline(__always)
  public mutating func step(_ action: Int, observation: inout MutableSpan<UInt8>) -> Transition {
    // A copy: the game and its stream would be accessed at once.
    var draws = controls.stream
    defer { controls.stream = draws }
    return step(action, using: &draws, observation: &observation)
  }

  /// Begins a game with some random numbers.
  package mutating func begin(
    using draws: inout some GameDraws, observation: inout MutableSpan<UInt8>
  ) {
    begin(using: &draws)
    write(&observation)
  }

  /// Plays one frame with some random numbers, the first of which decides whether the action is the last one
  /// again.
  @inline(__always)
  package mutating func step(
    _ action: Int, using draws: inout some GameDraws, observation: inout MutableSpan<UInt8>
  ) -> Transition {
    if !(draws.uniform() < controls.stickyActions) {
      controls.lastAction = MinAtarAction(rawValue: controls.actions[action]) ?? .none
    }
    let transition = play(controls.lastAction, using: &draws)
    write(&observation)
    return transition
  }

  @inline(__always)
  private func write(_ observation: inout MutableSpan<UInt8>) {
    insist(
      observation.count == 100 * Self.planeCount, "A game's observation has 100 cells a plane.")
    observation.update(repeating: 0)
    show(in: &observation)
  }

  /// Says which number of the state lies where it cannot be, or which parameter is another.
  public func problemOfRestoring(into prototype: Self) -> String? {
    if let difference = controls.difference(from: prototype.controls) {
      return "\(difference); a game that has begun keeps its parameters."
    }
    for limit in limits where !limit.range.contains(limit.value) {
      return "its \(limit.name) must be from \(limit.range.lowerBound) to "
        + "\(limit.range.upperBound) but is \(limit.value)."
    }
    return nil
  }

  /// Sets one element of an observation.
  ///
  /// - Parameters:
  ///   - observation: whose size has been checked.
  ///   - plane: what is shown.
  ///   - row: from 0 to 9, as play keeps it, and as is checked of what is restored.
  ///   - column: likewise.
  ///   - offset: how many planes further.
  @inline(__always)
  func mark(
    _ observation: inout MutableSpan<UInt8>, _ plane: Plane, _ row: some BinaryInteger,
    _ column: some BinaryInteger, above offset: Int = 0
  ) {
    let cell = Int(truncatingIfNeeded: row) &* 10 &+ Int(truncatingIfNeeded: column)
    observation[unchecked: cell &* Self.planeCount &+ plane.rawValue &+ offset] = 1
  }
}
