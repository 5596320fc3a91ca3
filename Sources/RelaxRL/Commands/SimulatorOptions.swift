import ArgumentParser

/// How an environment outside this program is started and spoken to.
struct SimulatorOptions: ParsableArguments {
  @Option(
    help: "A program that is the environment, such as 'python3 my_env.py' (docs/protocol.md).")
  var envCommand: String?

  @Option(
    parsing: .unconditional,
    help: "Parameters of the environment, such as length=9 or, of a gym: one, obs_type=ram.")
  var envArgs: String?

  @Option(parsing: .unconditional, help: "Processes of it per shard of environments.")
  var envProcesses: TypedWord?

  @Option(help: "How steps travel: auto, json or binary.")
  var envEncoding: String?

  @Option(parsing: .unconditional, help: "Seconds to start in; 0 for no limit.")
  var envStartTimeout: TypedWord?

  @Option(parsing: .unconditional, help: "Seconds for a reset; 0 for no limit.")
  var envResetTimeout: TypedWord?

  @Option(parsing: .unconditional, help: "Seconds for a step; 0 for no limit.")
  var envStepTimeout: TypedWord?

  @Option(parsing: .unconditional, help: "Seconds to end in before it is made to.")
  var envCloseTimeout: TypedWord?

  @Option(parsing: .unconditional, help: "How often it is started again after a crash.")
  var envRestarts: TypedWord?

  @Flag(help: "End the run when the environment crashes.")
  var strict = false

  @Flag(help: "Keep it on the core of the trainer's thread; faster for very fast ones.")
  var envSameCore = false

  /// An option that was typed, and the setting that it sets.
  struct Given {
    var flag: String
    var key: String
    var value: String
  }

  /// The options that were typed.
  var given: [Given] {
    let values: [(name: String, value: String?)] = [
      ("command", envCommand), ("args", envArgs), ("processes", envProcesses.map { "\($0)" }),
      ("encoding", envEncoding), ("start-timeout", envStartTimeout.map { "\($0)" }),
      ("reset-timeout", envResetTimeout.map { "\($0)" }),
      ("step-timeout", envStepTimeout.map { "\($0)" }),
      ("close-timeout", envCloseTimeout.map { "\($0)" }),
      ("restarts", envRestarts.map { "\($0)" }), ("same-core", envSameCore ? "true" : nil),
    ]
    var given = values.compactMap { name, value in
      value.map {
        Given(
          flag: "--env-\(name) \($0)",
          key: SimulatorSection.prefix + name.split(separator: "-").joined(separator: "_"),
          value: $0)
      }
    }
    if strict {
      given.append(Given(flag: "--strict", key: SimulatorSection.prefix + "strict", value: "true"))
    }
    return given
  }
}
