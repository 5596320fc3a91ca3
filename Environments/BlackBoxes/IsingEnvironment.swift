import BlackBoxes
import GSL
import ReinforcementLearning

/// A spin glass on a sparse random graph; see `IsingModel`.
public struct IsingEnvironment: BlackBoxEnvironment {
  /// One step; 4.9, close below what the best spins of the usual glass give, counts as solved.
  public static let spec = EnvironmentSpec(name: "ising", stepLimit: 1, rewardThreshold: 4.9)

  /// What can be set.
  public struct Parameters: BlackBoxParameters {
    /// D, the number of bits, from 2 to 10000.
    public var variables = 20
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
    try requireVariables(parameters.variables, atLeast: 2)
    return FixedFunction(IsingModel(variables: parameters.variables, from: &stream))
  }
}
