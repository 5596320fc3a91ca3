import Agents
import Networks
import ReinforcementLearning

/// What single episodes say of a policy's gradient.
package struct EpisodeGradients {
  /// `[episodes]`, of the expected return by the policy's parameters.
  package var gradients: [[Float]]
  /// `[episodes]`, what a linear control variate of later gradients multiplies; empty where there is none.
  package var features: [[Float]]
  /// `[episodes]`, the sum of the rewards.
  package var returns: [Double] = []

  /// Gradients, and what a linear control variate multiplies.
  package init(gradients: [[Float]] = [], features: [[Float]] = []) {
    (self.gradients, self.features) = (gradients, features)
  }
}

extension FrozenPolicies {
  /// Settings of one whole episode per update, at which the policy stands still.
  ///
  /// - Parameter episodes: of each update.
  /// - Returns: V and control variate are trained by Adam, and from outside alone.
  package func frozenConfiguration(episodes: Int = 1) -> ActorCriticConfiguration {
    var configuration = configuration
    configuration.returns = .monteCarlo
    configuration.envs = 1
    configuration.envsPerShard = 1
    configuration.episodesPerUpdate = episodes
    configuration.entropyCoefficient = 0
    configuration.optimizer = .adam
    configuration.learningRate = .constant(0)
    configuration.value.learningRate = .constant(0)
    configuration.controlVariate.learningRate = .constant(0)
    configuration.controlVariate.objective = .fit
    configuration.maxGradientNorm = 0
    configuration.value.maxGradientNorm = 0
    configuration.controlVariate.maxGradientNorm = 0
    return configuration
  }

  private func agent(
    _ configuration: ActorCriticConfiguration, at point: Point, seed: UInt64
  ) throws -> ActorCritic {
    let agent = try ActorCritic(configuration, seed: seed) {
      try environment.make($0, seed, $1)
    }
    try point.freeze(agent)
    return agent
  }

  /// Chooses the estimator whose control variate can be subtracted in later steps with the least noise: exact sums
  /// for one choice, a closed form for real actions, free draws for several choices.
  package func chooseControlVariate(_ configuration: inout ActorCriticConfiguration) {
    switch environment.actionSpace {
    case .discrete: configuration.estimator = .allAction
    case .box(let box) where !box.elementType.isWholeNumber:
      configuration.estimator = .lax
      configuration.controlVariate.form = .quadratic
    default: configuration.estimator = .relax
    }
  }

  /// The mean return of 100 episodes of a policy.
  func meanReturn(at point: Point) throws -> Double {
    var configuration = frozenConfiguration(episodes: 100)
    configuration.estimator = .scoreFunction
    configuration.controlVariate.reach = .step
    configuration.value.baseline = false
    let loop = TrainingLoop(try agent(configuration, at: point, seed: 0x5EED))
    let episodes = try loop.update(of: 1).episodes
    return episodes.map(\.totalReward).reduce(0, +) / Double(episodes.count)
  }

  /// V and control variate after they have learned from episodes of the policy.
  ///
  /// - Parameters:
  ///   - configuration: of one episode per update, see `frozenConfiguration`.
  ///   - point: which policy.
  ///   - count: of episodes that are played.
  ///   - seed: of the episodes, and of where V and control variate begin.
  ///   - part: the episodes that are learned from.
  ///   - updates: minibatches.
  ///   - rate: the learning rate at first; it falls to 0.
  /// - Returns: the parameters of V and control variate, by the names of the networks.
  /// - Throws: what an environment or a gradient that is not finite has to say.
  package func critics(
    _ configuration: ActorCriticConfiguration, at point: Point, episodes count: Int, seed: UInt64,
    learningFrom part: Range<Int>, updates: Int, rate: Double
  ) throws -> [String: [Float]] {
    var configuration = configuration
    configuration.episodesPerUpdate = count
    let agent = try agent(configuration, at: point, seed: seed)
    _ = try agent.shards[0].collect(clock: 0)
    try agent.fitCritics(onEpisodes: part, updates: updates, rate: rate, seed: seed)
    return Dictionary(
      uniqueKeysWithValues: agent.critics.map { ($0.name, $0.parameters.values) })
  }

  /// The gradients of single episodes, one after the other.
  ///
  /// - Parameters:
  ///   - configuration: of one episode per update, see `frozenConfiguration`.
  ///   - point: which policy.
  ///   - critics: the parameters of V and control variate; a network that is not among them begins anew.
  ///   - count: of episodes.
  ///   - seed: of the episodes: the same ones for every configuration.
  /// - Returns: as many of each.
  /// - Throws: what an environment or a gradient that is not finite has to say.
  package func episodeGradients(
    _ configuration: ActorCriticConfiguration, at point: Point, critics: [String: [Float]],
    count: Int, seed: UInt64
  ) throws -> EpisodeGradients {
    let agent = try agent(configuration, at: point, seed: seed)
    for network in agent.critics {
      if let values = critics[network.name] { network.parameters.values = values }
    }
    let loop = TrainingLoop(agent)
    var result = EpisodeGradients()
    for _ in 0..<count {
      let episodes = try loop.update(of: 1).episodes
      result.returns += episodes.map(\.totalReward)
      let gradients = agent.shards[0].gradients(of: 0)
      // The agent's own is that of a loss and has the other sign.
      result.gradients.append(gradients[0].values.map { -$0 })
      if configuration.controlVariate.future, let features = gradients.last {
        result.features.append(features.values)
      }
    }
    return result
  }
}
