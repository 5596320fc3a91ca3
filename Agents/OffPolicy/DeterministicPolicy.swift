import Networks
import ReinforcementLearning

extension CompiledPolicy {
  /// The actor of a trained `ddpg` or `td3`, without exploration: its choice is the same, drawn or not.
  ///
  /// - Parameters:
  ///   - configuration: the settings it was trained with.
  ///   - observationSpace: that of the environment.
  ///   - actionSpace: a box with finite bounds.
  ///   - checkpoint: what the agent saved.
  ///   - rows: how many observations to act for at once.
  /// - Throws: `AgentError`, or what is missing in the checkpoint.
  public convenience init(
    deterministic configuration: some OffPolicySettings, observationSpace: Space,
    actionSpace: Space, checkpoint: SafetensorsFile, rows: Int
  ) throws {
    try configuration.validateCommon()
    let box = try BoxActions(of: actionSpace, for: "a deterministic policy")
    let network = try configuration.network(
      "actor", inputs: observationSpace.observationSize, outputs: box.size)
    try network.parameters.restore(from: checkpoint)
    try network.parameters.requireFinite()
    let table = ExperienceGraph(rows: rows, lanes: rows)
    let x = table.input(.observation, width: observationSpace.observationSize)
    let action = network(x, parameters: table.parameters(network.parameters)).tanh()
    try self.init(
      table, outputs: action, likeliest: action, drawn: action, actions: .box(box), noise: .normal)
  }
}
