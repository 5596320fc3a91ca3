import Foundation
import RelaxRL
import Runs
import Testing

@Suite struct `The config-yaml of a run that goes on` {
  @Test(arguments: [
    ("(?m)^checkpoint_interval: .*$", "checkpoint_interval: 0", "checkpoint_interval is 0 and was"),
    ("(?m)^discount: .*$", "discount: 0.5", "discount is 0.5 and was"),
    ("(?m)^hidden_sizes: .*$", "hidden_sizes: [100000, 100000]", "hidden_sizes"),
    ("(?m)^agent: .*$", "agent: reinforce", "agent is reinforce and was a2c"),
    ("(?m)^env: .*$", "env: random-mdp", "env is random-mdp and was corridor"),
    ("(?m)^steps: .*$", "steps: 900", "steps is 900, but the run goes to 400"),
    ("(?m)^stop_when_solved: .*$", "stop_when_solved: true", "stop_when_solved is true"),
    ("(?m)^seed: .*$", "seed: -5", "\"-5\""),
    ("(?m)^learning_rate: .*$", "learning_rate: .inf", "learning_rate"),
    ("(?m)^discount: .*\n", "", "It lacks discount"),
    ("(?m)^agent: .*\n", "", "agent"),
    ("(?m)^env: .*\n", "", "env"),
    ("(?m)^discount: .*$", "discount: [", "is not a configuration file"),
    ("(?m)^discount: .*$", "discout: 0.99", "\"discount\""),
  ])
  func `is refused by the name of what was edited, and nothing is cut`(
    pattern: String, line: String, fragment: String
  ) throws {
    let run = try SmallRun()
    try run.edit(pattern, line)
    // What a killed run leaves behind the checkpoint.
    try run.write(try run.text("progress.csv") + "1,2", to: "progress.csv")
    let before = try run.text("progress.csv")
    for arguments in [
      ["resume", "run", "--steps", "800"], ["evaluate", "run", "--episodes", "1"],
    ] {
      let ended = try CommandLineProgram.run(arguments, in: run.folder)
      #expect(ended.status == 64 && ended.errorLines.count == 1, "\(ended.errors)")
      #expect(ended.errors.contains(fragment), "\(ended.errors)")
      #expect(ended.errors.contains("config.yaml"), "\(ended.errors)")
    }
    #expect(try run.text("progress.csv") == before)
  }

  @Test func `cut off after any line it is refused`() throws {
    let run = try SmallRun()
    let lines = try run.text("config.yaml").split(separator: "\n")
    // All but the last, which is a comment.
    for count in stride(from: 0, to: lines.count - 1, by: 5) {
      try run.write(
        lines[..<count].map { $0 + "\n" }.joined(), to: "config.yaml")
      let ended = try run.program("resume", "run", "--steps", "800")
      #expect(ended.status == 64, "\(count) lines: \(ended.errors)")
    }
  }

  @Test func `with other comments, order, line ends and a mark in front it is the same`() throws {
    let run = try SmallRun()
    let copy = try SmallRun()
    // Each with the lines of its group below it.
    var settings: [[String]] = []
    for line in try run.text("config.yaml").split(separator: "\n").map(String.init) {
      if line.hasPrefix(" "), let last = settings.indices.last {
        settings[last].append(line)
      } else {
        settings.append([line])
      }
    }
    let lines = settings.reversed().flatMap(\.self)
    try copy.write(
      "\u{FEFF}# Mine\r\n" + lines.joined(separator: "  # note\r\n") + "\r\n",
      to: "config.yaml")
    for one in [run, copy] {
      let ended = try one.program("resume", "run", "--steps", "800", "--quiet")
      #expect(ended.status == 0, "\(ended.errors)")
    }
    #expect(try run.digest == copy.digest)
  }

