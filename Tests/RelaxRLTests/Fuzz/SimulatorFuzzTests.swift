import Foundation
import TestSupport
import Testing

/// Simulators that do what no simulator should, by seed: Tests/EnvironmentsTests/Simulators/hostile.py.
@Suite(.enabled(if: SimulatorTools.python != nil, SimulatorTools.needsPython))
struct `Fuzz: a hostile simulator` {
  private static let program =
    SimulatorTools.root + "/Tests/EnvironmentsTests/Simulators/hostile.py"

  /// Each in turn by two at a time: what is measured is a time, too.
  @Test(arguments: [0, 1])
  func `ends a run with 0, 1 or 64, soon, in few words and with nothing left running`(
    half: Int
  ) throws {
    for seed in stride(from: half, to: FuzzCases.numbers(14, share: 0.05).count, by: 2) {
      let folder = try TemporaryFolder()
      let mark = "hostile-\(UUID().uuidString)"
      let ended = try CommandLineProgram.run(
        ["--agent", "a2c", "--seed", "1", "--steps", "600", "--envs", "4", "--quiet"]
          + ["--run-dir", "run", "--env-restarts", "1", "--env-start-timeout", "1"]
          + ["--env-reset-timeout", "1", "--env-step-timeout", "1", "--env-close-timeout", "1"]
          + [
            "--env-command",
            "\(SimulatorTools.python ?? "") \(Self.program) \(seed) \(mark)",
          ], in: folder)
      #expect(
        [0, 1, 64].contains(ended.status),
        "seed \(seed): \(ended.status), \(ended.errors.suffix(2000))")
      #expect(ended.seconds < 10, "seed \(seed): \(ended.seconds) s, \(ended.errors.suffix(2000))")
      let own = ended.errorLines.filter { !$0.hasPrefix("[env") }.joined(separator: "\n")
      #expect(own.utf8.count < 16_000, "seed \(seed): \(own.utf8.count) bytes of messages")
      #expect(
        ended.errors.unicodeScalars.allSatisfy {
          $0 == "\n" || $0.value >= 0x20 && $0.value != 0x7F
        },
        "seed \(seed)")
      if ended.status != 0 { #expect(!own.isEmpty, "seed \(seed): nothing was said") }
      for _ in 0..<300 where SimulatorTools.processes(with: mark) > 0 { usleep(10_000) }
      #expect(SimulatorTools.processes(with: mark) == 0, "seed \(seed)")
    }
  }
}
