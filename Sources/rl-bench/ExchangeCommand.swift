import ArgumentParser
import Networks
import ReinforcementLearning

#if MPI
  import MPI
#endif

/// `mpirun -n 2 rl-bench exchange`: what it costs to add up a gradient over ranks.
struct ExchangeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exchange",
    abstract: "Time of a gradient's way over several ranks, started by mpirun in a build with MPI.",
    discussion: "With 0 parameters: of an agreement alone, of which an update has about four more.")

  @Option(help: "Numbers of parameters, separated by commas.")
  var parameters = "0,10000,100000,1000000"

  @Option(help: "How many times each case is measured.")
  var repeats = 5

  func validate() throws {
    guard repeats >= 1 else { throw ValidationError("--repeats must be positive.") }
  }

  func run() throws {
    #if MPI
      let channel = try MPIChannel.join()
      defer { channel.leave() }
      let reduction = RankedReduction(channel)
      _ = try reduction.shards(of: channel.ranks.count)
      for count in parameters.split(separator: ",").compactMap({ Int($0) }) {
        try measure(count, reduction)
      }
    #else
      throw ValidationError("rl-bench was built without MPI: swift build -c release --traits MPI")
    #endif
  }

  private func measure(_ count: Int, _ reduction: RankedReduction) throws {
    let gradients =
      count == 0 ? [] : [ParameterSet<Float>(ParameterLayout([ParameterEntry("g", [count])]))]
    // The same number on all ranks, and about a tenth of a second.
    let rounds = max(20, 20_000_000 / (count + 10_000))
    let clock = ContinuousClock()
    var times: [Double] = []
    for _ in 0..<repeats {
      try reduction.agree(on: [])
      let start = clock.now
      for _ in 0..<rounds { try reduction.sum([gradients]) }
      times.append(1e6 * start.duration(to: clock.now).seconds / Double(rounds))
    }
    guard reduction.ranks.isFirst else { return }
    times.sort()
    var line = JSONLine()
    line.add("benchmark", "exchange")
    line.add("ranks", reduction.ranks.count)
    line.add("parameters", count)
    line.add("microseconds", times[times.count / 2])
    line.add("min", times[0])
    line.add("max", times[times.count - 1])
    print(line)
  }
}