  @Test func `keeps what resume --set has changed, with the step, and goes on with it`() throws {
    let run = try SmallRun()
    let ended = try run.program(
      "resume", "run", "--steps", "800", "--quiet", "--set", "learning_rate=1e-5", "--set",
      "progress_interval=50")
    #expect(ended.status == 0, "\(ended.errors)")
    let text = try run.text("config.yaml")
    #expect(
      text.contains("# 1.0e-05 from step 400 on") || text.contains("from step 400 on"), "\(text)")
    #expect(text.contains("progress_interval: 2  # 50 from step 400 on"), "\(text)")
    let checkpoint = try CheckpointStore(runFolder: run.path).load(.last)
    let changes = try #require(checkpoint.state["changes"])
    #expect(changes.contains("learning_rate") && changes.contains("\"step\":400"), "\(changes)")
    // The same value again changes nothing; both stay for the sessions to come.
    let again = try run.program(
      "resume", "run", "--steps", "1200", "--quiet", "--set", "progress_interval=50")
    #expect(again.status == 0, "\(again.errors)")
    #expect(
      try CheckpointStore(runFolder: run.path).load(.last).state["changes"] == changes)
    #expect(try run.program("evaluate", "run", "--episodes", "1").status == 0)
  }

  @Test(arguments: [
    ("seed=2", "streams"), ("hidden_sizes=8", "parameters"), ("envs=2", "environments"),
    ("steps=900", "--steps"), ("discount=0.5", "learned"), ("agent=ddpg", "agent"),
    ("env=bandit", "--env"), ("learning_rate=-1", "learning_rate"), ("checkpoint_interval=0", "1"),
    ("learning_rat=1", "\"learning_rate\""), ("x", "key=value"),
  ])
  func `refuses with the reason what cannot change any more`(
    assignment: String, fragment: String
  ) throws {
    let run = try SmallRun()
    let before = try run.digest
    let ended = try run.program("resume", "run", "--steps", "800", "--set", assignment)
    #expect(ended.status == 64 && ended.errors.contains(fragment), "\(ended.errors)")
    #expect(try run.digest == before)
  }

  @Test func `a checkpoint of another run is not taken for its own`() throws {
    let (run, other) = (try SmallRun(), try SmallRun(["--set", "discount=0.9"]))
    try run.folder.write(
      try other.folder.bytes("run/checkpoints/last.safetensors"),
      to: "run/checkpoints/last.safetensors")
    let ended = try run.program("resume", "run", "--steps", "800")
    #expect(ended.status == 64 && ended.errors.contains("discount is 0.99 and was 0.9"))
  }

  @Test(arguments: ["--steps 1", "--steps 100", "--set seed=3", "--env bandit", "--env nothing"])
  func `a refusal of resume leaves rows that the checkpoint does not know`(option: String) throws {
    let run = try SmallRun()
    try run.write(try run.text("progress.csv") + "500,1\n", to: "progress.csv")
    let before = try run.text("progress.csv")
    let words = option.split(separator: " ").map(String.init)
    let ended = try CommandLineProgram.run(
      ["resume", "run"] + words, in: run.folder)
    #expect(ended.status == 64, "\(ended.errors)")
    #expect(try run.text("progress.csv") == before)
  }
}

@Suite struct `A settings file` {
  private static let run = "--agent a2c --env bandit --steps 100 --seed 1 --quiet --run-dir new"

  @Test func `is read from a pipe, with or without a name, and with a byte order mark`() throws {
    let run = try SmallRun()
    let ended = try run.shell(
      """
      set -e
      printf '\\xef\\xbb\\xbfdiscount: 0.5\\n' | "$1" \(Self.run)1 --config /dev/stdin
      "$1" \(Self.run)2 --config <(sleep 0.3; echo 'discount: 0.5')
      mkfifo named; (sleep 0.3; echo 'discount: 0.5' > named) & "$1" \(Self.run)3 --config named
      grep -h '^discount: 0.5' new1/config.yaml new2/config.yaml new3/config.yaml
      true | "$1" \(Self.run)4 --config /dev/stdin
      """)
    #expect(ended.status == 0, "\(ended.errors)")
    #expect(ended.outputLines.count == 3)
  }

  @Test func `that nobody writes does not keep the program from being stopped`() throws {
    let run = try SmallRun()
    let ended = try run.shell(
      "mkfifo named; \"$1\" \(Self.run) --config named & sleep 0.5; kill -TERM $!; wait $!")
    #expect(ended.status == 143 && ended.seconds < 20)
  }

  @Test(arguments: [
    "yes -- '- x' | head -100000",
    "printf 'a: &a [1]\\n'; for i in {1..30}; do echo \"k$i: *a\"; done",
    "printf '%0.s[' {1..100000}", "printf '%0.s- ' {1..100000}", "printf '%0.s? ' {1..100000}",
    "for i in {1..300000}; do echo k$i: 1; done", "cat /dev/zero", "printf 'agent: \\xff'",
    "printf 'agent: a2c\\0'", "printf '\\xff\\xfea\\0'", "printf '%0.sx' {1..100000}; echo ': 1'",
    "for i in {1..5000}; do echo k$i: 1; done", "echo 'learning_rate: {}'",
  ])
  func `of any shape is read or refused within seconds`(content: String) throws {
    let run = try SmallRun()
    let ended = try run.shell("(\(content)) 2>/dev/null | \"$1\" \(Self.run) --config /dev/stdin")
    #expect(ended.status == 64 && ended.errorLines.count == 1, "\(ended.errors.prefix(500))")
    #expect(ended.seconds < 10 && ended.errors.utf8.count < 6000)
  }
}
