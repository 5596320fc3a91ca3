import Foundation
import TestSupport
import Testing

/// Settings that only some runs have.
@Suite struct `Settings that only some runs have` {
  private struct Summary: Decodable {
    var solved: Bool
    var solvedAtStep: Int?
    var meanReturnLast100: Double?
    var policyEntropy: Double?
    var meanObjectiveLast100: Double?
  }

  private func trained(_ words: String, in folder: TemporaryFolder) throws -> Summary {
    let ended = try CommandLineProgram.run(
      words.split(separator: " ").map(String.init) + ["--seed", "1", "--quiet", "--json"],
      in: folder)
    #expect(ended.status == 0, "\(ended.errors)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .custom { path in
      // `mean_return_last_100` as `meanReturnLast100`.
      let words = path[path.count - 1].stringValue.split(separator: "_")
      return Key(
        stringValue: words[0] + words.dropFirst().map(\.capitalized).joined())
    }
    return try decoder.decode(Summary.self, from: Data(ended.output.utf8))
  }

  private struct Key: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  @Test func `all of them together can be resumed`() throws {
    let folder = try TemporaryFolder()
    _ = try trained("--agent a2c --env corridor --steps 400 --run-dir first", in: folder)
    // In another order than that of the file.
    _ = try trained(
      "--agent a2c --env corridor --steps 400 --run-dir run --set threshold=100 --wrappers scale-reward=0.5 "
        + "--init-from first --log jsonl --eval-every 200 --eval-episodes 2 --env-args slip_probability=0.2",
      in: folder)
    let resumed = try CommandLineProgram.run(
      ["resume", "run", "--steps", "800", "--quiet"], in: folder)
    #expect(resumed.status == 0, "\(resumed.errors)")
    let refused = try CommandLineProgram.run(
      ["resume", "run", "--steps", "900", "--set", "threshold=2"], in: folder)
    #expect(refused.status == 64 && refused.errors.contains("judged by it"), "\(refused.errors)")
  }

  @Test func `a longer run says what becomes of its schedules`() throws {
    let folder = try TemporaryFolder()
    _ = try trained(
      "--agent a2c --env corridor --steps 400 --run-dir run --set learning_rate=linear:0.01 --no-stop-when-solved",
      in: folder)
    let longer = try CommandLineProgram.run(["resume", "run", "--steps", "800"], in: folder)
    #expect(longer.status == 0, "\(longer.errors)")
    #expect(longer.errors.contains("learning_rate goes on with 0.005 instead of 0.0"))
    #expect(longer.errors.contains("after 800 steps now, not after 400"))
  }

  @Test func `a threshold of one's own, of rewards or with the policy's entropy`() throws {
    let folder = try TemporaryFolder()
    // 20 bits begin with an entropy of 13.9 nats, which is worth more than the highest reward, 3.8.
    let task =
      "--agent reinforce --env quadratic --steps 400 --set entropy_coefficient=0.5 --set threshold=5"
    let rewards = try trained("\(task) --run-dir rewards", in: folder)
    let both = try trained("\(task) --set threshold_of=objective --run-dir both", in: folder)
    #expect(!rewards.solved && both.solved && both.solvedAtStep == 100)
    let (mean, objective) = (
      try #require(both.meanReturnLast100), try #require(both.meanObjectiveLast100)
    )
    #expect(mean < 3.8 && objective >= 5)
    #expect(abs(objective - mean - 0.5 * (try #require(both.policyEntropy))) < 1e-9)
  }

  @Test(arguments: [
    ("--env quadratic --set threshold=high", "threshold"),
    ("--env quadratic --set treshold=1", "Did you mean \"threshold\""),
    ("--env quadratic --set wrapers=clip-reward", "Did you mean \"wrappers\""),
    ("--env quadratic --set threshold_of=objective", "threshold must be a number"),
    ("--env quadratic --set threshold=1 --set threshold_of=both", "threshold_of"),
    (
      "--env corridor --set entropy_coefficient=0 --set threshold=1 --set threshold_of=objective",
      "entropy_coefficient above 0"
    ),
  ])
  func `what means nothing is refused`(words: String, reason: String) throws {
    let folder = try TemporaryFolder()
    let ended = try CommandLineProgram.run(
      ["--agent", "a2c", "--run-dir", "run"] + words.split(separator: " ").map(String.init),
      in: folder)
    #expect(ended.status == 64 && ended.errors.contains(reason), "\(ended.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/run"))
  }

  @Test func `are named by the command that shows settings`() throws {
    let shown = try CommandLineProgram.run(
      ["settings", "--agent", "a2c"], in: try TemporaryFolder())
    for key in ["eval_every", "init_from", "log", "wrappers", "threshold_of"] {
      #expect(shown.output.contains("\n# \(key): "))
    }
  }
}
