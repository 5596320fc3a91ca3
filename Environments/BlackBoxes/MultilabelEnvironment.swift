import BlackBoxes
import GSL
import ReinforcementLearning

/// Labels of what is observed, scored by F1; see `MultilabelPrediction`.
public struct MultilabelEnvironment: BlackBoxEnvironment {
  /// One step; all labels right give 1, 0.85 counts as solved.
  public static let spec = EnvironmentSpec(name: "multilabel", stepLimit: 1, rewardThreshold: 0.85)

  /// What can be set.
  public struct Parameters: BlackBoxParameters {
    /// D, the number of labels, from 1 to 10000.
    public var labels = 10
    /// Numbers that are observed, from 1 to 10000.
    public var observed = 5
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
    try requireVariables(parameters.labels)
    try requireContext(parameters.observed)
    return MultilabelPrediction(
      labels: parameters.labels, contextSize: parameters.observed, from: &stream)
  }
}
