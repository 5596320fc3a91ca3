import BlackBoxes
import GSL
import ReinforcementLearning

/// A landscape in which every bit's contribution depends on K others; see `NKLandscape`.
public struct NKEnvironment: BlackBoxEnvironment {
  /// One step; 3.35, close below what the best bits of the usual landscape give, counts as solved.
  public static let spec = EnvironmentSpec(name: "nk", stepLimit: 1, rewardThreshold: 3.35)

  /// What can be set.
  public struct Parameters: BlackBoxParameters {
    /// D, the number of bits, from 1 to 10000.
    public var variables = 20
    /// K, from 0 to 10, and below D.
    public var neighbors = 3
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
    let most = min(parameters.variables - 1, 10)
    guard (0...most).contains(parameters.neighbors) else {
      throw .invalidDeclaration(
        environment: spec.name,
        reason:
          "each of \(parameters.variables) bits has 0 to \(most) neighbors, not \(parameters.neighbors)."
      )
    }
    return FixedFunction(
      NKLandscape(
        variables: parameters.variables, neighbors: parameters.neighbors, from: &stream))
  }
}
