import ArgumentParser
import CAllocations
import Differentiation
import DiscreteVAE

/// `rl-bench vae`: one training step of the discrete variational autoencoder.
///
/// A step is everything that training does: images, noise, gradients of both kinds, both optimizers.
/// The limit is the time of the program's matrix products at the speed of a 64×64×64 product,
/// measured in turns with the steps; nothing else is counted in it.
struct VAECommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vae", abstract: "A training step of the discrete variational autoencoder.")

  @Option(help: "Names of estimators, separated by commas.")
  var estimators = "relaxed-rebar"

  @Option(help: "linear1, linear2 or nonlinear.")
  var model = "linear1"

  @Option(help: "Images of a batch.")
  var batch = 24

  @Option(help: "How many times a block of steps is measured; medians are reported.")
  var repeats = 21

  @Option(help: "Steps of a block.")
  var steps = 50

  @Flag(help: "Print each program to be measured.")
  var printPrograms = false

  func validate() throws {
    for (name, value) in [("batch", batch), ("repeats", repeats), ("steps", steps)] where value < 1
    {
      throw ValidationError("--\(name) must be at least 1 but is \(value).")
    }
    guard ModelKind(rawValue: model) != nil else {
      throw ValidationError("--model must be linear1, linear2 or nonlinear but is \(model).")
    }
    _ = try chosen()
  }

  private func chosen() throws -> [VAEEstimator] {
    try estimators.split(separator: ",").map { name in
      guard let estimator = VAEEstimator(rawValue: String(name)) else {
        throw ValidationError(
          "There is no estimator '\(name)'; the choices are "
            + VAEEstimator.allCases.map(\.rawValue).joined(separator: ", ") + ".")
      }
      return estimator
    }
  }

  func run() throws {
    let images = DatasetImages.benchmark(height: 28, width: 28, count: 512)
    for estimator in try chosen() {
      for isCoupled in estimator.hasControlVariate ? [true, false] : [true] {
        var settings = EstimationSettings(estimator)
        settings.isCoupled = isCoupled
        try measure(settings, images)
      }
    }
  }

  private func measure(_ settings: EstimationSettings, _ images: DatasetImages) throws {
    var configuration = VAEConfiguration(
      model: ModelKind(rawValue: model) ?? .linear1, estimation: settings)
    configuration.batch = batch
    let trainer = try VAETrainer(configuration, images)
    if printPrograms { print(trainer.program) }
    for _ in 0..<steps { try trainer.update() }
    var times: [Double] = []
    var programs: [Double] = []
    var speeds: [Double] = []
    for _ in 0..<repeats {
      speeds.append(MultiplyAddLimit.measure())
      let start = threadSeconds()
      for _ in 0..<steps { try trainer.update() }
      times.append((threadSeconds() - start) / Double(steps))
      programs.append(secondsPerCall { trainer.program.run() })
    }
    let before = allocation_count()
    for _ in 0..<steps { try trainer.update() }
    let allocations = allocation_count() - before
    let flops = Double(trainer.program.cost(ofStage: 0).matrixFlops)
    let seconds = median(times)
    let limit = flops / median(speeds)
    var line = JSONLine()
    line.add("benchmark", "vae")
    line.add("model", configuration.model.rawValue)
    line.add("estimator", settings.estimator.rawValue)
    if settings.estimator.hasControlVariate {
      line.add("noise", settings.isCoupled ? "coupled" : "independent")
    }
    line.add("batch", batch)
    line.add("milliseconds", seconds * 1e3)
    line.add("least", (times.min() ?? 0) * 1e3)
    line.add("most", (times.max() ?? 0) * 1e3)
    line.add("program_milliseconds", median(programs) * 1e3)
    line.add("matrix_megaflops", flops / 1e6)
    line.add("limit_milliseconds", limit * 1e3)
    line.add("ratio", limit / seconds)
    line.add("gflops_limit", median(speeds) / 1e9)
    line.add("allocations_per_step", Double(allocations) / Double(steps))
    print(line)
  }
}
