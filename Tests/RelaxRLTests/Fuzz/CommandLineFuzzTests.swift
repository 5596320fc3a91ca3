import Foundation
import GSL
import RelaxRL
import TestSupport
import Testing

/// Command lines put together at random.
@Suite struct `Fuzz: command lines` {
  @Test func `none ends in a crash, and what is refused has written nothing`() throws {
    let folder = try TemporaryFolder()
    let trained = try CommandLineProgram.run(
      ["--agent", "a2c", "--env", "bandit", "--steps", "100", "--quiet", "--run-dir", "run"]
        + ["--set", "hidden_sizes=4", "--seed", "1"], in: folder)
    try #require(trained.status == 0, "\(trained.errors)")
    try folder.write(Array("agent: a2c\nenv: bandit\nsteps: 80\n".utf8), to: "good.yaml")
    try folder.write(Array("a: &a [1]\nb: [*a\n".utf8), to: "bad.yaml")
    for number in FuzzCases.numbers(220, share: 2.5) {
      var stream = FuzzCases.stream(number, "fuzz-command-lines")
      let words = Self.words(&stream)
      let before = try folder.contents()
      let ended = try CommandLineProgram.run(words, in: folder)
      let message = "Case \(number), \(words): \(ended.status) \(ended.errors)"
      #expect([0, 1, 64].contains(ended.status), "\(message)")
      #expect(!ended.errors.contains("Fatal error"), "\(message)")
      let after = try folder.contents()
      if ended.status == 64 { #expect(after == before, "\(message)") }
      for name in after.subtracting(before) where !name.contains("/") && name != "run" {
        try FileManager.default.removeItem(atPath: "\(folder.path)/\(name)")
      }
    }
  }

  private static let numbers = [
    "0", "-1", "1", "2", "3", "1e1", "1_0", "1.5", "1e400", "nan", ".inf", "x", "", " 7 ", "0x10",
    "９", "9223372036854775807", "9223372036854775808", "18446744073709551616", "--", "-",
  ]
  private static let settings = [
    "discount", "learning_rate", "hidden_sizes", "envs", "rollout_steps", "activation", "optimizer",
    "estimator", "returns", "value.baseline", "buffer_size", "noise", "noise_time_step",
    "checkpoint_interval", "progress_interval", "simulator.command", "simulator.processes",
    "simulator.encoding", "gae_lambda", "batch_size", "seed", "x", "", "agent", "env",
  ]
  private static let values =
    numbers.filter { !$0.hasPrefix("92") } + [
      "[]", "[4,4]", "[0]", "true", "null", "relu", "adam", "linear:0.1", "linear:", "gaussian",
      "=",
      "a=b", "'", "monte-carlo", "lax", "relax", "1000000000", "ornstein-uhlenbeck", "\u{1B}[31m",
    ]

  private static func option(_ stream: inout RandomStream) -> [String] {
    switch stream.index(below: 13) {
    case 0: ["--seed", stream.element(of: numbers)]
    case 1: ["--threads", stream.element(of: numbers)]
    case 2: ["--envs", stream.element(of: numbers)]
    case 3, 4, 5:
      ["--set", "\(stream.element(of: settings))=\(stream.element(of: values))"]
    case 6:
      ["--config", stream.element(of: ["good.yaml", "bad.yaml", "none", "/dev/null", ".", ""])]
    case 7: [stream.element(of: ["--json", "--quiet", "--strict", "--no-stop-when-solved", "--x"])]
    case 8:
      ["--run-dir", stream.element(of: ["new", "run", "", "a/b", "-d", "/dev/null/x", "x y"])]
    case 9:
      [
        "--env-command",
        stream.element(of: ["true", "false", "/nonexistent", "'", "", "echo hi", "cat", "x\"y"]),
      ]
    case 10:
      ["--env-" + stream.element(of: ["processes", "restarts", "step-timeout", "encoding", "x"])]
        + [stream.element(of: numbers)]
    case 11: ["--set", stream.element(of: values)]
    default: [stream.element(of: values)]
    }
  }

  private static func words(_ stream: inout RandomStream) -> [String] {
    var words: [String] = []
    let count = stream.index(below: 5)
    var options: [[String]] = []
    for _ in 0..<count { options.append(option(&stream)) }
    switch stream.index(below: 12) {
    case 0, 1:
      words = ["resume", stream.element(of: ["run", "none", "", ".", "good.yaml"])]
      options.append(["--steps", stream.element(of: ["150", "1", "x", "-3"])])
    case 2, 3:
      words = [
        stream.element(of: ["evaluate", "watch"]), stream.element(of: ["run", "none", ""]),
      ]
      options.append(["--episodes", stream.element(of: ["1", "2", "0", "x", "1e1"])])
      options.append(["--checkpoint", stream.element(of: ["best", "last", "previous", "x"])])
    case 4: words = [stream.element(of: ["list", "help", "python-module", "--help", "--version"])]
    case 5: words = ["check-env", "--env", stream.element(of: ["bandit", "x", "", "gym:"])]
    case 6: words = ["serve-env", "--env", stream.element(of: ["bandit", "x"])]
    default:
      let agents = ["a2c", "relax-a2c", "reinforce", "relax-ddpg", "ddpg", "x", ""]
      let tasks = ["bandit", "corridor", "pendulum", "gaussian-bandit", "x", ""]
      words = ["--agent", stream.element(of: agents), "--env", stream.element(of: tasks)]
      options.append(["--set", "hidden_sizes=4"])
      // The last one counts, and keeps every run short.
      options.append(["--steps", stream.element(of: ["40", "80", "1e2", "0", "x"])])
    }
    return words + options.flatMap { $0 }
  }
}
