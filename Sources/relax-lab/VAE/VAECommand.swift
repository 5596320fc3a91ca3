import ArgumentParser
import DiscreteVAE
import Foundation
import RelaxRL

/// `relax-lab vae`: trains a discrete variational autoencoder.
struct VAECommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vae",
    abstract: "Train a variational autoencoder with Bernoulli latents, with any estimator.",
    discussion: """
      relax-lab vae --data DIR --model linear1 --estimator relaxed-rebar
      The estimators are \(VAEEstimator.allCases.map(\.rawValue).joined(separator: ", ")).
      Nothing is downloaded. --dataset generated needs no files.
      """)

  @OptionGroup var options: VAEOptions

  @Option(help: "Of initialization, order and noise.")
  var seed = 1

  @Option(help: "The folder for the run; by default one under runs/ whose name is free.")
  var out: String?

  @Flag(help: "Print the summary as one line of JSON at the end.")
  var json = false

  @Flag(help: "Print no progress.")
  var quiet = false

  func validate() throws {
    if let fault = try settings().fault { throw ValidationError(fault) }
  }

  private func settings() throws -> VAEConfiguration {
    var configuration = try options.configuration()
    configuration.seed = seed
    return configuration
  }

  func run() throws {
    let configuration = try settings()
    let session = try VAESession.start(configuration, in: out)
    try VAERun.train(session, json: json, quiet: quiet)
  }
}

/// `relax-lab vae-resume`: goes on with a run.
struct VAEResumeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vae-resume", abstract: "Go on with a run exactly where it stopped.")

  @Argument(help: "The run's folder.")
  var folder: String

  @Option(help: "The new total of steps.")
  var steps: Int?

  @Flag(help: "Print the summary as one line of JSON at the end.")
  var json = false

  @Flag(help: "Print no progress.")
  var quiet = false

  func run() throws {
    try VAERun.train(try VAESession.resume(folder, steps: steps), json: json, quiet: quiet)
  }
}

/// Trains a session with its reports on the terminal.
enum VAERun {
  static func train(_ session: VAESession, json: Bool, quiet: Bool) throws {
    InterruptFlag.install()
    let configuration = session.configuration
    if !quiet { Console.standardError.line(description(of: session)) }
    let reporter = ProgressReporter(
      isQuiet: quiet, startingAt: session.trainer.step, totalSteps: configuration.steps)
    guard let summary = try session.train(reporter: reporter) else {
      Console.standardError.line(
        "Stopped after step \(session.trainer.step). To go on: "
          + "relax-lab vae-resume \(session.folder.path)")
      throw ExitCode.failure
    }
    let note = try VAEFigures(session: session).draw()
    if json {
      print(try JSONText.line(summary))
    } else {
      print(text(summary, configuration))
      print("The run is in \(session.folder.path), with figures and images.\(note)")
    }
  }

  private static func description(of session: VAESession) -> String {
    let configuration = session.configuration
    let estimation = configuration.estimation
    let images = session.trainer.images
    let count = estimation.evaluations(layers: configuration.model.layerCount)
    return "\(configuration.model.rawValue) on \(images.train.count) images of "
      + "\(configuration.dataset.rawValue), \(estimation.estimator.title): \(count) "
      + "\(count == 1 ? "evaluation" : "evaluations") of f for each image and step; "
      + "\(images.validation.count) images for validation, \(images.test.count) for tests"
  }

  private static func text(_ summary: VAESummary, _ configuration: VAEConfiguration) -> String {
    func line(_ name: String, _ value: Double) -> String {
      name.padding(toLength: 52, withPad: " ", startingAt: 0) + String(format: "%9.2f", value)
    }
    var lines = [
      line("training ELBO, 1 sample (first training images)", summary.trainELBO),
      line("highest training ELBO of the run", summary.bestTrainELBO),
      line("validation ELBO, 1 sample", summary.validationELBO),
      line("highest validation ELBO of the run", summary.bestValidationELBO),
      line("test ELBO, 1 sample", summary.testELBO),
    ]
    if let validation = summary.validationImportanceWeightedBound,
      let test = summary.testImportanceWeightedBound
    {
      let name = "importance-weighted bound, \(configuration.boundSamples) samples"
      lines.append(line("validation \(name)", validation))
      lines.append(line("test \(name)", test))
    }
    return lines.joined(separator: "\n")
  }
}
