import GSL
import ReinforcementLearning

/// A pole on a cart that is pushed left or right and should stay upright.
///
/// Barto, Sutton and Anderson (1983), "Neuronlike adaptive elements that can solve difficult learning
/// control problems"; equal to Gymnasium's CartPole. The observation is the state: cart position
/// (metres), its velocity (metres per second), pole angle from upright (radians), angular velocity
/// (radians per second). Every step rewards 1, the last one too.
public struct CartPole: Environment {
  /// `CartPole-v1`: 500 steps, solved at 475.
  public static let spec = EnvironmentSpec(
    name: "cartpole", aliases: ["CartPole-v1", "cartpole-v1"], stepLimit: 500, rewardThreshold: 475)

  /// `CartPole-v0`: 200 steps, solved at 195.
  public static let specV0 = EnvironmentSpec(
    name: "cartpole-v0", aliases: ["CartPole-v0"], stepLimit: 200, rewardThreshold: 195)

  /// Cart position in metres; the episode ends beyond ±2.4.
  public var position = 0.0
  /// Cart velocity in metres per second.
  public var velocity = 0.0
  /// Pole angle from upright in radians; the episode ends beyond ±12 degrees.
  public var angle = 0.0
  /// Angular velocity of the pole in radians per second.
  public var angularVelocity = 0.0

  /// A cart at rest in the middle, the pole upright.
  public init() {}

  /// Twice the ranges in which an episode goes on, so that its last observation is inside.
  public var observationSpace: Space {
    .box(
      lower: [-4.8, -.infinity, -2 * Self.angleLimit, -.infinity],
      upper: [4.8, .infinity, 2 * Self.angleLimit, .infinity])
  }

  /// 0 pushes left, 1 pushes right.
  public var actionSpace: Space { .discrete(2) }

  /// Draws every element of the state from ±0.05.
  public mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    var stream = stream
    position = stream.uniform(in: -0.05...0.05)
    velocity = stream.uniform(in: -0.05...0.05)
    angle = stream.uniform(in: -0.05...0.05)
    angularVelocity = stream.uniform(in: -0.05...0.05)
    observe(&observation)
  }

  /// Pushes with 10 newtons for 20 milliseconds.
  @inlinable
  public mutating func step(_ action: Int, observation: inout MutableSpan<Float>) -> Transition {
    step(action, sineAndCosine: sineAndCosine(angle), observation: &observation)
  }

  /// A step, given sine and cosine of the angle, so that a benchmark can compare ways to get them.
  @inlinable
  @inline(__always)
  public mutating func step(
    _ action: Int, sineAndCosine: (sine: Double, cosine: Double),
    observation: inout MutableSpan<Float>
  ) -> Transition {
    // As one of two: the physics stands once.
    let changes = Self.changes(
      push: SIMD2(repeating: action == 1 ? Self.force : -Self.force),
      angularVelocity: SIMD2(repeating: angularVelocity),
      sine: SIMD2(repeating: sineAndCosine.sine), cosine: SIMD2(repeating: sineAndCosine.cosine))
    move(changes.velocity.x, changes.angularVelocity.x)
    observe(&observation)
    return Transition(reward: 1, isTerminated: isOver)
  }

  /// Steps two carts in the two halves of a vector.
  @inlinable
  public static func stepPair(
    _ first: inout CartPole, _ second: inout CartPole, actions: (Int, Int),
    firstObservation: inout MutableSpan<Float>, secondObservation: inout MutableSpan<Float>
  ) -> (Transition, Transition) {
    let (sine, cosine) = sineAndCosine(SIMD2(first.angle, second.angle))
    let changes = Self.changes(
      push: SIMD2(actions.0 == 1 ? force : -force, actions.1 == 1 ? force : -force),
      angularVelocity: SIMD2(first.angularVelocity, second.angularVelocity), sine: sine,
      cosine: cosine)
    first.move(changes.velocity.x, changes.angularVelocity.x)
    second.move(changes.velocity.y, changes.angularVelocity.y)
    first.observe(&firstObservation)
    second.observe(&secondObservation)
    return (
      Transition(reward: 1, isTerminated: first.isOver),
      Transition(reward: 1, isTerminated: second.isOver)
    )
  }

  /// What a push does to the velocities of two carts.
  ///
  /// - Parameters:
  ///   - push: newtons.
  ///   - angularVelocity: radians per second.
  ///   - sine: of the pole's angle.
  ///   - cosine: of the pole's angle.
  /// - Returns: metres and radians per second.
  @inlinable
  @inline(__always)
  static func changes(
    push: SIMD2<Double>, angularVelocity: SIMD2<Double>, sine: SIMD2<Double>,
    cosine: SIMD2<Double>
  ) -> (velocity: SIMD2<Double>, angularVelocity: SIMD2<Double>) {
    let (gravity, cartMass, poleMass, halfLength) = (9.8, 1.0, 0.1, 0.5)
    let inverseMass = 1 / (cartMass + poleMass)
    let drive =
      (push + poleMass * halfLength * angularVelocity * angularVelocity * sine) * inverseMass
    let angularAcceleration =
      (gravity * sine - cosine * drive)
      / (halfLength * (4.0 / 3.0 - poleMass * cosine * cosine * inverseMass))
    let acceleration =
      drive - poleMass * halfLength * angularAcceleration * cosine * inverseMass
    return (timeStep * acceleration, timeStep * angularAcceleration)
  }

  /// Moves the cart for one time step, by Euler's method.
  @inlinable
  @inline(__always)
  mutating func move(_ velocityChange: Double, _ angularVelocityChange: Double) {
    position += Self.timeStep * velocity
    velocity += velocityChange
    angle += Self.timeStep * angularVelocity
    angularVelocity += angularVelocityChange
  }

  /// Newtons.
  @usableFromInline static var force: Double {
    @inline(__always) get { 10 }
  }

  /// Seconds.
  @usableFromInline static var timeStep: Double {
    @inline(__always) get { 0.02 }
  }

  /// Says which number is none that a step leads to.
  public func problemOfRestoring(into prototype: CartPole) -> String? {
    for (name, value) in [
      ("position", position), ("velocity", velocity), ("angle", angle),
      ("angular velocity", angularVelocity),
    ] where !(abs(value) <= 1e6) {
      return "its \(name) must be finite and near 0 but is \(value)."
    }
    return nil
  }

  /// Whether the cart has left the track or the pole has fallen.
  @inlinable var isOver: Bool {
    @inline(__always) get { abs(position) > 2.4 || abs(angle) > Self.angleLimit }
  }

  /// 12 degrees.
  @usableFromInline static var angleLimit: Double {
    @inline(__always) get { 12 * 2 * Double.pi / 360 }
  }

  @inlinable
  @inline(__always)
  func observe(_ observation: inout MutableSpan<Float>) {
    insist(observation.count == 4, "CartPole's observation has 4 elements.")
    observation[unchecked: 0] = Float(position)
    observation[unchecked: 1] = Float(velocity)
    observation[unchecked: 2] = Float(angle)
    observation[unchecked: 3] = Float(angularVelocity)
  }
}
