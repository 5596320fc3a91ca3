import Foundation
import RelaxRL
import TestSupport
import Testing

/// Tasks with several choices in every step, from the command line.
@Suite struct `A task of several choices` {
  @Test(arguments: ["reinforce", "a2c", "relax-a2c"], ["quadratic", "orchard"])
  func `is trained in, evaluated and acted in by name alone`(
    agent: String, environment: String
  ) throws {
    let folder = try TemporaryFolder()
    let ended = try CommandLineProgram.run(
      ["--agent", agent, "--env", environment, "--seed", "1", "--steps", "400", "--quiet"]
        + ["--run-dir", "run"], in: folder)
    #expect(ended.status == 0, "\(ended.errors)")
    let header = String(decoding: try folder.bytes("run/progress.csv"), as: UTF8.self)
      .prefix { !$0.isNewline }
    #expect(header.contains("policy_entropy"))
    let evaluated = try CommandLineProgram.run(
      ["evaluate", "run", "--episodes", "5", "--json"], in: folder)
    #expect(evaluated.status == 0, "\(evaluated.errors)")
    let policy = try Policy(run: folder.path + "/run")
    if environment == "quadratic" {
      let bits = try policy.act([1], as: [Int].self)
      #expect(bits.count == 20 && bits.allSatisfy { $0 == 0 || $0 == 1 })
      #expect(throws: PolicyError.self) { try policy.act([1], as: [Float].self) }
      return
    }
    var seen = [Float](repeating: 0, count: 20)
    for block in 0..<4 { seen[5 * block] = 1 }
    // In the corner: neither axis goes down, and the third choice is forced.
    let choices = try policy.act(seen, mask: [0, 1, 1, 0, 1, 1, 0, 1], as: [Int].self)
    #expect(choices.count == 3 && choices[0] > 0 && choices[1] > 0 && choices[2] == 1)
    let error = #expect(throws: PolicyError.self) {
      try policy.act(seen, mask: [0, 1, 1, 0, 0, 0, 1, 1], as: [Int].self)
    }
    #expect("\(error as Any)".contains("element 1"), "\(error as Any)")
  }

  @Test func `says what it is not for, with numbers`() throws {
    let folder = try TemporaryFolder()
    func refusal(_ words: String) throws -> String {
      let ended = try CommandLineProgram.run(
        words.split(separator: " ").map(String.init) + ["--run-dir", "run"], in: folder)
      #expect(ended.status == 64)
      return ended.errors
    }
    #expect(
      try refusal("--agent relax-a2c --env quadratic --set estimator=all-action")
        .contains("2^20 = 1048576"))
    #expect(try refusal("--agent relax-ddpg --env quadratic").contains("multiBinary(20)"))
    #expect(
      try refusal("--agent a2c --env quadratic --set entropy_coefficient=-0.1")
        .contains("not negative"))
    #expect(
      try refusal("--agent a2c --env orchard --set entropy_in_returns=true")
        .contains("monte-carlo"))
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/run"))
  }

  @Test(arguments: ["quadratic", "orchard"])
  func `is the same through a pipe in either encoding, and keeps the protocol`(
    environment: String
  ) throws {
    let folder = try TemporaryFolder()
    let served = "\(CommandLineProgram.path) serve-env --env \(environment)"
    var digests: [RunDigest] = []
    for encoding in ["binary", "json"] {
      let ended = try CommandLineProgram.run(
        ["--agent", "relax-a2c", "--env-command", served, "--seed", "3", "--steps", "2000"]
          + ["--env-encoding", encoding, "--quiet", "--run-dir", encoding], in: folder)
      try #require(ended.status == 0, "\(ended.errors)")
      digests.append(try RunDigest(folder, encoding))
    }
    #expect(digests[0] == digests[1])
    let checked = try CommandLineProgram.run(["check-env", "--env-command", served], in: folder)
    #expect(checked.status == 0, "\(checked.output)\(checked.errors)")
  }
}
