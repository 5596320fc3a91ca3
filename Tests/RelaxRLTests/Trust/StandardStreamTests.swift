import Foundation
import RelaxRL
import Testing

@Suite struct `Streams that are closed, full or gone` {
  private static let run =
    "--agent a2c --env corridor --seed 1 --steps 2000 --no-stop-when-solved --set hidden_sizes=4"

  @Test(arguments: ["<&-", ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
  func `closed ones send nothing into the files of a run`(redirection: String) throws {
    let run = try SmallRun()
    let ended = try run.shell(
      "\"$1\" \(Self.run) --run-dir a --quiet && \"$1\" \(Self.run) --run-dir b \(redirection)"
        + " && cmp a/progress.csv b/progress.csv && cmp a/episodes.csv b/episodes.csv"
        + " && cmp a/checkpoints/last.safetensors b/checkpoints/last.safetensors")
    #expect(ended.status == 0, "\(ended.output)\(ended.errors)")
  }

  @Test(arguments: [
    "evaluate run --episodes 1 --json", "list", "--help", "python-module",
    "evaluate run --episodes 1", "check-env --env bandit", "resume run --steps 800 --json --quiet",
  ])
  func `a result that is lost is an error`(words: String) throws {
    let run = try SmallRun()
    for target in ["> /dev/full", ">&-"] {
      let ended = try run.shell("\"$1\" \(words) \(target)")
      #expect(ended.status == 1, "\(words) \(target): \(ended.status) \(ended.errors)")
      #expect(ended.errors.contains("standard output"), "\(ended.errors)")
    }
    #expect(try run.shell("\"$1\" \(words) 2> /dev/full").status == 0)
  }

  @Test func `a reader that goes away ends nothing but the reading`() throws {
    let run = try SmallRun()
    let ended = try run.shell(
      "(\"$1\" \(Self.run) --run-dir a 2>&1; echo $? > code) | head -c 1 > /dev/null; sleep 0.2; "
        + "cat code; \"$1\" evaluate a --episodes 1")
    #expect(ended.outputLines.first == "0", "\(ended.output)\(ended.errors)")
  }

  @Test func `a limit on the size of files is an error that names the file`() throws {
    let run = try SmallRun()
    let ended = try run.shell("ulimit -f 4; \"$1\" \(Self.run) --run-dir a")
    #expect(ended.status == 1 && ended.errors.contains("File too large"), "\(ended.errors)")
    let resumed = try run.shell("ulimit -f 4; \"$1\" resume run --steps 4000")
    #expect(resumed.status == 1 && resumed.errors.contains("File too large"), "\(resumed.errors)")
    #expect(try run.program("resume", "run", "--steps", "4000").status == 0)
  }
}

@Suite struct `What is typed and what is said` {
  @Test func `numbers are read as in a file`() throws {
    let run = try SmallRun()
    let ended = try run.program(
      "--agent", "a2c", "--env", "bandit", "--steps", "1e2", "--seed", "18446744073709551615",
      "--envs", "1_0", "--threads", "1.0", "--quiet", "--json", "--run-dir", "new")
    #expect(ended.status == 0, "\(ended.errors)")
    #expect(ended.output.contains("\"seed\":18446744073709551615"))
    #expect(try ended.json()["steps"] as? Int == 100)
    let resumed = try run.program("resume", "new", "--steps", "2e2", "--json", "--quiet")
    #expect(resumed.status == 0, "\(resumed.errors)")
    let evaluated = try run.program(
      "evaluate", "new", "--episodes", "1e1", "--seed", "18446744073709551615", "--json")
    #expect(evaluated.status == 0 && evaluated.output.contains("\"episodes\":10,"))
  }

  @Test(arguments: [
    (["--seed", "x"], "whole number"),
    (["--seed", "18446744073709551616"], "18446744073709551615"),
    (["--steps", "1.5"], "whole number"), (["--threads", "x"], "whole number such as"),
    (["--envs", ""], "whole number"),
  ])
  func `what is no number is refused with what would be right`(
    words: [String], fragment: String
  ) throws {
    let run = try SmallRun()
    let ended = try CommandLineProgram.run(
      ["--agent", "a2c", "--env", "bandit"] + words, in: run.folder)
    #expect(ended.status == 64 && ended.errors.contains(fragment), "\(ended.errors)")
    #expect(ended.errors.contains(words[0]) && !ended.errors.contains("is invalid"))
  }

  @Test(arguments: ["my run", "a'b", "$HOME", "-dash", "two\nlines", "é", "*"])
  func `the next command can be pasted, whatever the folder is called`(name: String) throws {
    let run = try SmallRun()
    let folder = run.folder
    let ended = try CommandLineProgram.run(
      ["--agent", "a2c", "--env", "bandit", "--steps", "100", "--seed", "1"]
        + ["--run-dir=\(name)"], in: folder)
    #expect(ended.status == 0, "\(ended.errors)")
    let mark = "To see what it learned: rl-train "
    let place = try #require(ended.errors.range(of: mark))
    let command = ended.errors[place.upperBound...]
    let pasted = try run.shell("\"$1\" \(command.dropLast()) --episodes 1")
    #expect(pasted.status == 0, "\(command): \(pasted.errors)")
  }

  @Test func `the mean return says of how many episodes it is`() throws {
    let run = try SmallRun()
    let few = try run.program(
      "--agent", "a2c", "--env", "acrobot", "--steps", "600", "--envs", "1", "--seed", "1",
      "--run-dir", "few")
    #expect(!few.errors.contains("last 100") && few.errors.contains("episode"), "\(few.errors)")
    let many = try run.program(
      "--agent", "a2c", "--env", "bandit", "--steps", "400", "--seed", "1", "--run-dir", "many",
      "--no-stop-when-solved")
    #expect(many.errors.contains("mean return of the last 100 episodes"), "\(many.errors)")
  }

  @Test func `a program of one's own calls itself by its own name`() throws {
    let run = try SmallRun()
    let folder = run.folder
    let own = folder.path + "/my-lab"
    try FileManager.default.createSymbolicLink(
      atPath: own, withDestinationPath: CommandLineProgram.path)
    func program(_ words: String...) throws -> EndedProgram {
      try RunningProgram(own, words, in: folder.path).wait()
    }
    let trained = try program(
      "--agent", "a2c", "--env", "bandit", "--steps", "100", "--run-dir", "x")
    #expect(trained.errors.contains("my-lab evaluate x"), "\(trained.errors)")
    #expect(try program("resume", "nowhere").errors.hasPrefix("my-lab: "))
    #expect(
      try program("--agent", "a2c", "--env", "bandit", "--run-dir", "x").errors
        .contains("my-lab resume x"))
    #expect(try program("--help").output.contains("my-lab <subcommand>"))
    #expect(try !program("--help").output.contains("rl-train"))
  }

  @Test func `a message of any length and any characters can be shown`() throws {
    let run = try SmallRun()
    let long = String(repeating: "x\u{1B}[31m", count: 20_000)
    for words in [
      ["--agent", long], ["resume", long], ["--set", long], ["--set", "discount=\(long)"],
    ] {
      let ended = try CommandLineProgram.run(
        words + (words[0] == "resume" ? [] : ["--env", "bandit"]), in: run.folder)
      #expect(ended.status == 64 || ended.status == 1)
      #expect(ended.errors.utf8.count < 20_000 && !ended.errors.contains("\u{1B}"))
    }
  }
}

@Suite struct `Memory that cannot be had` {
  @Test(arguments: [
    "--agent a2c --env cartpole --set hidden_sizes=8192,8192,8192,8192,8192,8192,8192,8192",
    "--agent ddpg --env pendulum --set hidden_sizes=8192,8192,8192,8192 --set learning_starts=10",
    "--agent a2c --env cartpole --set hidden_sizes=8192 --set rollout_steps=200000 --envs 8",
  ])
  func `is refused with the figures before anything is written`(words: String) throws {
    let run = try SmallRun()
    let ended = try run.shell(
      "ulimit -v 3000000; \"$1\" \(words) --seed 1 --steps 100 --run-dir new")
    #expect(ended.status == 64, "\(ended.status) \(ended.errors)")
    #expect(ended.errors.contains("GB of memory, but only"), "\(ended.errors)")
    #expect(!FileManager.default.fileExists(atPath: "\(run.path)/../new"))
  }

