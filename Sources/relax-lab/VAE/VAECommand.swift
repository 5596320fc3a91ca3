import ArgumentParser
import DiscreteVAE
import Formats
import Foundation
import ReinforcementLearning
import Runs

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
  @OptionGroup var length: VAERunOptions

  @Option(parsing: .unconditional, help: "Of initialization, order and noise.")
  var seed = 1

  @Option(help: "The folder for the run; by default one under runs/ whose name is free.")
  var out: String?

  @Flag(help: "Print the summary as one line of JSON at the end.")
  var json = false

  @Flag(help: "Print no progress.")
  var quiet = false

  func validate() throws {
    if out?.isEmpty == true { throw ValidationError("--out must name a folder but is empty.") }
    if let fault = try settings().fault { throw ValidationError(fault) }
  }

  private func settings() throws -> VAEConfiguration {
    var configuration = try options.configuration()
    length.apply(to: &configuration)
    configuration.seed = seed
    return configuration
  }

  func run() throws {
    InterruptFlag.install(during: .starting)
    let session = try VAERun.usage { try VAESession.start(try settings(), in: out) }
    try VAERun(json: json, quiet: quiet).finish(session)
  }
}

/// `relax-lab vae-resume`: goes on with a run.
struct VAEResumeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vae-resume", abstract: "Go on with a run exactly where it stopped.")

  @Argument(help: "The run's folder.")
  var folder: String

  @Option(parsing: .unconditional, help: "The new total of steps.")
  var steps: Int?

  @Flag(help: "Print the summary as one line of JSON at the end.")
  var json = false

  @Flag(help: "Print no progress.")
  var quiet = false

  func validate() throws {
    if folder.isEmpty { throw ValidationError("The run's folder has no name.") }
    if let steps, steps < 1 { throw ValidationError("--steps must be at least 1 but is \(steps).") }
  }

  func run() throws {
    InterruptFlag.install(during: .starting)
    let record = try VAERun.usage { try VAERunRecord(folder) }
    if let summary = record.summary, record.isFinished(at: steps) {
      print(
        json
          ? try JSONText.line(summary)
          : "\(folder) is finished, with \(NumberText.grouped(summary.steps)) steps. "
            + VAERun.toGoOn(summary, in: folder))
      return
    }
    let session = try VAERun.usage { try VAESession.resume(folder, steps: steps) }
    try VAERun(json: json, quiet: quiet).finish(session)
  }
}
