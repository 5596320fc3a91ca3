import Foundation
import RelaxRL
import TestSupport
import Testing

/// What is typed, and what the one line that refuses it must say.
struct Mistake: CustomTestStringConvertible {
  let arguments: [String]
  let fragments: [String]

  init(_ arguments: String, _ fragments: String...) {
    self.arguments = arguments.split(separator: " ").map { $0 == "EMPTY" ? "" : String($0) }
    self.fragments = fragments
  }

  var testDescription: String { arguments.joined(separator: " ") }

  private static let train = "--agent a2c --env cartpole"
  private static let ddpg = "--agent ddpg --env pendulum"

  static let names = [
    Mistake("", "--agent is missing", "rl-train list"),
    Mistake("--env cartpole", "--agent is missing"),
    Mistake("--agent a2c", "--env is missing"),
    Mistake("--agent relaxa2c --env cartpole", "\"relaxa2c\"", "\"relax-a2c\""),
    Mistake("--agent zzzzzz --env cartpole", "\"zzzzzz\"", "relax-a2c, relax-ddpg, a2c"),
    Mistake("--agent a2c --env cartpol", "\"cartpol\"", "\"cartpole\""),
    Mistake("--agent a2c --env CartPole-v7", "\"CartPole-v7\"", "\"CartPole-v1\""),
    Mistake("--agent a2c --env zzzzzzzzz", "\"zzzzzzzzz\"", "mountaincar, "),
    Mistake("--agent relax-a2c --env pendulum", "needs one discrete action", "pendulum", "box"),
    Mistake("--agent relax-a2c --env MountainCarContinuous-v0", "needs one discrete action"),
    Mistake("--agent ddpg --env cartpole", "finite bounds", "cartpole", "discrete(2)"),
    Mistake("--agent relax-ddpg --env cartpole", "relax-ddpg needs real-valued", "discrete(2)"),
    Mistake("\(train) --set lerning_rate=0.1", "lerning_rate", "\"learning_rate\""),
    Mistake("\(train) --set learning_rate", "key=value"),
    Mistake("\(train) --bogus", "--bogus"),
    Mistake("\(train) --step 5", "--step", "--steps"),
    Mistake("\(train) extra", "extra"),
    Mistake("evaluat run", "\"evaluat\"", "\"evaluate\""),
    Mistake("zzzzzzzz", "\"zzzzzzzz\"", "resume, evaluate"),
  ]

