import Foundation
import Testing

/// A program around the example's agent: a task with masks, two of the agent with a mistake each, and what
/// loads its policy.
enum Probe {
  static let task = """
    import RelaxRL

    /// Two of four doors are open, and one of them has the prize, which is shown.
    struct Doors: Environment {
      static let spec = EnvironmentSpec(name: "doors", stepLimit: 10, rewardThreshold: 9)
      var prize = 0
      var other = 1
      var stream = RandomStream(seed: 0, purpose: "environment")
      var observationSpace: Space { .discrete(4) }
      var actionSpace: Space { .discrete(4) }

      mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
        self.stream = stream
        draw(&observation)
      }

      mutating func step(_ action: Int, observation: inout MutableSpan<Float>) -> Transition {
        let reward = action == prize ? 1.0 : 0.0
        draw(&observation)
        return Transition(reward: reward)
      }

      func writeActionMask(_ mask: inout MutableSpan<Float>) {
        for door in 0..<4 { mask[door] = door == prize || door == other ? 1 : 0 }
      }

      private mutating func draw(_ observation: inout MutableSpan<Float>) {
        prize = stream.index(below: 4)
        other = (prize + 1 + stream.index(below: 3)) % 4
        for door in 0..<4 { observation[door] = door == prize ? 1 : 0 }
      }
    }
    """

  /// Mistakes, each in the place of a piece of the agent.
  private static let mistakes = [
    // Draws what the mask forbids.
    "Unmasked": ("mask: mask)", "mask: 1 + 0 * mask)"),
    // Acts well and learns from nothing.
    "Deaf": ("signal: advantage", "signal: 0 * advantage"),
  ]

  /// Its files by name.
  static func sources() throws -> [String: String] {
    let example = try OutsidePackage.sources(of: "OwnAgent")
    let agent = try #require(example["MiniRelax.swift"])
    var sources = ["Doors.swift": task, "MiniRelax.swift": agent]
    for (name, (right, wrong)) in mistakes {
      let altered = agent.replacingOccurrences(of: right, with: wrong)
      #expect(altered != agent)
      let body = altered.replacingOccurrences(of: "import RelaxRL\n", with: "")
      sources["\(name).swift"] = "import RelaxRL\n\nenum \(name) {\n\(body)}\n"
    }
    let entry = try #require(example["main.swift"]).components(separatedBy: "RelaxRL.main")[0]
    sources["main.swift"] = entry + main
    sources["Listener.swift"] = listener
    return sources
  }

  /// Is told of every run with a seed from 900 up, says of which, and stops one of them.
  private static let listener = """
    import Foundation
    import RelaxRL

    final class Listener: TrainingCallback {
      let run: RunDescription
      init(_ run: RunDescription) { self.run = run }

      func episodeEnded(_ episode: Episode, number: Int, in training: any OngoingTraining) {
        if run.seed == 902 && number == 7 { training.stop() }
      }

      func trainingEnded(in training: any OngoingTraining) {
        let text = "told \\(run.agent) \\(run.environment) \\(run.seed) \\(training.log.releasedCount) "
        FileHandle.standardError.write(Data((text + "\\(run.folder)\\n").utf8))
      }
    }
    """

  private static let main = """
    if CommandLine.arguments.dropFirst().first == "act" {
      // By the checkpoint alone: one action for each door that is the only open one.
      let policy = try Policy(run: CommandLine.arguments[2], agents: [miniRelax])
      for door in 0..<4 {
        let only: [Float] = (0..<4).map { $0 == door ? 1 : 0 }
        print(try policy.act([1, 0, 0, 0], mask: only), try policy.act(only, mask: [1, 1, 1, 1]))
      }
    } else {
      let unmasked = AgentEntry(
        "unmasked", "draws what the mask forbids", settings: Unmasked.Settings.self,
        make: { try Unmasked.MiniRelax($0, $1) },
        policy: { try $1.categoricalPolicy("policy", hiddenSizes: $0.hiddenSizes) })
      let deaf = AgentEntry(
        "deaf", "hears of no reward", settings: Deaf.Settings.self,
        make: { try Deaf.MiniRelax($0, $1) },
        policy: { try $1.categoricalPolicy("policy", hiddenSizes: $0.hiddenSizes) })
      RelaxRL.main(
        environments: [Doors.self], agents: [miniRelax, unmasked, deaf],
        callbacks: { $0.seed >= 900 ? [Listener($0)] : [] })
    }

    """
}
