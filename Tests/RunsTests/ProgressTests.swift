import Foundation
import ReinforcementLearning
import Runs
import Synchronization
import Testing

/// Collects what a console is given.
private final class Screen: Sendable {
  private let pieces = Mutex<[String]>([])
  var written: [String] { pieces.withLock(\.self) }

  func console(isTerminal: Bool) -> Console {
    Console(isTerminal: isTerminal) { [self] text in pieces.withLock { $0.append(text) } }
  }
}

/// A run of a million steps a second, an update every millisecond; returns what was shown.
private func report(
  _ style: ProgressReporter.Style, seconds: Int, on screen: Screen
) -> [String] {
  var now = 100.0
  let total = seconds * 1_000_000
  let reporter = ProgressReporter(
    style: style, on: screen.console(isTerminal: style == .rewriting), startingAt: 0,
    totalSteps: total, now: { now })
  func snapshot(_ steps: Int) -> ProgressSnapshot {
    ProgressSnapshot(steps: steps, totalSteps: total, episodes: steps / 500, meanReturn: 187.42)
  }
  for tick in 1...seconds * 1000 {
    now = 100 + Double(tick) / 1000
    reporter.update(snapshot(tick * 1000))
  }
  reporter.finish(snapshot(total))
  return screen.written
}

@Suite struct `Progress` {
  @Test func `a terminal sees one line that is rewritten, and the last one stays`() {
    let written = report(.rewriting, seconds: 4, on: Screen())
    #expect((35...42).contains(written.count))
    #expect(written.dropLast().allSatisfy { $0.hasPrefix("\r") && !$0.contains("\n") })
    #expect(written.last?.hasSuffix("\n") == true)
    #expect(written[19].contains("1,000,000 steps/s") && written[19].contains("ETA 2 s"))
    #expect(written[19].contains(" of 4,000,000 steps (50 %)"))
    #expect(written[19].contains("return 187.4"))
  }

  @Test func `elsewhere there are plain lines, at each tenth and not too many`() {
    let written = report(.lines, seconds: 20, on: Screen())
    #expect((10...12).contains(written.count))
    #expect(
      written.allSatisfy { $0.hasSuffix("\n") && !$0.contains("\r") && !$0.contains("\u{1B}") })
    #expect(report(.lines, seconds: 2, on: Screen()).count <= 5)
  }

  @Test func `quiet is silent`() {
    #expect(report(.silent, seconds: 2, on: Screen()).isEmpty)
  }

  @Test func `a snapshot is made only when it is shown`() {
    let screen = Screen()
    let reporter = ProgressReporter(
      style: .lines, on: screen.console(isTerminal: false), startingAt: 0, totalSteps: 10,
      now: { 0 })
    var made = 0
    func snapshot() -> ProgressSnapshot {
      made += 1
      return ProgressSnapshot(steps: 1, totalSteps: 10, episodes: 0, meanReturn: nil)
    }
    for _ in 0..<100 { reporter.update(snapshot()) }
    #expect(made == 0)
  }
}

@Suite struct `Numbers as text` {
  @Test func `thousands are grouped`() {
    let numbers = [0, 999, 1000, -1_234_567, 100_000]
    #expect(numbers.map(NumberText.grouped) == ["0", "999", "1,000", "-1,234,567", "100,000"])
  }

  @Test func `decimals are those of the usual formatting`() {
    for number in [0, -0.04, 0.05, 1.005, 187.42, -99.999, 1e9 / 7, 0.125] {
      for decimals in [0, 2, 4] where (number * 1000).rounded() != number * 1000 || decimals == 4 {
        let usual = String(format: "%.\(decimals)f", number)
        let ours = NumberText.fixed(number, decimals: decimals)
        #expect(ours == usual || usual.hasPrefix("-0") && Double(usual) == 0 && Double(ours) == 0)
      }
    }
    #expect(
      NumberText.fixed(.nan, decimals: 1) == "nan"
        && NumberText.fixed(1e300, decimals: 1) == "1e+300")
  }

  @Test func `time spans grow with their units`() {
    let spans = [0.2, 59, 60, 3599, 3725, .infinity]
    #expect(
      spans.map(NumberText.duration) == ["1 s", "59 s", "1:00", "59:59", "1:02:05", "unknown"])
  }

  @Test func `a mean has as many decimals as its interval deserves`() throws {
    #expect(NumberText.estimate(487.123, halfWidth: 6.28) == "487.1 ± 6.3")
    #expect(NumberText.estimate(0.12345, halfWidth: 0.0123) == "0.123 ± 0.012")
    #expect(NumberText.estimate(1234.5, halfWidth: 250.4) == "1235 ± 250")
    // Student's quantile with two degrees of freedom is 4.303, the standard error 1 / √3.
    #expect(try NumberText.mean(of: [1, 2, 3]) == "2.0 ± 2.5")
    #expect(try NumberText.mean(of: [7]) == "7.000")
  }
}

@Suite(.serialized) struct `Interrupts` {
  @Test(arguments: [SIGINT, SIGTERM])
  func `the first signal raises the flag, the second would end the process`(signal: Int32) {
    InterruptFlag.install()
    defer { InterruptFlag.uninstall() }
    #expect(!InterruptFlag.isRaised && InterruptFlag.signal == nil)
    // To the process: threads of the concurrency pool block signals.
    kill(getpid(), signal)
    for _ in 0..<5000 where !InterruptFlag.isRaised { usleep(1000) }
    #expect(InterruptFlag.isRaised && InterruptFlag.signal == signal)
    var action = sigaction()
    sigaction(signal, nil, &action)
    #expect(action.__sigaction_handler.sa_handler == nil)
    InterruptFlag.reset()
    #expect(!InterruptFlag.isRaised)
  }
}
