import ArgumentParser
import CAllocations
import Differentiation

/// `rl-bench engine`: how close compiled programs come to what the processor can do.
///
/// The limit of a program is the time that its matrix products would take if every multiply-add stayed in
/// the processor's registers, plus the time of its element-wise operations at the speed
/// of each kernel on 4096 elements, both measured in turns with the program itself.
struct EngineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "engine", abstract: "Speed of compiled programs beside the machine's limit.")

  @Option(help: "How many times each case is measured; medians are reported.")
  var repeats = 31

  @Option(help: "Batch sizes, separated by commas.")
  var batches = "8,64,512"

  @Option(help: "Batch sizes of the convolutional networks, separated by commas.")
  var imageBatches = "8,32,256"

  @Flag(help: "Leave out all networks but the convolutional ones.")
  var onlyImages = false

  @Flag(help: "Print each program to be measured.")
  var printPrograms = false

  func validate() throws {
    guard repeats >= 1 else {
      throw ValidationError("--repeats must be at least 1 but is \(repeats).")
    }
    _ = try sizes(batches, of: "--batches")
    _ = try sizes(imageBatches, of: "--image-batches")
  }

  private func sizes(_ list: String, of option: String) throws -> [Int] {
    try list.split(separator: ",").map { text in
      guard let batch = Int(text), batch >= 1 else {
        throw ValidationError(
          "\(option) must be whole numbers of at least 1, such as 8,64,512, but has '\(text)'.")
      }
      return batch
    }
  }

  func run() throws {
    let networks = [
      BenchmarkNetwork(sizes: [4, 64, 64, 2], activation: .tanh),
      BenchmarkNetwork(sizes: [17, 256, 256, 6], activation: .relu),
    ]
    for network in onlyImages ? [] : networks {
      for batch in try sizes(batches, of: "--batches") {
        try measure(
          network.name, batch: batch,
          [
            ("forward", try network.forward(batch: batch)),
            ("forward+backward", try network.forwardAndBackward(batch: batch)),
            ("first order", try network.firstOrder(batch: batch)),
            ("second order", try network.secondOrder(batch: batch)),
          ])
      }
    }
    for network in [BenchmarkConvolutions.minAtar, .atari] {
      for batch in try sizes(imageBatches, of: "--image-batches") {
        try measure(
          network.name, batch: batch,
          [
            ("forward", try network.forward(batch: batch)),
            ("forward+backward", try network.forwardAndBackward(batch: batch)),
          ])
      }
    }
    if !onlyImages { try measureCompilation() }
  }

  private func measure(
    _ network: String, batch: Int, _ cases: [(String, Program<Float>)]
  ) throws {
    var firstOrderSeconds = 0.0
    for (name, program) in cases {
      if printPrograms { print(program) }
      let limit = try MachineLimit(of: program)
      var times: [Double] = []
      var limits: [LimitTimes] = []
      for _ in 0..<repeats {
        limits.append(limit.measure())
        times.append(secondsPerCall { program.run() })
      }
      let seconds = median(times)
      let bound = limit.seconds(limits)
      if name == "first order" { firstOrderSeconds = seconds }
      let before = allocation_count()
      for _ in 0..<100 { program.run() }
      let allocations = allocation_count() - before
      var line = JSONLine()
      line.add("benchmark", "engine")
      line.add("network", network)
      line.add("batch", batch)
      line.add("what", name)
      line.add("microseconds", seconds * 1e6)
      line.add("limit_microseconds", bound.total * 1e6)
      line.add("limit_matrix_microseconds", bound.matrix * 1e6)
      line.add("ratio", bound.total / seconds)
      line.add("matrix_ratio", bound.matrix / seconds)
      if name == "second order" { line.add("times_first_order", seconds / firstOrderSeconds) }
      line.add("gflops_limit", bound.flopsPerSecond / 1e9)
      line.add("instructions", program.instructionCount(ofStage: 0))
      line.add("allocations_per_run", Double(allocations) / 100)
      line.add("arena_bytes", program.arenaSize)
      print(line)
    }
  }

  private func measureCompilation() throws {
    var build: [Double] = []
    var compile: [Double] = []
    var instructions = 0
    for _ in 0..<repeats {
      let start = threadSeconds()
      let stages = ActorCriticUpdate.stages()
      let built = threadSeconds()
      let program = try Program<Float>(stages: stages)
      let compiled = threadSeconds()
      build.append(built - start)
      compile.append(compiled - built)
      instructions = (0..<stages.count).reduce(0) { $0 + program.instructionCount(ofStage: $1) }
    }
    var line = JSONLine()
    line.add("benchmark", "engine")
    line.add("what", "compile actor-critic update")
    line.add("graph_milliseconds", median(build) * 1e3)
    line.add("compile_milliseconds", median(compile) * 1e3)
    line.add("instructions", instructions)
    print(line)
  }
}
