import ArgumentParser
import DiscreteVAE
import Formats
import Foundation
import Runs

/// Trains a session with its reports on the terminal.
struct VAERun {
  /// Whether the summary is printed as JSON.
  var json = false
  /// Whether there is no progress.
  var quiet = false

  /// Trains to the end and draws the figures.
  ///
  /// - Returns: how it ended, which has been printed, or nil after an interruption.
  func train(_ session: VAESession) throws -> VAESummary? {
    if !quiet { Console.standardError.line(description(of: session)) }
    let reporter = ProgressReporter(
      isQuiet: quiet, startingAt: session.trainer.step, totalSteps: session.configuration.steps)
    guard let summary = try session.train(reporter: reporter, watchingBounds: report) else {
      return nil
    }
    let figures = try VAEFigures(session: session).draw()
    if json {
      print(try JSONText.line(summary))
    } else {
      print(text(summary))
      print("The run is in \(session.folder.path), with \(figures)")
    }
    return summary
  }

  /// Trains to the end and says what to type next.
  ///
  /// - Throws: the exit code after an interruption.
  func finish(_ session: VAESession) throws {
    let folder = session.folder.path
    guard let summary = try train(session) else {
      throw Self.interrupted("relax-lab vae-resume \(ShellWord.quoted(folder))")
    }
    if !json { print(Self.toGoOn(summary, in: folder)) }
  }

  /// How to train a finished run further.
  static func toGoOn(_ summary: VAESummary, in folder: String) -> String {
    "To train it further: relax-lab vae-resume \(ShellWord.quoted(folder)) "
      + "--steps \(10 * summary.steps)"
  }

  /// Says what to type after an interruption.
  ///
  /// - Returns: what ends the program: as with `rl-train`, to stop is no failure.
  static func interrupted(_ command: String) -> ExitCode {
    Console.standardError.line("Interrupted and saved. To go on: \(command)")
    return .success
  }

  /// Does what can show that the command was wrong, which has an exit code of its own.
  static func usage<Result>(_ work: () throws -> Result) throws -> Result {
    do {
      return try work()
    } catch let error as VAERunError where error.isUsage {
      throw ValidationError("\(error)")
    } catch let error as RunFolderError {
      if case .notARun = error { throw ValidationError("\(error)") }
      throw error
    }
  }

  /// Shows how far a bound at the end is: a line that a terminal rewrites, and elsewhere its first.
  private func report(_ progress: BoundProgress) {
    guard !quiet else { return }
    let console = Console.standardError
    let percent = 100 * progress.done / progress.total
    let text =
      "\(progress.title): \(percent) % of \(NumberText.grouped(progress.total)) images"
    if console.isTerminal && percent < 100 {
      console.rewritable(text)
    } else if console.isTerminal || progress.done == 0 {
      console.line(text)
    }
  }

  private func description(of session: VAESession) -> String {
    let configuration = session.configuration
    let estimation = configuration.estimation
    let images = session.trainer.images
    let count = estimation.evaluations(layers: configuration.model.layerCount)
    return "\(configuration.model.rawValue) on \(images.train.count) images of "
      + "\(configuration.dataset.rawValue), \(estimation.estimator.title): \(count) "
      + "\(count == 1 ? "evaluation" : "evaluations") of f for each image and step; "
      + "\(images.validation.count) images for validation, \(images.test.count) for tests"
  }

  private func text(_ summary: VAESummary) -> String {
    func line(_ name: String, _ value: Double) -> String {
      name.padding(toLength: 58, withPad: " ", startingAt: 0) + String(format: "%9.2f", value)
    }
    func step(_ step: Int) -> String {
      step == summary.steps ? "the end" : "step \(NumberText.grouped(step))"
    }
    var lines = [
      line("training ELBO, 1 sample, at the end", summary.trainELBO),
      line("highest training ELBO, at \(step(summary.bestTrainStep))", summary.bestTrainELBO),
      line("validation ELBO, 1 sample, at the end", summary.validationELBO),
      line(
        "highest validation ELBO, at \(step(summary.bestValidationStep))",
        summary.bestValidationELBO),
      line("test ELBO, 1 sample, at the end", summary.testELBO),
    ]
    var bounds = [
      ("the end", "validation", summary.validationBoundAtEnd),
      ("the end", "test", summary.testBoundAtEnd),
    ]
    if summary.bestValidationStep != summary.steps {
      let best = step(summary.bestValidationStep)
      bounds += [
        (best, "validation", summary.validationBoundAtBest),
        (best, "test", summary.testBoundAtBest),
      ]
    }
    for case (let place, let images, .some(let value)) in bounds {
      lines.append(line("\(images) bound, \(summary.boundSamples) samples, at \(place)", value))
    }
    return lines.joined(separator: "\n")
  }
}
