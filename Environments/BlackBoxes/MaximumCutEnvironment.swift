import BlackBoxes
import GSL
import ReinforcementLearning

/// A sparse random graph to be cut in two, so that many edges are cut; see `MaximumCut`.
public struct MaximumCutEnvironment: BlackBoxEnvironment {
  /// One step; 7, close below what the best cut of the usual graph gives, counts as solved.
  public static let spec = EnvironmentSpec(name: "maxcut", stepLimit: 1, rewardThreshold: 7)

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
    return FixedFunction(MaximumCut(variables: parameters.variables, from: &stream))
  }
}
