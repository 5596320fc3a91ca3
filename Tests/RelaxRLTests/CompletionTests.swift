import Foundation
import RelaxRL
import TestSupport
import Testing

@Suite struct `The shell completes` {
  private static let bash: String? = ["/bin/bash", "/usr/bin/bash"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  /// What bash offers behind a line, in the folder of a run.
  private func offers(_ line: String, in folder: TemporaryFolder) throws -> [String] {
    let script = """
      PATH=$(dirname "$1"):$PATH
      eval "$("$1" --generate-completion-script bash)"
      COMP_LINE=$2
      COMP_POINT=${#COMP_LINE}
      read -ra COMP_WORDS <<<"$COMP_LINE"
      case $COMP_LINE in *' ') COMP_WORDS+=("") ;; esac
      COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
      function=$(complete -p rl-train | sed 's/.* -F \\([^ ]*\\) .*/\\1/')
      "$function" rl-train "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
      printf '%s\\n' "${COMPREPLY[@]}"
      """
    let ended = try RunningProgram(
      try #require(Self.bash), ["-c", script, "bash", CommandLineProgram.path, line],
      in: folder.path
    ).wait()
    return ended.outputLines.map { $0.trimmingCharacters(in: .whitespaces) }
  }

  @Test(.enabled(if: bash != nil, "Needs bash."))
  func `agents, environments, settings and run folders`() throws {
    let run = try SmallRun()
    let folder = run.folder
    #expect(
      Set(try offers("rl-train train --agent relax-", in: folder)) == ["relax-a2c", "relax-ddpg"])
    #expect(try offers("rl-train train --env pend", in: folder) == ["pendulum"])
    // Training is what it does without a subcommand.
    #expect(try offers("rl-train --agent ddp", in: folder) == ["ddpg"])
    #expect(try offers("rl-train --env pendulum --init", in: folder) == ["--init-from"])
    #expect(try offers("rl-train train --env CartPole-v1", in: folder) == ["CartPole-v1"])
    let settings = try offers("rl-train train --agent dqn --set ", in: folder)
    #expect(settings.contains("buffer_size=") && !settings.contains("control_variate.form="))
    #expect(try offers("rl-train export ru", in: folder) == ["run"])
    #expect(try offers("rl-train evaluate ./ru", in: folder) == ["./run"])
    #expect(try offers("rl-train evaluate run --checkpoint ", in: folder) == ["best", "last"])
    #expect(try offers("rl-train exp", in: folder).sorted() == ["experiment", "export"])
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func `with a script for each shell`(shell: String) throws {
    let ended = try CommandLineProgram.run(
      ["--generate-completion-script", shell], in: try TemporaryFolder())
    #expect(ended.status == 0 && ended.output.contains("rl-train") && ended.errors.isEmpty)
  }

  @Test func `the version is a result`() throws {
    let ended = try CommandLineProgram.run(["--version"], in: try TemporaryFolder())
    #expect(ended.status == 0 && ended.errors.isEmpty)
    #expect(ended.output.wholeMatch(of: /RelaxRL \d+\.\d+\.\d+\n/) != nil)
  }

  @Test func `help begins with agent and environment, and has simulators in a group`() throws {
    let ended = try CommandLineProgram.run(["train", "--help"], in: try TemporaryFolder())
    let places = [
      "--agent", "--env <", "--eval-every", "ENVIRONMENTS IN OTHER PROCESSES", "--env-command",
      "--json",
    ]
    .map { ended.output.range(of: $0)?.lowerBound }
    #expect(places.allSatisfy { $0 != nil })
    let found = places.compactMap { $0 }
    #expect(found == found.sorted(), "\(ended.output)")
  }
}
