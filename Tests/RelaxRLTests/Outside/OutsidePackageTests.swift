import Foundation
import TestSupport
import Testing

/// Lines of Swift; those that are not empty, where only they count.
private func lines(_ texts: some Sequence<String>, countsEmpty: Bool = true) -> Int {
  texts.reduce(0) { sum, text in
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    return sum + lines.count { countsEmpty || $0.contains { !$0.isWhitespace } }
  }
}

@Suite(.serialized, .timeLimit(.minutes(20))) struct `A package outside this one` {
  @Test func `trains its own environment and agent, of under 100 lines`() throws {
    let sources = try OutsidePackage.sources(of: "OwnTask")
    let own = ["Lamps.swift", "LinearAgent.swift"].compactMap { sources[$0] }
    #expect(own.count == 2 && lines(own, countsEmpty: false) < 100)
    let folder = try TemporaryFolder()
    func run(_ arguments: String...) throws -> EndedProgram {
      try OutsidePackage.run("OwnTask", arguments, in: folder)
    }
    let agent = try run("own-agent")
    #expect(agent.status == 0 && agent.output.hasPrefix("solved after "), "\(agent.errors)")
    #expect(!agent.output.contains("-1"))
    let listed = try run("list")
    #expect(listed.status == 0 && listed.output.contains("lamps"))
    // Nobody has looked for settings that suit it: those for unknown tasks.
    let lamps = listed.output.split(separator: "\n").drop { !$0.hasPrefix("  lamps") }.dropFirst()
    #expect(lamps.first?.contains("500,000 steps") == true, "\(listed.output)")
    let trained = try run("--agent", "a2c", "--env", "Lamps", "--seed", "1", "--json", "--quiet")
    try #require(trained.status == 0, "\(trained.errors)")
    #expect(try trained.json()["solved"] as? Bool == true)
    let name = try #require(try trained.json()["run_dir"] as? String)
    let evaluated = try run("evaluate", name, "--json")
    #expect(try #require(try evaluated.json()["mean"] as? Double) >= 9)
    // Another program does not know the task, and says so.
    let unknown = try CommandLineProgram.run(["evaluate", name], in: folder)
    #expect(unknown.status == 64 && unknown.errors.contains("\"lamps\""))
  }

  @Test func `trains the tutorial's task, which keeps the contract`() throws {
    let folder = try TemporaryFolder()
    let trained = try OutsidePackage.run(
      "Walk", ["--agent", "a2c", "--env", "walk", "--seed", "1", "--json", "--quiet"], in: folder)
    try #require(trained.status == 0, "\(trained.errors)")
    #expect(try trained.json()["solved"] as? Bool == true)
    let tested = try OutsidePackage.test()
    #expect(tested.status == 0, "\(tested.output)\(tested.errors)")
    #expect("\(tested.output)\(tested.errors)".contains("1 test"))
  }
}

extension `A package outside this one` {
  /// Of the example's agent.
  @Suite(.serialized) struct `with its own agent` {
    private static let cartPole = ["--agent", "mini-relax", "--env", "cartpole", "--seed", "1"]

    @Test func `of at most 120 lines solves CartPole`() throws {
      #expect(lines(try OutsidePackage.sources(of: "OwnAgent").values) <= 120)
      let folder = try TemporaryFolder()
      let trained = try OutsidePackage.run(
        "OwnAgent", Self.cartPole + ["--json", "--quiet", "--run-dir", "run"], in: folder)
      try #require(trained.status == 0, "\(trained.errors)")
      #expect(try trained.json()["solved"] as? Bool == true, "\(trained.output)")
      let evaluated = try OutsidePackage.run("OwnAgent", ["evaluate", "run", "--json"], in: folder)
      #expect(try #require(try evaluated.json()["mean"] as? Double) >= 400, "\(evaluated.errors)")
    }

    @Test func `has the same bytes when it is killed and resumed, on any number of threads`() throws
    {
      let folder = try TemporaryFolder()
      let steps = CommandLineProgram.steps(160_000)
      let arguments =
        Self.cartPole + [
          "--envs", "24", "--no-stop-when-solved", "--quiet", "--steps", "\(steps)",
          "--set", "checkpoint_interval=\(steps / 16)",
        ]
      let whole = try OutsidePackage.run(
        "OwnAgent", arguments + ["--run-dir", "whole", "--threads", "2"], in: folder)
      try #require(whole.status == 0, "\(whole.errors)")
      let program = try OutsidePackage.start(
        "OwnAgent", arguments + ["--run-dir", "killed"], in: folder)
      let checkpoint = "\(folder.path)/killed/checkpoints/last.safetensors"
      for _ in 0..<60_000 where !FileManager.default.fileExists(atPath: checkpoint) { usleep(1000) }
      // The first of sixteen checkpoints: in the middle, neither new nor at its end.
      program.send(SIGKILL)
      #expect(try program.wait().status == 128 + SIGKILL)
      #expect(try !folder.contents("killed").contains("summary.json"))
      let resumed = try OutsidePackage.run("OwnAgent", ["resume", "killed", "--quiet"], in: folder)
      #expect(resumed.status == 0, "\(resumed.errors)")
      #expect(try RunDigest(folder, "whole") == RunDigest(folder, "killed"))
    }

