import ArgumentParser
import Runs

/// How often and how a run evaluates its policy while it trains.
struct EvaluationOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: "Environment steps between two evaluations, which then choose the best checkpoint.")
  var evalEvery: TypedWord?

  @Option(parsing: .unconditional, help: "Whole episodes of each evaluation; 10 if missing.")
  var evalEpisodes: TypedWord?

  @Flag(
    inversion: .prefixedNo,
    help: "Whether evaluations take the likeliest actions, which is the default, or draw them.")
  var evalDeterministic: Bool?

  /// The options that were typed.
  var given: [SimulatorOptions.Given] {
    let values: [(name: String, value: String?)] = [
      ("every", evalEvery.map { "\($0)" }), ("episodes", evalEpisodes.map { "\($0)" }),
    ]
    var given = values.compactMap { name, value in
      value.map {
        SimulatorOptions.Given(
          flag: "--eval-\(name) \($0)", key: EvaluationSettings.prefix + name, value: $0)
      }
    }
    if let evalDeterministic {
      given.append(
        SimulatorOptions.Given(
          flag: evalDeterministic ? "--eval-deterministic" : "--no-eval-deterministic",
          key: EvaluationSettings.prefix + "deterministic", value: "\(evalDeterministic)"))
    }
    return given
  }
}