  @Test func `for a full replay buffer is announced before training`() throws {
    let run = try SmallRun()
    let ended = try run.shell(
      "ulimit -v 8000000; \"$1\" --agent ddpg --env pendulum --steps 200 --quiet --run-dir new "
        + "--set buffer_size=1000000000 --set hidden_sizes=4 --set learning_starts=100")
    #expect(ended.status == 0, "\(ended.errors)")
    for part in ["full replay buffer takes", "GB of memory", "buffer_size="] {
      #expect(ended.errors.contains(part), "\(ended.errors)")
    }
    let usual = try run.program(
      "--agent", "ddpg", "--env", "pendulum", "--steps", "200", "--quiet", "--run-dir", "usual",
      "--set", "hidden_sizes=4", "--set", "learning_starts=100")
    #expect(usual.errors.isEmpty)
  }

  @Test func `with any limit a run ends with 0, 1 or 64`() throws {
    let run = try SmallRun()
    // From where it cannot even read its settings to where there is enough for everything.
    for megabytes in stride(from: 100, through: 260, by: 40) {
      let ended = try run.shell(
        "ulimit -v \(megabytes)000; \"$1\" --agent a2c --env cartpole --seed 1 --steps 1 --envs 1 --quiet "
          + "--set hidden_sizes=700,700,700 --run-dir new\(megabytes)")
      #expect(
        [0, 1, 64].contains(ended.status), "\(megabytes) MB: \(ended.status) \(ended.errors)")
    }
  }
}