    @Test func `obeys masks, by its policy alone, too`() throws {
      let folder = try TemporaryFolder()
      func train(_ agent: String, _ more: [String] = []) throws -> EndedProgram {
        try OutsidePackage.run(
          "Probe",
          ["--agent", agent, "--env", "doors", "--seed", "1", "--json", "--quiet"] + more
            + ["--steps", "\(CommandLineProgram.steps(40_000))", "--run-dir", agent], in: folder)
      }
      // The task refuses a forbidden action by an error.
      let trained = try train("mini-relax")
      try #require(trained.status == 0, "\(trained.errors)")
      #expect(try trained.json()["solved"] as? Bool == true, "\(trained.output)")
      let played = try OutsidePackage.run("Probe", ["act", "mini-relax"], in: folder)
      #expect(played.output == "0 0\n1 1\n2 2\n3 3\n", "\(played.errors)")
      let unmasked = try train("unmasked")
      #expect(unmasked.status != 0 && unmasked.errors.contains("mask"), "\(unmasked.errors)")
      // What it learns from is RELAX's signal: without it nothing is learned.
      let deaf = try train("deaf")
      try #require(deaf.status == 0, "\(deaf.errors)")
      #expect(try deaf.json()["solved"] as? Bool == false)
    }

    @Test(arguments: [
      (["--env", "pendulum"], "mini-relax needs one discrete action, but pendulum has box"),
      (["--set", "buffer_size=5"], "discount, env, envs, gae_lambda, hidden_sizes, learning_rate"),
      (["--set", "envs=0"], "envs must be from 1 to 4096, but is 0."),
      (["--set", "rollout_steps=5000"], "rollout_steps must be from 1 to 4096, but is 5000."),
      (["--set", "hidden_sizes=0"], "Every layer needs at least 1 unit"),
      (["--set", "discount=1.1"], "discount must be in [0, 1], but is 1.1."),
      (["--set", "gae_lambda=-1"], "gae_lambda must be in [0, 1], but is -1"),
      (["--set", "learning_rate=linear:0.1:-1"], "learning_rate must be finite and not negative"),
      (["--unbiased"], "mini-relax"),
    ])
    func `refuses what it cannot do, before anything is written`(
      arguments: [String], message: String
    ) throws {
      let folder = try TemporaryFolder()
      let refused = try OutsidePackage.run(
        "OwnAgent", ["--agent", "mini-relax", "--env", "cartpole"] + arguments, in: folder)
      #expect(refused.status == 64, "\(refused.errors)")
      #expect(refused.errors.contains(message), "\(refused.errors)")
      #expect(try folder.contents().isEmpty)
    }
  }
}

@Suite struct `The page on agents` {
  @Test func `builds the example from nothing, piece by piece`() throws {
    let sources = try OutsidePackage.sources(of: "OwnAgent")
    let pieces = try OutsidePackage.pieces(of: "docs/tutorials/own-agent.md")
    // In the page's order they are the whole of it.
    let whole = [sources["MiniRelax.swift"], sources["main.swift"]].compactMap { $0 }.joined()
    func squeezed(_ text: String) -> String {
      text.split(separator: "\n").filter { $0.contains { !$0.isWhitespace } }
        .joined(separator: "\n")
    }
    #expect(squeezed(pieces.joined()) == squeezed(whole))
  }

  @Test func `is compiled like every other page with Swift`() throws {
    let files = FileManager.default
    let pages = try files.subpathsOfDirectory(atPath: "\(OutsidePackage.root)/docs")
      .filter { $0.hasSuffix(".md") && !$0.hasPrefix("estimators/") }.map { "docs/\($0)" }
    let counts = try (pages + ["README.md", "CONTRIBUTING.md"]).map {
      ($0, try OutsidePackage.pieces(of: $0).count)
    }.filter { $0.1 > 0 }
    #expect(
      counts.map(\.0).sorted() == [
        "docs/environments.md", "docs/experiments.md", "docs/tutorials/own-agent.md",
        "docs/tutorials/own-black-box.md", "docs/tutorials/own-environment.md",
      ])
    // The others are compiled whole, whatever the number of their pieces.
    #expect(counts.allSatisfy { $0.0 != "docs/experiments.md" || $0.1 == 1 })
  }
}
