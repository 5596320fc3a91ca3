import GSL
import ReinforcementLearning

/// MountainCar with an engine that can be throttled, where fuel costs.
///
/// Equal to Gymnasium's MountainCarContinuous-v0 in everything but one: Gymnasium rounds the state to
/// single precision after every step, this keeps double precision. One step differs by less than
/// 1e-7, a whole episode by rounding errors that add up to about 1e-5. Observations are rounded in
/// both. Reaching the flag at 0.45 rewards 100, every step costs 0.1 times the action squared.
public struct MountainCarContinuous: Environment {
  /// `MountainCarContinuous-v0`: 999 steps, solved at 90.
  public static let spec = EnvironmentSpec(
    name: "mountaincar-continuous", aliases: ["MountainCarContinuous-v0"], stepLimit: 999,
    rewardThreshold: 90)

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

  /// Throttle, negative to the left.
  public var actionSpace: Space { .box(lower: [-1], upper: [1]) }

  /// Draws the position from [−0.6, −0.4]; the car is at rest.
  public mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    var stream = stream
    position = stream.uniform(in: -0.6 ... -0.4)
    velocity = 0
    observe(&observation)
  }

  /// Drives for one step; a throttle beyond ±1 has no more force but costs what it asks for.
  public mutating func step(_ action: Float, observation: inout MutableSpan<Float>) -> Transition {
    let throttle = Double(action)
    let force = min(max(throttle, -1), 1)
    velocity += force * 0.0015 - 0.0025 * sineAndCosine(3 * position).cosine
    velocity = min(max(velocity, -0.07), 0.07)
    position = min(max(position + velocity, -1.2), 0.6)
    if position == -1.2 && velocity < 0 { velocity = 0 }
    observe(&observation)
    let isTerminated = position >= 0.45 && velocity >= goalVelocity
    return Transition(
      reward: (isTerminated ? 100 : 0) - 0.1 * throttle * throttle, isTerminated: isTerminated)
  }

  /// Says which number is none that a step leads to.
  public func problemOfRestoring(into prototype: MountainCarContinuous) -> String? {
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

extension MountainCarContinuous: ParameterizedEnvironment {
  /// What can be set.
  public typealias Parameters = CarParameters

  /// A car at rest.
  ///
  /// - Throws: `EnvironmentError.invalidDeclaration` for a velocity that no car has.
  public init(_ parameters: Parameters) throws(EnvironmentError) {
    goalVelocity = try parameters.checkedGoalVelocity(of: Self.spec.name)
  }
}
