import Agents
import Networks

/// Settings that solve a task without a flag, and for how long to train.
struct Preset {
  var steps: Int
  var settings: any Codable & Sendable

  /// The settings of `reinforce`, `a2c` and `relax-a2c`.
  static func actorCritic(agent: String, environment: String) -> Preset {
    var configuration = ActorCriticConfiguration()
    var steps = 500_000
    switch agent {
    case "relax-a2c": configuration.estimator = .relax
    case "reinforce": configuration.returns = .monteCarlo
    default: break
    }
    _ = environment
    steps = max(steps, 1)
    return Preset(steps: steps, settings: configuration)
  }
}
