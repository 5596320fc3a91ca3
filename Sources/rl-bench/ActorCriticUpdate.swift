import Differentiation

/// The update of a discrete RELAX actor-critic, in the size in which agents compile it.
enum ActorCriticUpdate {
  private static let batch = 40
  private static let actions = 2

  /// Acting row by row; shard gradients; the control variate's gradient by a directional
  /// derivative along the reduced gradient.
  static func stages() -> [ProgramStage] {
    let graph = Graph()
    let policyNetwork = BenchmarkNetwork(sizes: [4, 64, 64, actions], activation: .tanh)
    let valueNetwork = BenchmarkNetwork(sizes: [4, 64, 64, 1], activation: .tanh)
    let variateNetwork = BenchmarkNetwork(sizes: [4 + actions, 64, 64, 1], activation: .tanh)
    let theta = policyNetwork.parameters(in: graph, "θ")
    let omega = valueNetwork.parameters(in: graph, "ω")
    let phi = variateNetwork.parameters(in: graph, "φ")
    func input(_ name: String, _ columns: Int) -> Tensor {
      graph.input(name, shape: [batch, columns])
    }
    let (observation, weight) = (input("observation", 4), input("weight", 1))
    let (noise, conditional) = (input("noise", actions), input("conditional noise", actions))
    let (action, returns) = (input("action", actions), input("return", 1))

    let logits = policyNetwork(observation, theta)
    let value = valueNetwork(observation, omega)
    let logProbabilities = logits.logSoftmax()
    let z = logProbabilities - noise.log()
    // The conditional sample: the taken action's variate is the largest.
    let exponential = (conditional * action).sum(axis: 1, keepingAxis: true)
    let top = -exponential.log()
    let others = -((conditional / logProbabilities.exp()) + exponential).log()
    let conditionalZ = action.select(top, otherwise: others)

    func variate(_ z: Tensor) -> Tensor {
      variateNetwork(Tensor.concatenate([observation, z], axis: 1), phi)
    }
    let (c, conditionalC) = (variate(z), variate(conditionalZ))
    let logProbability = (logProbabilities * action).sum(axis: 1, keepingAxis: true)
    let advantage = returns - value.stopGradient() - conditionalC
    let scoreCotangent = (advantage * weight).stopGradient()
    let score = pullback(of: [(logProbability, cotangent: advantage * weight)], to: [logits])[0]
    let pathwise = pullback(
      of: [(c, cotangent: weight), (conditionalC, cotangent: -weight)], to: [logits])[0]
    let logitGradient = score + pathwise
    let policyGradient = pullback(of: [(logits, cotangent: logitGradient)], to: theta)
    let valueLoss = (weight * (value - returns).squared()).sum()
    let entropy = -(logProbabilities * logProbabilities.exp() * weight).sum()

    let directions = theta.map { graph.input("direction", shape: $0.shape) }
    let logitDirection = directionalDerivative(
      of: [logits], along: zip(theta, directions).map { (input: $0, tangent: $1) })[0]
    let objective = 2 * (logitGradient * logitDirection).sum()
    return [
      ProgramStage(
        rowInputs: [observation],
        outputs: [ProgramOutput("logits", logits), ProgramOutput("value", value)]),
      ProgramStage(outputs: [
        ProgramOutput("policyGradient", policyGradient),
        ProgramOutput("entropyGradient", gradient(of: entropy, withRespectTo: theta)),
        ProgramOutput("valueGradient", gradient(of: valueLoss, withRespectTo: omega)),
        ProgramOutput("score", scoreCotangent),
      ]),
      ProgramStage(outputs: [
        ProgramOutput("variateGradient", gradient(of: objective, withRespectTo: phi))
      ]),
    ]
  }
}
