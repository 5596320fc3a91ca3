import ArgumentParser
import DiscreteVAE
import Foundation
import ReinforcementLearning
import Runs

/// `relax-lab vae-table`: cells of the published table over some seeds.
struct VAETableCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vae-table",
    abstract:
      "Run cells of the published table over seeds, and write it beside what was published.",
    discussion: """
      relax-lab vae-table --data DIR --models linear1,linear2 --estimators rebar,relaxed-rebar
      Each run has a folder of its own in --out. What is finished stays, what was interrupted goes on, \
      and the table is written anew after each run. A run of other settings is never taken for one \
      of these.
      """)

  @OptionGroup var options: VAESettingOptions
  @OptionGroup var length: VAERunOptions

  @Option(help: "Models, separated by commas.")
  var models = "linear1"

  @Option(help: "Estimators, separated by commas.")
  var estimators = "rebar,relaxed-rebar"

  @Option(parsing: .unconditional, help: "Seeds, such as 1-5 or 1,2,7.")
  var seeds = "1-5"

  @Option(help: "The folder for the runs and the table.")
  var out = "vae-table"

  @Flag(help: "Print no progress.")
  var quiet = false

  func validate() throws {
    if out.isEmpty { throw ValidationError("--out must name a folder but is empty.") }
    let fileSystem = FileSystem.uninterrupted
    if fileSystem.exists(out) && !fileSystem.isFolder(out) {
      throw ValidationError("--out must name a folder, but \(out) is a file.")
    }
    for configuration in try configurations() {
      if let fault = configuration.fault { throw ValidationError(fault) }
    }
  }

  private func configurations() throws -> [VAEConfiguration] {
    let models = try list(self.models, "models") { [try choice($0, "model", ModelKind.self)] }
    let estimators = try list(self.estimators, "estimators") {
      [try choice($0, "estimator", VAEEstimator.self)]
    }
    let seeds = try list(self.seeds, "seeds", numbers)
    // Seed by seed, so that a table which is cut short has pairs.
    return try models.flatMap { model in
      try seeds.flatMap { seed in
        try estimators.map { estimator in
          var configuration = try options.configuration(model: model, estimator: estimator)
          length.apply(to: &configuration)
          configuration.seed = seed
          return configuration
        }
      }
    }
  }

  /// The seeds of `7` or `1-5`.
  private func numbers(_ part: String) throws -> [Int] {
    let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1],
      last >= first, last - first < 10_000
    else {
      throw ValidationError(
        "--seeds must be numbers and ranges such as 1-5 or 1,2,7 but has '\(part)'.")
    }
    return Array(first...last)
  }

  func run() throws {
    InterruptFlag.install(during: .starting)
    let configurations = try configurations()
    let images = try VAERun.usage { try VAESession.images(configurations[0]) }
    // Before the first of perhaps many hours: no folder holds anything else.
    for configuration in configurations {
      try VAERun.usage { _ = try record(of: configuration, images) }
    }
    var table = CellTable()
    var failures = 0
    for (number, configuration) in configurations.enumerated() {
      let title =
        "Run \(number + 1) of \(configurations.count): \(configuration.model.rawValue), "
        + "\(configuration.estimation.estimator.title), seed \(configuration.seed)"
      do {
        guard try train(configuration, images, title: title) else {
          throw VAERun.interrupted("the same command; what is finished stays.")
        }
        table.add(try VAERunRecord(folder(of: configuration)))
      } catch let error as VAERunError {
        guard case .stopped = error else { throw error }
        failures += 1
        table.addFailure(configuration, reason: "\(error)")
        Console.standardError.line("\(title): \(error)")
      }
      try write(table)
    }
    print(
      "The table is in \(out)/table.md and \(out)/table.csv. To read it: cat "
        + ShellWord.quoted("\(out)/table.md"))
    if failures > 0 {
      print("\(failures) of \(configurations.count) runs failed; the table says which and why.")
      throw ExitCode.failure
    }
  }

  private func folder(of configuration: VAEConfiguration) -> String {
    "\(out)/\(configuration.dataset.rawValue)-\(configuration.model.rawValue)-"
      + "\(configuration.estimation.estimator.rawValue)-"
      + "\(configuration.estimation.scope.rawValue)-seed\(configuration.seed)"
  }

  /// What there is of a run already, if it is one of the same settings and images.
  private func record(
    of configuration: VAEConfiguration, _ images: DatasetImages
  ) throws -> VAERunRecord? {
    let folder = folder(of: configuration)
    guard FileSystem.uninterrupted.exists(folder) else { return nil }
    let record = try VAERunRecord(folder)
    if let difference = configuration.difference(from: record.configuration) {
      throw VAERunError.otherSetting(folder, difference: difference)
    }
    if configuration.steps < record.step {
      throw VAERunError.tooFewSteps(configuration.steps, done: record.step, folder)
    }
    try record.require(images)
    return record
  }

  /// Does what is left of a run.
  ///
  /// - Returns: false after an interruption.
  private func train(
    _ configuration: VAEConfiguration, _ images: DatasetImages, title: String
  ) throws -> Bool {
    if InterruptFlag.isRaised { return false }
    let folder = folder(of: configuration)
    let record = try record(of: configuration, images)
    if record?.isFinished(at: configuration.steps) == true {
      if !quiet { Console.standardError.line("\(title): finished already") }
      return true
    }
    if !quiet { Console.standardError.line(title) }
    let session =
      record == nil
      ? try VAESession.start(configuration, on: images, in: folder)
      : try VAESession.resume(folder, steps: configuration.steps, on: images)
    return try VAERun(quiet: quiet).train(session) != nil
  }

  private func write(_ table: CellTable) throws {
    for (name, text) in [("table.csv", table.csv), ("table.md", table.markdown)] {
      try text.write(toFile: "\(out)/\(name)", atomically: true, encoding: .utf8)
    }
  }
}
