import Runs

/// A setting that `resume` has changed, and when.
struct SettingChange: Codable, Hashable {
  /// Environment steps that had been taken.
  var step: Int
  var key: String
  var from: String
  var to: String

  static let metadataKey = "changes"

  /// What is said of a change behind the setting in `config.yaml`, which keeps what the run began with.
  var note: String { "\(to) from step \(step) on" }

  /// Why a run that has begun cannot go on with another value of a setting; nil if it can.
  ///
  /// Rates, intervals and limits may change: what the checkpoint holds means the same with other
  /// values. Everything else is part of what it means.
  static func objection(to key: String) -> String? {
    let name = key.split(separator: ".").last ?? ""
    if name.hasSuffix("learning_rate") || name.hasPrefix("max_") && name.hasSuffix("_norm")
      || key.hasSuffix("_interval") || key.hasPrefix(SimulatorSection.prefix)
      || [
        "env", EnvironmentArguments.key, EnvironmentWrappers.key, "entropy_coefficient",
        "target_rate",
      ].contains(key)
    {
      return nil
    }
    switch key {
    case "steps": return "the new total is set with --steps"
    case "stop_when_solved": return "a solved run goes on with --steps"
    case "agent": return "what another agent needs is not in the checkpoint"
    case "seed": return "the streams of random numbers are in the checkpoint"
    case LogSettings.key: return "the log would begin in the middle of it"
    case InitialParameters.key: return "the parameters are in the checkpoint"
    case "envs", "envs_per_shard": return "the environments under way are in the checkpoint"
    case "hidden_sizes", "activation", "gaussian.deviation", "value.baseline", "estimator",
      "optimizer", "control_variate.form", "control_variate.hidden_sizes",
      "control_variate.linear":
      return "the parameters in the checkpoint and their moments belong to it"
    case "buffer_size": return "the buffer is in the checkpoint"
    case "threshold", "threshold_of": return "whether it was solved so far was judged by it"
    case "eval_every", "eval_episodes", "eval_deterministic":
      return "the evaluations so far were made with it"
    case "normalize_observations", "normalize_rewards":
      return "the statistics in the checkpoint belong to it"
    case "updates_per_step", "train_every", "learning_starts":
      return "the updates made so far were counted with it"
    default: return "what has been learned so far was learned with it"
    }
  }
}
