import ArgumentParser
import DiscreteVAE
import Foundation
import Runs

/// The settings that all commands for the variational autoencoder share.
///
/// Numbers are read even where they begin with a dash, so that a negative one is refused by name.
struct VAESettingOptions: ParsableArguments {
  @Option(help: "The folder with the data set's files.")
  var data: String?

  @Option(help: "mnist, omniglot or generated.")
  var dataset = "mnist"

  @Option(
    help:
      "What the control variate makes small: the gradient by each layer's logits, or by each matrix."
  )
  var scope = "layer"

  @Option(help: "static, dynamic or file.")
  var binarization = "static"

  @Option(parsing: .unconditional, help: "Of the binarization and the split.")
  var dataSeed = 1

  @Option(parsing: .unconditional, help: "Images of a batch.")
  var batch = 24

  @Option(parsing: .unconditional, help: "Latents of a layer.")
  var latents = 200

  @Option(parsing: .unconditional, help: "Of the model.")
  var learningRate = 1e-3

  @Option(parsing: .unconditional, help: "Of the control variate, as a multiple of the model's.")
  var controlLearningRateScale = 1.0

  @Option(parsing: .unconditional, help: "Samples K of \(names(of: \.hasSamples)).")
  var samples = 2

  @Option(parsing: .unconditional, help: "λ of \(names(of: \.hasFixedTemperature)).")
  var temperature = 0.5

  @Option(help: "Hidden units of the control variate's network, separated by commas.")
  var controlUnits = "200,200"

  @Flag(
    inversion: .prefixedNo,
    help: "Coupled noise: z̃ equals z, with derivatives of its own, which halves the work.")
  var coupled = true

  /// Refuses what is no folder before anything else is looked at.
  func validate() throws {
    guard let data else { return }
    if data.isEmpty { throw ValidationError("--data must name a folder but is empty.") }
    let fileSystem = FileSystem.uninterrupted
    if !fileSystem.isFolder(data) {
      throw ValidationError(
        fileSystem.exists(data)
          ? "--data must name the folder that holds the data set's files, but \(data) is a file."
          : "--data must name a folder, but there is no \(data).")
    }
  }

  /// The settings that the options ask for.
  func configuration(model: ModelKind, estimator: VAEEstimator) throws -> VAEConfiguration {
    var estimation = EstimationSettings(estimator)
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
    var configuration = VAEConfiguration(model: model, estimation: estimation)
    configuration.dataset = try choice(dataset, "dataset", Dataset.self)
    // A run is gone on with from any folder.
    configuration.data = data.map { URL(fileURLWithPath: $0).standardizedFileURL.path }
    configuration.binarization = try choice(binarization, "binarization", Binarization.self)
    configuration.dataSeed = dataSeed
    configuration.batch = batch
    configuration.latents = latents
    configuration.learningRate = learningRate
    configuration.controlLearningRateScale = controlLearningRateScale
    return configuration
  }
}

/// The names of the estimators with a property, as a help text lists them.
private func names(of property: (VAEEstimator) -> Bool) -> String {
  VAEEstimator.allCases.filter(property).map(\.rawValue).joined(separator: " and ")
}

/// The settings of a single cell: the shared ones, a model and an estimator.
struct VAEOptions: ParsableArguments {
  @OptionGroup var settings: VAESettingOptions

  @Option(help: "linear1, linear2 or nonlinear.")
  var model = "linear1"

  @Option(help: "The gradient estimator.")
  var estimator = "relaxed-rebar"

  /// The settings that the options ask for.
  func configuration() throws -> VAEConfiguration {
    try settings.configuration(
      model: try choice(model, "model", ModelKind.self),
      estimator: try choice(estimator, "estimator", VAEEstimator.self))
  }
}

/// How long a run is and what it writes on the way.
struct VAERunOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: "Training steps.")
  var steps = 100_000

  @Option(parsing: .unconditional, help: "Steps between two rows of progress.csv.")
  var progressInterval = 1000

  @Option(parsing: .unconditional, help: "Steps between two evaluations.")
  var evaluationInterval = 10_000

  @Option(parsing: .unconditional, help: "Steps between two checkpoints.")
  var checkpointInterval = 10_000

  @Option(
    parsing: .unconditional, help: "Training images on which the training bound is evaluated.")
  var trainEvaluationImages = 10_000

  @Option(
    parsing: .unconditional,
    help: "Samples of the importance-weighted bound at the end; 0 leaves it out.")
  var boundSamples = 100

  /// Takes the options over into a run's settings.
  func apply(to configuration: inout VAEConfiguration) {
    configuration.steps = steps
    configuration.progressInterval = progressInterval
    configuration.evaluationInterval = evaluationInterval
    configuration.checkpointInterval = checkpointInterval
    configuration.trainEvaluationImages = trainEvaluationImages
    configuration.boundSamples = boundSamples
  }
}

/// A choice by its name in any case; an unknown one is refused with the closest.
func choice<Choice: RawRepresentable & CaseIterable>(
  _ word: String, _ option: String, _ type: Choice.Type
) throws -> Choice where Choice.RawValue == String {
  if let choice = Choice(rawValue: word.lowercased()) { return choice }
  let known = Choice.allCases.map(\.rawValue)
  throw ValidationError(
    "There is no \(option) '\(word)'; did you mean '\(nearestMatch(to: word, among: known) ?? "")'? "
      + "The choices are \(known.joined(separator: ", ")).")
}

/// The parts of a list, none of them empty and none of them twice once it means something.
func list<Element: Hashable>(
  _ text: String, _ option: String, _ meaning: (String) throws -> [Element]
) throws -> [Element] {
  guard !text.isEmpty else { throw ValidationError("--\(option) must not be empty.") }
  var seen: Set<Element> = []
  let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  return try parts.flatMap(meaning).map { element in
    guard seen.insert(element).inserted else {
      throw ValidationError("--\(option) must name each only once but is '\(text)'.")
    }
    return element
  }
}
