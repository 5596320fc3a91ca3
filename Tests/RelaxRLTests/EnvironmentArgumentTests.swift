import ReinforcementLearning
import Runs
import TestSupport
import Testing

@testable import RelaxRL

@Suite struct `Parameters of environments` {
  private func run(_ arguments: String, in folder: TemporaryFolder) throws -> EndedProgram {
    try CommandLineProgram.run(arguments.split(separator: " ").map(String.init), in: folder)
  }

  @Test func `make another task, also when it is resumed, evaluated and served`() throws {
    let folder = try TemporaryFolder()
    // Nothing that depends on the total.
    let common =
      "--agent a2c --env corridor --env-args length=9,slip_probability=0 --seed 1 --set "
      + "progress_interval=800 --set checkpoint_interval=2000"
    let trained = try run("\(common) --steps 4000 --run-dir run --json", in: folder)
    try #require(trained.status == 0, "\(trained.errors)")
    // No threshold is known for it.
    #expect(try trained.json()["solved"] as? Bool == false)
    let file = String(decoding: try folder.bytes("run/config.yaml"), as: UTF8.self)
    #expect(file.contains("env_args: ") && file.contains("length=9,slip_probability=0"), "\(file)")
    let resumed = try run("resume run --steps 8000 --quiet", in: folder)
    #expect(resumed.status == 0, "\(resumed.errors)")
    let whole = try run("\(common) --steps 8000 --run-dir whole --quiet", in: folder)
    #expect(whole.status == 0)
    #expect(try RunDigest(folder, "run") == RunDigest(folder, "whole"))
    let again = try run("--config run/config.yaml --run-dir again --quiet", in: folder)
    #expect(again.status == 0, "\(again.errors)")
    let evaluated = try run("evaluate run --episodes 5 --json", in: folder)
    #expect(evaluated.status == 0, "\(evaluated.errors)")
    // What is not named stays: without its length the task would have other observations.
    let slippery = try run(
      "evaluate run --env-args slip_probability=0.5 --episodes 5 --json", in: folder)
    #expect(slippery.status == 0, "\(slippery.errors)")
    let (rarely, always) = (
      try #require(slippery.json()["mean"] as? Double),
      try #require(evaluated.json()["mean"] as? Double)
    )
    #expect(rarely < always)
    let usual = try run("evaluate run --env corridor --episodes 5", in: folder)
    #expect(usual.status == 64 && usual.errors.contains("discrete(9)"), "\(usual.errors)")
    let checked = try run("check-env --env corridor --env-args length=9", in: folder)
    #expect(checked.status == 0, "\(checked.output)\(checked.errors)")
  }

  @Test(arguments: [
    ("--agent a2c --env corridor --env-args lenght=9", "There is no setting \"lenght\""),
    ("--agent a2c --env corridor --env-args length", "key=value"),
    ("--agent a2c --env corridor --env-args length=1", "at least 2 cells but has 1"),
    ("--agent a2c --env corridor --env-args length=long", "\"length\" must be a whole number"),
    ("--agent a2c --env pendulum --env-args g=-1", "g must lie in [0, 100] but is -1"),
    ("--agent a2c --env mountaincar --env-args goal_velocity=1", "within ±0.07 but is 1"),
    ("--agent a2c --env cartpole --env-args length=9", "cartpole has none"),
    ("serve-env --env cartpole --env-args length=9", "cartpole has none"),
  ])
  func `that are wrong are named`(arguments: String, message: String) throws {
    let folder = try TemporaryFolder()
    let refused = try run(arguments, in: folder)
    #expect(refused.status == 64 && refused.errors.contains(message), "\(refused.errors)")
    #expect(try folder.contents().isEmpty)
  }

  @Test(arguments: ["Asterix", "Breakout", "Freeway", "Seaquest", "SpaceInvaders"])
  func `that MinAtar's ids stand for are those of arguments`(game: String) throws {
    let catalogue = Catalogue()
    let minimal = try catalogue.environment("MinAtar/\(game)-v1")
    let all = try catalogue.environment("MinAtar/\(game)-v0")
    let six = Space.discrete(6)
    #expect(all.actionSpace == six)
    #expect((minimal.actionSpace == six) == (game == "Seaquest"))
    // What an argument does not name is as the id has it.
    #expect(try all.with(arguments: "sticky_actions=0").actionSpace == six)
    #expect(try minimal.with(arguments: "minimal_actions=false").actionSpace == six)
    #expect(
      try all.with(arguments: "minimal_actions=true").actionSpace == minimal.actionSpace)
    let presets = try ["a2c", "relax-a2c", "ppo", "dqn"].map { agent in
      try [minimal, all].map { entry in
        let table = try SettingsResolution.defaults(catalogue.agent(agent), entry, seed: 1)
        return table.keys.filter { $0 != "env" }.map { table[$0] }
      }
    }
    for preset in presets { #expect(preset[0] == preset[1]) }
  }

  @Test(arguments: [
    ("", "a=1", "a=1"), ("a=1", "", ""), ("a=1,b=2", "b=3", "a=1,b=3"), ("a=1", "b=2", "a=1,b=2"),
    ("a=[1,2],b=3", "b=4", "a=[1,2],b=4"), ("a=[1,2],b=3", "a = (5,6)", "b=3,a = (5,6)"),
    ("a='x,b=1',b=2", "b=3", "a='x,b=1',b=3"), ("a=\"it's\",b=2", "b=3", "a=\"it's\",b=3"),
  ])
  func `that are named change, the others stay`(text: String, changes: String, result: String) {
    #expect(EnvironmentArguments.text(text, with: changes) == result)
  }

  @Test func `of the usual task change nothing`() throws {
    let folder = try TemporaryFolder()
    let short = "--agent a2c --env pendulum --seed 2 --steps 8000 --quiet --run-dir"
    #expect(try run("\(short) a", in: folder).status == 0)
    #expect(try run("\(short) b --env-args g=10", in: folder).status == 0)
    #expect(try run("\(short) c --env-args g=9.81", in: folder).status == 0)
    func parameters(_ run: String) throws -> [UInt8] {
      try folder.bytes("\(run)/episodes.csv")
    }
    #expect(try parameters("a") == parameters("b"))
    #expect(try parameters("a") != parameters("c"))
  }
}