  static let values = [
    Mistake("\(train) --envs 0", "envs", "0", "from 1"),
    Mistake("\(train) --envs -3", "envs", "-3", "from 1"),
    Mistake("\(train) --envs 1000000000", "envs", "1000000000", "65536"),
    Mistake("\(train) --envs 1.5", "--envs", "1.5"),
    Mistake("\(train) --steps 0", "steps must be at least 1, but is 0"),
    Mistake("\(train) --steps -5", "steps must be at least 1, but is -5"),
    Mistake("\(train) --steps 1.5e0", "--steps", "1.5e0"),
    Mistake("\(train) --steps 99999999999999999999", "--steps", "99999999999999999999"),
    Mistake("\(train) --threads 0", "--threads must be from 1 to 1024, but is 0"),
    Mistake("\(train) --threads 5000", "--threads must be from 1 to 1024, but is 5000"),
    Mistake("\(train) --seed -1", "seed", "from 0", "\"-1\""),
    Mistake("\(train) --seed one", "--seed", "one"),
    Mistake("\(train) --seed", "--seed"),
    Mistake("\(train) --run-dir EMPTY", "--run-dir"),
    Mistake("\(train) --set discount=1.2", "discount", "1.2", "[0, 1]"),
    Mistake("\(train) --set discount=nan", "discount", "nan"),
    Mistake("\(train) --set hidden_sizes=[]", "hidden_sizes", "[64, 64]"),
    Mistake("\(train) --set hidden_sizes=[64,1000000000]", "hidden_sizes", "8192"),
    Mistake("\(train) --set rollout_steps=1000000000", "rollout_steps", "1000000000"),
    Mistake("\(train) --set rollout_steps=0", "rollout_steps", "from 1"),
    Mistake("\(train) --set envs_per_shard=0", "envs_per_shard", "at least 1"),
    Mistake("\(train) --set optimizer=adamw", "optimizer", "adamw", "adam"),
    Mistake("\(train) --set learning_rate=-1", "learning_rate", "-1"),
    Mistake("\(train) --set learning_rate=fast", "learning_rate", "fast"),
    Mistake("\(train) --set normalize_rewards=2", "normalize_rewards", "2"),
    Mistake("\(train) --set estimator=relax", "estimator", "relax", "score-function"),
    Mistake("\(train) --set estimator=lax", "estimator", "lax", "score-function"),
    Mistake(
      "--agent a2c --env pendulum --set estimator=all-action", "all-action", "score-function"),
    Mistake(
      "--agent relax-ddpg --env pendulum --set estimator=reparameterization",
      "control_variate.objective", "fit"),
    Mistake(
      "--agent a2c --env pendulum --set gaussian.initial_log_deviation=50",
      "gaussian.initial_log_deviation", "50"),
    Mistake("\(train) --set progress_interval=-1", "progress_interval", "-1"),
    Mistake("\(train) --set value.baseline=false", "value.baseline", "monte-carlo"),
    Mistake("\(ddpg) --set buffer_size=63", "buffer_size", "from 64", "63", "batch"),
    Mistake("\(ddpg) --set batch_size=300000", "batch_size", "65536", "300000"),
    Mistake("\(ddpg) --steps 1000", "learning_starts", "below the run's 1000 steps", "1000"),
    Mistake("--agent sac --env cartpole", "sac needs real-valued", "finite bounds", "discrete(2)"),
    Mistake("--agent dqn --env pendulum", "dqn needs one discrete action", "pendulum"),
    Mistake("--agent dqn --env cartpole --set batch_size=99 --set buffer_size=98", "from 99", "98"),
    Mistake("\(ddpg) --set noise=pink", "noise", "gaussian, ornstein-uhlenbeck", "pink"),
    Mistake("\(ddpg) --unbiased", "ddpg", "learned critic", "relax-a2c, relax-ddpg, a2c"),
    Mistake("\(train) --unbiased --set returns=gae", "--unbiased", "gae with λ 0.95"),
    Mistake("\(train) --unbiased --set normalize_rewards=true", "--unbiased", "rewards scaled"),
    Mistake(
      "--agent relax-ddpg --env pendulum --unbiased --set estimator=reparameterization "
        + "--set control_variate.objective=fit", "--unbiased", "slope of c"),
    Mistake("\(train) --config missing.yaml", "missing.yaml", "No such file"),
    Mistake("--config unknown.yaml", "rolout_steps", "unknown.yaml, line 4", "\"rollout_steps\""),
    Mistake("--config wrong.yaml", "discount", "wrong.yaml, line 3"),
    Mistake("--config text.yaml", "text.yaml"),
    Mistake(
      "\(train) --run-dir taken", "taken exists already", "--run-dir", "rl-train resume taken"),
  ]

  static let otherCommands = [
    Mistake("resume", "run-dir"),
    Mistake("resume nowhere", "nowhere", "no such folder"),
    Mistake("resume taken", "taken", "config.yaml"),
    Mistake("resume taken --steps 0", "--steps", "0"),
    Mistake("resume taken --threads 0", "--threads", "0"),
    Mistake("evaluate", "run-dir"),
    Mistake("evaluate nowhere", "nowhere", "no such folder"),
    Mistake("evaluate taken --episodes 0", "--episodes", "0"),
    Mistake("evaluate taken --episodes -1", "--episodes", "-1"),
    Mistake("evaluate taken --seed -1", "--seed", "-1"),
    Mistake("evaluate taken --checkpoint newest", "best or last", "newest"),
    Mistake("check-env", "env"),
    Mistake("check-env --env cartpol", "\"cartpole\""),
    Mistake("list everything", "everything"),
  ]
}

