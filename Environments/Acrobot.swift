import GSL
import ReinforcementLearning

/// Two links hanging from a pivot, with a motor between them, that should swing above a line.
///
/// Sutton (1996), "Generalization in reinforcement learning"; Sutton and Barto (2018), section 11.3 of
/// the first edition, whose equations ("book") Gymnasium's Acrobot-v1 uses. The observation is cosine
/// and sine of the first angle (0 hangs down), of the second (relative to the first), and both angular
/// velocities (radians per second). Every step rewards −1, the one that reaches the line 0.
public struct Acrobot: Environment {
  /// `Acrobot-v1`: 500 steps, solved at −100.
  public static let spec = EnvironmentSpec(
    name: "acrobot", aliases: ["Acrobot-v1"], stepLimit: 500, rewardThreshold: -100)

  /// Angles of the two links in radians, then their velocities in radians per second.
  public var state = SIMD4<Double>()

  /// Both links hanging at rest.
  public init() {}

  /// Cosines, sines and velocities.
  public var observationSpace: Space {
    let bounds = [1, 1, 1, 1, 4 * Double.pi, 9 * Double.pi]
    return .box(lower: bounds.map { -$0 }, upper: bounds)
  }

  /// A torque of −1, 0 or 1 newton metres on the joint.
  public var actionSpace: Space { .discrete(3) }

  /// Draws every element of the state from ±0.1, rounded to single precision as in Gymnasium.
  public mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    var stream = stream
    for index in 0..<4 { state[index] = Double(Float(stream.uniform(in: -0.1...0.1))) }
    observe(&observation)
  }

  /// Applies the torque for 0.2 seconds: one step of the classic Runge–Kutta method.
  public mutating func step(_ action: Int, observation: inout MutableSpan<Float>) -> Transition {
    let torque = Double(action - 1)
    let timeStep = 0.2
    let k1 = Self.derivative(state, torque: torque)
    let k2 = Self.derivative(state + timeStep / 2 * k1, torque: torque)
    let k3 = Self.derivative(state + timeStep / 2 * k2, torque: torque)
    let k4 = Self.derivative(state + timeStep * k3, torque: torque)
    state += timeStep / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    state[0] = Self.wrap(state[0])
    state[1] = Self.wrap(state[1])
    state[2] = min(max(state[2], -4 * Double.pi), 4 * Double.pi)
    state[3] = min(max(state[3], -9 * Double.pi), 9 * Double.pi)
    observe(&observation)
    let height =
      -sineAndCosine(state[0]).cosine - sineAndCosine(state[0] + state[1]).cosine
    let isTerminated = height > 1
    return Transition(reward: isTerminated ? 0 : -1, isTerminated: isTerminated)
  }

  /// Says which number is none that a step leads to: angles are wrapped and velocities limited.
  public func problemOfRestoring(into prototype: Acrobot) -> String? {
    let bounds = SIMD4(Double.pi, Double.pi, 4 * Double.pi, 9 * Double.pi)
    for index in 0..<4 where !(abs(state[index]) <= bounds[index]) {
      return
        "element \(index) of its state must lie within ±\(bounds[index]) but is \(state[index])."
    }
    return nil
  }

  /// Equations of motion for links of length 1, mass 1, centre of mass in the middle, inertia 1.
  private static func derivative(_ state: SIMD4<Double>, torque: Double) -> SIMD4<Double> {
    let gravity = 9.8
    let (velocity1, velocity2) = (state[2], state[3])
    let (sine1, _) = sineAndCosine(state[0])
    let (sine2, cosine2) = sineAndCosine(state[1])
    let (sineSum, _) = sineAndCosine(state[0] + state[1])
    let d1 = 0.25 + (1 + 0.25 + cosine2) + 2
    let d2 = 0.25 + 0.5 * cosine2 + 1
    let phi2 = 0.5 * gravity * sineSum
    let phi1 =
      -0.5 * velocity2 * velocity2 * sine2 - velocity2 * velocity1 * sine2 + 1.5 * gravity * sine1
      + phi2
    let acceleration2 =
      (torque + d2 / d1 * phi1 - 0.5 * velocity1 * velocity1 * sine2 - phi2)
      / (0.25 + 1 - d2 * d2 / d1)
    let acceleration1 = -(d2 * acceleration2 + phi1) / d1
    return SIMD4(velocity1, velocity2, acceleration1, acceleration2)
  }

  /// The same direction as an angle in [−π, π].
  private static func wrap(_ angle: Double) -> Double {
    var angle = angle
    // `state` is anybody's to set: from afar the loops below would take for ever, beyond 2⁵⁴ in fact.
    if !(abs(angle) < 1e3) { angle.formRemainder(dividingBy: 2 * Double.pi) }
    while angle > Double.pi { angle -= 2 * Double.pi }
    while angle < -Double.pi { angle += 2 * Double.pi }
    return angle
  }

  private func observe(_ observation: inout MutableSpan<Float>) {
    for link in 0..<2 {
      let (sine, cosine) = sineAndCosine(state[link])
      // The polynomials may exceed 1 by a rounding error, the observation space may not be left.
      observation[2 * link] = min(max(Float(cosine), -1), 1)
      observation[2 * link + 1] = min(max(Float(sine), -1), 1)
      observation[4 + link] = Float(state[2 + link])
    }
  }
}
