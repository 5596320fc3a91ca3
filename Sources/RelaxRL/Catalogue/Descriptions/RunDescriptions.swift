// Made by scripts/describe-settings from the comments of these structures; `make lint` compares.
import Environments
import ReinforcementLearning
import Runs

// swift-format-ignore
extension RunSettings: DescribedSettings {
  /// What each setting means.
  package static var descriptions: [String: String] {
    [
      "agent":
        "The agent's name.",
      "env":
        "The environment's name.",
      "seed":
        "Of parameters, noise and environments.",
      "steps":
        "Environment steps, rounded up to whole updates.",
      "stopWhenSolved":
        "Whether training ends when the task counts as solved.",
      "progressInterval":
        "Environment steps between two rows of `progress.csv`.",
      "checkpointInterval":
        "Environment steps between two checkpoints.",
    ]
  }
}

// swift-format-ignore
extension EvaluationSettings: DescribedSettings {
  /// What each setting means.
  package static var descriptions: [String: String] {
    [
      "evalEvery":
        "Environment steps of training between two evaluations, at least 1.",
      "evalEpisodes":
        "Whole episodes of each; ten tell a solved task of Gymnasium's from most others.",
      "evalDeterministic":
        "Whether the likeliest actions are taken; else they are drawn, as in training.",
    ]
  }
}

// swift-format-ignore
extension SimulatorSettings: DescribedSettings {
  /// What each setting means.
  public static var descriptions: [String: String] {
    [
      "command":
        "What starts it, split into words as a shell does; empty where the environment's name says it.",
      "args":
        "Arguments of the environment where its name says what starts it, such as `size=8,obs_type=ram`.",
      "processes":
        "Processes over which the environments of a shard are spread.",
      "encoding":
        "How steps travel.",
      "startTimeout":
        "Seconds from the start to the answer to `hello`; 0 for no limit.",
      "resetTimeout":
        "Seconds for a reset, or for saving or restoring states; 0 for no limit.",
      "stepTimeout":
        "Seconds for a step; 0 for no limit.",
      "closeTimeout":
        "Seconds to end in when asked to, before it is made to.",
      "restarts":
        "How often in a run a simulator that crashed or hung is started again.",
      "strict":
        "Whether a crash ends the run at once.",
      "sameCore":
        "Whether simulators share the core of the trainer's thread: for ones so fast that waking another core would take longer than they do.",
    ]
  }
}
