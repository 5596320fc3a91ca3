import ArgumentParser

/// What is to be trained, and with which settings.
struct TaskOptions: ParsableArguments {
  @Option(help: "The agent, such as relax-a2c; `rl-train list` shows all.", completion: .agents)
  var agent: String?

  @Option(help: "The environment, such as cartpole or CartPole-v1.", completion: .environments)
  var env: String?

  @Option(help: "What the environment is wrapped in, such as frame-stack=4,clip-reward.")
  var wrappers: String?

  // Numbers are read even where they begin with a dash, so that a negative one is refused by name.
  @Option(
    parsing: .unconditional,
    help: "Of parameters, noise and environments; drawn and written down if missing.")
  var seed: TypedWord?

  @Option(parsing: .unconditional, help: "Environment steps, rounded up to whole updates.")
  var steps: TypedWord?

  @Option(parsing: .unconditional, help: "Environments side by side.")
  var envs: TypedWord?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Any setting that config.yaml lists.", valueName: "key=value"),
    completion: .settings)
  var assignments: [String] = []

  @Option(
    help: "A YAML file of settings, such as the config.yaml of another run.",
    completion: .file(extensions: ["yaml", "yml"]))
  var config: String?

  @Option(
    help: ArgumentHelp(
      "A run folder or a safetensors file whose parameters to begin with.", valueName: "run"),
    completion: .runFolders)
  var initFrom: String?

  @Flag(inversion: .prefixedNo, help: "Whether to end when the task counts as solved.")
  var stopWhenSolved: Bool?

  @Flag(
    help: ArgumentHelp(
      "Change the preset so that the policy's gradient is unbiased.",
      discussion: "Whole episodes, weights γ^t, rewards as they are, no entropy bonus, no clipping."
    ))
  var unbiased = false
}
