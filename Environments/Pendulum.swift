import GSL
import ReinforcementLearning

/// A pendulum with a weak motor that should swing up and stay there.
///
/// Equal to Gymnasium's Pendulum-v1. The observation is cosine and sine of the angle from upright and
/// the angular velocity (radians per second). A step costs the squared angle plus 0.1 times the
/// squared velocity plus 0.001 times the squared torque, all before the step.
public struct Pendulum: Environment {
  /// `Pendulum-v1`: 200 steps; Gymnasium gives no threshold, the field's usual −200 stands in.
  public static let spec = EnvironmentSpec(
    name: "pendulum", aliases: ["Pendulum-v1"], stepLimit: 200, rewardThreshold: -200)

  /// The acceleration of gravity, in metres per second squared.
  public let gravity: Double
  /// Angle from upright in radians, not wrapped.
  public var angle = 0.0
  /// Angular velocity in radians per second, within ±8.
  public var angularVelocity = 0.0

  /// A pendulum at rest, upright.
  public init() { gravity = Parameters().g }

  /// Cosine, sine and velocity.
  public var observationSpace: Space { .box(lower: [-1, -1, -8], upper: [1, 1, 8]) }

  /// Torque in newton metres.
  public var actionSpace: Space { .box(lower: [-2], upper: [2]) }

  /// Draws the angle from ±π and the velocity from ±1.
  public mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    var stream = stream
    angle = stream.uniform(in: -Double.pi...Double.pi)
    angularVelocity = stream.uniform(in: -1...1)
    let (sine, cosine) = sineAndCosine(angle)
    observe(sine: sine, cosine: cosine, &observation)
  }

  /// Turns for 50 milliseconds; torque beyond ±2 is clipped.
  public mutating func step(_ action: Float, observation: inout MutableSpan<Float>) -> Transition {
    let timeStep = 0.05
    let torque = min(max(Double(action), -2), 2)
    let wrapped = Self.wrap(angle)
    let cost =
      wrapped * wrapped + 0.1 * angularVelocity * angularVelocity + 0.001 * torque * torque

    let acceleration = 1.5 * gravity * sineAndCosine(angle).sine + 3 * torque
    angularVelocity = min(max(angularVelocity + acceleration * timeStep, -8), 8)
    angle += angularVelocity * timeStep
    let (sine, cosine) = sineAndCosine(angle)
    observe(sine: sine, cosine: cosine, &observation)
    return Transition(reward: -cost)
  }

  /// Says which number is none that a step leads to.
  public func problemOfRestoring(into prototype: Pendulum) -> String? {
    guard gravity == prototype.gravity else {
      return "its gravity is \(gravity) and not \(prototype.gravity)."
    }
    // Turning at full speed for 2⁵³ steps would not get there.
    guard abs(angle) <= 1e16 else { return "its angle must be finite and near 0 but is \(angle)." }
    guard abs(angularVelocity) <= 8 else {
      return "its velocity must lie within ±8 but is \(angularVelocity)."
    }
    return nil
  }

  /// The same direction as an angle in [−π, π).
  static func wrap(_ angle: Double) -> Double {
    // Most angles need no division, which costs as much as the rest of the step.
    if angle >= -Double.pi && angle < Double.pi { return angle }
    let turn = 2 * Double.pi
    let shifted = (angle + Double.pi).truncatingRemainder(dividingBy: turn)
    return (shifted < 0 ? shifted + turn : shifted) - Double.pi
  }

  private func observe(sine: Double, cosine: Double, _ observation: inout MutableSpan<Float>) {
    // The polynomials may exceed 1 by a rounding error, the observation space may not be left.
    observation[0] = min(max(Float(cosine), -1), 1)
    observation[1] = min(max(Float(sine), -1), 1)
    observation[2] = Float(angularVelocity)
  }
}

extension Pendulum: ParameterizedEnvironment {
  /// What can be set.
  public struct Parameters: EnvironmentParameters {
    /// The acceleration of gravity, in metres per second squared.
    public var g = 10.0

    /// As in Gymnasium.
    public init() {}
  }

  /// A pendulum at rest, upright.
  ///
  /// - Throws: `EnvironmentError.invalidDeclaration` where gravity is not from 0 to 100.
  public init(_ parameters: Parameters) throws(EnvironmentError) {
    guard (0...100).contains(parameters.g) else {
      throw .invalidDeclaration(
        environment: Self.spec.name, reason: "g must lie in [0, 100] but is \(parameters.g).")
    }
    gravity = parameters.g
  }
}
