import GSL
import ReinforcementLearning

/// A quadratic function of bits to be maximized: many choices at once, and one number for all of them.
///
/// With y_i = ±1 for the bits, the reward is f(y) = (a·y + Σ_{i<j} J_ij y_i y_j) / √D, where a ~ N(0, 1) and
/// J_ij ~ N(0, κ² / D) are drawn once. An episode is one step; the observation is the constant 1. No
/// structure of the function is seen, only its value.
public struct Quadratic: Environment {
  /// One step; the best bits of the usual function give 3.80, 3.7 counts as solved.
  public static let spec = EnvironmentSpec(
    name: "quadratic", stepLimit: 1, rewardThreshold: 3.7)

  /// Which function it is.
  public let parameters: Parameters
  /// `[D]`, a / √D.
  public let linear: [Double]
  /// `[D·(D−1)/2]`, J_ij / √D by rows: J_01, J_02, …, J_12, ….
  public let interactions: [Double]

  /// 20 bits with interactions of κ = 0.3, drawn with seed 1.
  public init() {
    // These parameters pass the checks of the initializer below, which a test makes sure of.
    do { try self.init(variables: 20, interaction: 0.3, seed: 1) } catch { fatalError("\(error)") }
  }

  /// Draws a function.
  ///
  /// - Parameters:
  ///   - variables: D, at least 1.
  ///   - interaction: κ, finite, at least 0; 0 makes the bits independent.
  ///   - seed: names the draw.
  /// - Throws: `EnvironmentError.invalidDeclaration`.
  public init(variables: Int, interaction: Double, seed: UInt64) throws(EnvironmentError) {
    guard (1...10_000).contains(variables) else {
      throw .invalidDeclaration(
        environment: Self.spec.name, reason: "it has 1 to 10000 bits, not \(variables).")
    }
    guard interaction.isFinite && interaction >= 0 else {
      throw .invalidDeclaration(
        environment: Self.spec.name,
        reason: "the interaction must be finite and at least 0 but is \(interaction).")
    }
    var draws = RandomStream(seed: seed, purpose: "quadratic")
    let root = Double(variables).squareRoot()
    parameters = Parameters(variables: variables, interaction: interaction, seed: seed)
    linear = (0..<variables).map { _ in draws.gaussian() / root }
    interactions = (0..<variables * (variables - 1) / 2).map { _ in
      interaction * draws.gaussian() / (root * root)
    }
  }

  /// D, the number of bits.
  public var variables: Int { linear.count }

  /// The constant 1.
  public var observationSpace: Space { .box(lower: [1], upper: [1]) }

  /// D bits.
  public var actionSpace: Space { .multiBinary(variables) }

  /// f of some bits.
  ///
  /// - Parameter bits: `[D]`, each 0 or 1.
  /// - Returns: the reward for them.
  public func value(_ bits: [Int]) -> Double {
    var (sum, next) = (0.0, 0)
    for i in bits.indices {
      var field = linear[i]
      for j in (i + 1)..<max(bits.count, i + 1) {
        field += bits[j] == 1 ? interactions[next] : -interactions[next]
        next += 1
      }
      sum += bits[i] == 1 ? field : -field
    }
    return sum
  }

  /// Shows the constant.
  public mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    observation[0] = 1
  }

  /// Says whether the function is another one.
  public func problemOfRestoring(into prototype: Quadratic) -> String? {
    parameters == prototype.parameters
      ? nil : "its function is another one."
  }

  /// Evaluates the bits.
  public mutating func step(_ action: [Int], observation: inout MutableSpan<Float>) -> Transition {
    observation[0] = 1
    return Transition(reward: value(action), isTerminated: true)
  }
}

extension Quadratic: ParameterizedEnvironment {
  /// What can be set.
  public struct Parameters: EnvironmentParameters, Equatable {
    /// D, the number of bits, from 1 to 10000.
    public var variables = 20
    /// κ, how strong the bits depend on each other, at least 0.
    public var interaction = 0.3
    /// Names the draw.
    public var seed: UInt64 = 1

    /// The usual ones.
    public init() {}

    fileprivate init(variables: Int, interaction: Double, seed: UInt64) {
      (self.variables, self.interaction, self.seed) = (variables, interaction, seed)
    }
  }

  /// Makes the task with parameters of its own.
  ///
  /// - Throws: `EnvironmentError.invalidDeclaration`.
  public init(_ parameters: Parameters) throws(EnvironmentError) {
    try self.init(
      variables: parameters.variables, interaction: parameters.interaction,
      seed: parameters.seed)
  }
}

extension Quadratic {
  /// Draws the bits that were chosen.
  public func render(after action: [Int]?) -> Picture? { .bits(variables, action) }
}

extension Quadratic {
  /// Draws the function again that was saved.
  public init(from decoder: any Decoder) throws { try self.init(Parameters(from: decoder)) }

  /// Saves the parameters: of the function there are D² numbers.
  public func encode(to encoder: any Encoder) throws { try parameters.encode(to: encoder) }
}
