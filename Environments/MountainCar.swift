import GSL
import ReinforcementLearning

/// An engine too weak for the hill: the car has to swing up.
///
/// Moore (1990), "Efficient memory-based learning for robot control"; equal to Gymnasium's
/// MountainCar-v0. The observation is position and velocity (per step; the units are arbitrary). Every
/// step rewards −1 until the flag at 0.5.
public struct MountainCar: Environment {
  /// `MountainCar-v0`: 200 steps, solved at −110.
  public static let spec = EnvironmentSpec(
    name: "mountaincar", aliases: ["MountainCar-v0"], stepLimit: 200, rewardThreshold: -110)

  /// The velocity that the car needs at the flag.
  public let goalVelocity: Double
  /// Position along the track, from −1.2 to 0.6.
  public var position = 0.0
  /// Velocity per step, within ±0.07.
  public var velocity = 0.0

  /// A car at rest.
  public init() { goalVelocity = Parameters().goalVelocity }

  /// Position and velocity.
  public var observationSpace: Space { .box(lower: [-1.2, -0.07], upper: [0.6, 0.07]) }

  /// 0 accelerates left, 1 not at all, 2 right.
  public var actionSpace: Space { .discrete(3) }

  /// Draws the position from [−0.6, −0.4]; the car is at rest.
  public mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    var stream = stream
    position = stream.uniform(in: -0.6 ... -0.4)
    velocity = 0
    observe(&observation)
  }

  /// Drives for one step.
  public mutating func step(_ action: Int, observation: inout MutableSpan<Float>) -> Transition {
    velocity += Double(action - 1) * 0.001 - 0.0025 * sineAndCosine(3 * position).cosine
    velocity = min(max(velocity, -0.07), 0.07)
    position = min(max(position + velocity, -1.2), 0.6)
    if position == -1.2 && velocity < 0 { velocity = 0 }
    observe(&observation)
    return Transition(reward: -1, isTerminated: position >= 0.5 && velocity >= goalVelocity)
  }

  /// Says which number is none that a step leads to.
  public func problemOfRestoring(into prototype: MountainCar) -> String? {
    guard goalVelocity == prototype.goalVelocity else {
      return "it needs the velocity \(goalVelocity) at the flag and not \(prototype.goalVelocity)."
    }
    return carProblem(position: position, velocity: velocity)
  }

  private func observe(_ observation: inout MutableSpan<Float>) {
    observation[0] = Float(position)
    observation[1] = Float(velocity)
  }
}

extension MountainCar: ParameterizedEnvironment {
  /// What can be set.
  public typealias Parameters = CarParameters

  /// A car at rest.
  ///
  /// - Throws: `EnvironmentError.invalidDeclaration` for a velocity that no car has.
  public init(_ parameters: Parameters) throws(EnvironmentError) {
    goalVelocity = try parameters.checkedGoalVelocity(of: Self.spec.name)
  }
}

/// What can be set of a car on the hill.
public struct CarParameters: EnvironmentParameters {
  /// The velocity that the car needs at the flag, within ±0.07.
  public var goalVelocity = 0.0

  /// As in Gymnasium.
  public init() {}

  func checkedGoalVelocity(of environment: String) throws(EnvironmentError) -> Double {
    guard abs(goalVelocity) <= 0.07 else {
      throw .invalidDeclaration(
        environment: environment,
        reason: "goal_velocity must lie within ±0.07 but is \(goalVelocity).")
    }
    return goalVelocity
  }
}

/// What is wrong with a car's state that was read back, or nil.
func carProblem(position: Double, velocity: Double) -> String? {
  guard position >= -1.2, position <= 0.6 else {
    return "its position must lie in [-1.2, 0.6] but is \(position)."
  }
  guard abs(velocity) <= 0.07 else {
    return "its velocity must lie within ±0.07 but is \(velocity)."
  }
  return nil
}
