import ArgumentParser
import DiscreteVAE

/// The options that all commands for the variational autoencoder share.
struct VAEOptions: ParsableArguments {
  @Option(help: "The folder with the data set's files.")
  var data: String?

  @Option(help: "mnist, omniglot or generated.")
  var dataset = "mnist"

  @Option(help: "linear1, linear2 or nonlinear.")
  var model = "linear1"

  @Option(help: "The gradient estimator.")
  var estimator = "relaxed-rebar"

  @Option(
    help:
      "What the control variate makes small: the gradient by each layer's logits, or by each matrix."
  )
  var scope = "layer"

  @Option(help: "static, dynamic or file.")
  var binarization = "static"

  @Option(help: "Of the binarization and the split.")
  var dataSeed = 1

  @Option(help: "Training steps.")
  var steps = 100_000

  @Option(help: "Images of a batch.")
  var batch = 24

  @Option(help: "Latents of a layer.")
  var latents = 200

  @Option(help: "Of the model.")
  var learningRate = 1e-3

  @Option(help: "Of the control variate, as a multiple of the model's.")
  var controlLearningRateScale = 1.0

  @Option(help: "Samples K of rloo and vimco.")
  var samples = 2

  @Option(help: "λ of concrete.")
  var temperature = 0.5

  @Option(help: "Hidden units of the control variate's network, separated by commas.")
  var controlUnits = "200,200"

  @Flag(
    inversion: .prefixedNo,
    help: "Coupled noise: z̃ equals z, with derivatives of its own, which halves the work.")
  var coupled = true

  @Option(help: "Steps between two rows of progress.csv.")
  var progressInterval = 1000

  @Option(help: "Steps between two evaluations.")
  var evaluationInterval = 10_000

  @Option(help: "Steps between two checkpoints.")
  var checkpointInterval = 10_000

  @Option(help: "Training images on which the training bound is evaluated.")
  var trainEvaluationImages = 10_000

  @Option(help: "Samples of the importance-weighted bound at the end; 0 leaves it out.")
  var boundSamples = 100

  /// The settings that the options ask for.
  func configuration() throws -> VAEConfiguration {
    var estimation = EstimationSettings(try choice(estimator, "estimator", VAEEstimator.self))
    estimation.scope = try choice(scope, "scope", ControlScope.self)
    estimation.isCoupled = coupled
    estimation.samples = samples
    estimation.temperature = temperature
    estimation.controlUnits = try controlUnits.split(separator: ",").map { text in
      guard let units = Int(text) else {
        throw ValidationError(
          "--control-units must be whole numbers, such as 200,200, but has '\(text)'.")
      }
      return units
    }
    var configuration = VAEConfiguration(
      model: try choice(model, "model", ModelKind.self), estimation: estimation)
    configuration.dataset = try choice(dataset, "dataset", Dataset.self)
    configuration.data = data
    configuration.binarization = try choice(binarization, "binarization", Binarization.self)
    configuration.dataSeed = dataSeed
    configuration.steps = steps
    configuration.batch = batch
    configuration.latents = latents
    configuration.learningRate = learningRate
    configuration.controlLearningRateScale = controlLearningRateScale
    configuration.progressInterval = progressInterval
    configuration.evaluationInterval = evaluationInterval
    configuration.checkpointInterval = checkpointInterval
    configuration.trainEvaluationImages = trainEvaluationImages
    configuration.boundSamples = boundSamples
    return configuration
  }
}

/// A choice by its name in any case; an unknown one is refused with the closest.
func choice<Choice: RawRepresentable & CaseIterable>(
  _ word: String, _ option: String, _ type: Choice.Type
) throws -> Choice where Choice.RawValue == String {
  if let choice = Choice(rawValue: word.lowercased()) { return choice }
  let known = Choice.allCases.map(\.rawValue)
  throw ValidationError(
    "There is no \(option) '\(word)'; did you mean '\(closest(to: word, in: known))'? "
      + "The choices are \(known.joined(separator: ", ")).")
}