@Suite struct `A mistake on the command line` {
  @Test(arguments: Mistake.names + Mistake.values + Mistake.otherCommands)
  func `is refused in one line with exit code 64, and nothing is written`(mistake: Mistake) throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: folder.path + "/taken", withIntermediateDirectories: false)
    for (name, text) in [
      ("unknown.yaml", "# Comment\nagent: a2c\nenv: cartpole\nrolout_steps: 5\n"),
      ("wrong.yaml", "agent: a2c\nenv: cartpole\ndiscount: much\n"), ("text.yaml", "just words"),
    ] { try folder.write(Array(text.utf8), to: name) }
    let before = try folder.contents()
    let ended = try CommandLineProgram.run(mistake.arguments, in: folder)
    #expect(ended.status == 64, "\(ended.errors)")
    #expect(ended.output.isEmpty)
    #expect(ended.errorLines.count == 1 && ended.errors.hasPrefix("rl-train: "), "\(ended.errors)")
    for fragment in mistake.fragments {
      #expect(ended.errors.contains(fragment), "\(ended.errors)")
    }
    #expect(try folder.contents() == before)
  }

  @Test func `a total below what a run has done is refused, and the run stays as it was`() throws {
    let folder = try TemporaryFolder()
    let run = try CommandLineProgram.run(
      ["--agent", "a2c", "--env", "corridor", "--steps", "400", "--run-dir", "run"], in: folder)
    try #require(run.status == 0)
    let digest = try RunDigest(folder, "run")
    let ended = try CommandLineProgram.run(["resume", "run", "--steps", "200"], in: folder)
    #expect(ended.status == 64 && ended.errorLines.count == 1)
    #expect(ended.errors.contains("400") && ended.errors.contains("200"))
    #expect(try RunDigest(folder, "run") == digest)
  }
}

@Suite struct `A failure while running` {
  @Test func `a gradient that is not finite ends the run with exit code 1 and a way back`() throws {
    let folder = try TemporaryFolder()
    let ended = try CommandLineProgram.run(
      ["--agent", "a2c", "--env", "cartpole", "--seed", "1", "--steps", "4000", "--quiet"]
        + ["--set", "learning_rate=1e300", "--set", "optimizer=sgd", "--run-dir", "run"]
        + ["--set", "max_gradient_norm=0"], in: folder)
    #expect(ended.status == 1 && ended.output.isEmpty && ended.errorLines.count == 1)
    #expect(ended.errors.contains("learning rate 1e+300 made policy.0.weight[0, 0] "))
    #expect(ended.errors.contains("largest reward of this session was 1.000 in magnitude"))
    #expect(ended.errors.contains("last good checkpoint is in run/checkpoints, of step 0"))
    #expect(ended.errors.contains("rl-train resume run"))
    let evaluated = try CommandLineProgram.run(["evaluate", "run", "--episodes", "2"], in: folder)
    #expect(evaluated.status == 0)
  }

  @Test func `a folder that cannot be made is named`() throws {
    let folder = try TemporaryFolder()
    let ended = try CommandLineProgram.run(
      ["--agent", "a2c", "--env", "cartpole", "--run-dir", "/proc/self/runs/x"], in: folder)
    #expect(ended.status == 1 && ended.errorLines.count == 1)
    #expect(ended.errors.contains("/proc/self/runs"))
  }

  @Test func `a run that another process trains is not resumed`() throws {
    let folder = try TemporaryFolder()
    let program = try RunningProgram(
      CommandLineProgram.path,
      ["--agent", "a2c", "--env", "cartpole", "--steps", "1000000000", "--run-dir", "run"]
        + ["--no-stop-when-solved", "--quiet"], in: folder.path)
    for _ in 0..<30_000 where !FileManager.default.fileExists(atPath: folder.path + "/run") {
      usleep(1000)
    }
    let ended = try CommandLineProgram.run(["resume", "run"], in: folder)
    program.send(SIGTERM)
    #expect(ended.status == 1 && ended.errorLines.count == 1)
    #expect(ended.errors.contains("number \(program.process)"))
    #expect(try program.wait().status == 0)
  }
}
