import BlackBoxes
import GSL
import ReinforcementLearning

/// A quadratic function of bits that an observation changes; see `ContextualQuadratic`.
public struct ContextualQuadraticEnvironment: BlackBoxEnvironment {
  /// One step; 2.7, close below what the best bits give on average, counts as solved.
  public static let spec = EnvironmentSpec(
    name: "contextual-quadratic", stepLimit: 1, rewardThreshold: 2.7)

  /// What can be set.
  public struct Parameters: BlackBoxParameters {
    /// D, the number of bits, from 1 to 10000.
    public var variables = 10
    /// Numbers that are observed, from 1 to 10000.
    public var observed = 5
    /// κ, how strong the bits depend on each other, at least 0.
    public var interaction = 0.3
    /// Names the draw.
    public var seed: UInt64 = 1

    /// The usual ones.
    public init() {}
  }

  /// The function and what is observed of it now.
  public var state: BlackBoxState<Parameters>

  /// Takes a state.
  public init(state: BlackBoxState<Parameters>) { self.state = state }

  /// Draws the function.
  ///
  /// - Throws: `EnvironmentError.invalidDeclaration`.
  public static func draw(
    _ parameters: Parameters, from stream: inout RandomStream
  ) throws(EnvironmentError) -> any ContextualBlackBox {
    try requireVariables(parameters.variables)
    try requireContext(parameters.observed)
    guard parameters.interaction.isFinite && parameters.interaction >= 0 else {
      throw .invalidDeclaration(
        environment: spec.name,
        reason:
          "the interaction must be finite and at least 0 but is \(parameters.interaction).")
    }
    return ContextualQuadratic(
      variables: parameters.variables, contextSize: parameters.observed,
      interaction: parameters.interaction, from: &stream)
  }
}
