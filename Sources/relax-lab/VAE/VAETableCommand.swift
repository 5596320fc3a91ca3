import ArgumentParser
import DiscreteVAE
import Foundation
import RelaxRL

/// `relax-lab vae-table`: cells of the published table over some seeds.
struct VAETableCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vae-table",
    abstract:
      "Run cells of the published table over seeds, and write it beside what was published.",
    discussion: """
      relax-lab vae-table --data DIR --models linear1,linear2 --estimators rebar,relaxed-rebar
      Each run has a folder of its own in --out. What is finished stays, what was interrupted goes on, \
      and the table is written anew after each run.
      """)

  @OptionGroup var options: VAEOptions

  @Option(help: "Models, separated by commas; instead of --model.")
  var models = "linear1"

  @Option(help: "Estimators, separated by commas; instead of --estimator.")
  var estimators = "rebar,relaxed-rebar"

  @Option(help: "Seeds, such as 1-5 or 1,2,7.")
  var seeds = "1-5"

  @Option(help: "The folder for the runs and the table.")
  var out = "vae-table"

  @Flag(help: "Print no progress.")
  var quiet = false

  func validate() throws {
    for configuration in try configurations() {
      if let fault = configuration.fault { throw ValidationError(fault) }
    }
  }

  private func configurations() throws -> [VAEConfiguration] {
    let base = try options.configuration()
    let models = try self.models.split(separator: ",").map {
      try choice(String($0), "model", ModelKind.self)
    }
    let estimators = try self.estimators.split(separator: ",").map {
      try choice(String($0), "estimator", VAEEstimator.self)
    }
    // Seed by seed, so that a table which is cut short has pairs.
    return try models.flatMap { model in
      try Self.numbers(seeds).flatMap { seed in
        estimators.map { estimator in
          var configuration = base
          configuration.model = model
          configuration.estimation.estimator = estimator
          configuration.seed = seed
          return configuration
        }
      }
    }
  }

  private static func numbers(_ text: String) throws -> [Int] {
    try text.split(separator: ",").flatMap { part -> [Int] in
      let ends = part.split(separator: "-").compactMap { Int($0) }
      guard (1...2).contains(ends.count), let first = ends.first, let last = ends.last,
        last >= first, last - first < 10_000, ends.count == part.split(separator: "-").count
      else {
        throw ValidationError(
          "--seeds must be numbers and ranges such as 1-5 or 1,2,7 but has '\(part)'.")
      }
      return Array(first...last)
    }
  }

  func run() throws {
    let configurations = try configurations()
    var folders: [String] = []
    for configuration in configurations {
      let folder =
        "\(out)/\(configuration.dataset.rawValue)-\(configuration.model.rawValue)-"
        + "\(configuration.estimation.estimator.rawValue)-"
        + "\(configuration.estimation.scope.rawValue)-seed\(configuration.seed)"
      folders.append(folder)
      if let session = try session(configuration, in: folder) {
        try VAERun.train(session, json: false, quiet: quiet)
      }
      try write(folders)
    }
    print("The table is in \(out)/table.md and \(out)/table.csv.")
  }

  /// What is left to do in a folder; nil if nothing is.
  private func session(_ configuration: VAEConfiguration, in folder: String) throws -> VAESession? {
    guard FileManager.default.fileExists(atPath: folder) else {
      return try VAESession.start(configuration, in: folder)
    }
    var found = try VAESession.configuration(of: folder)
    if let summary = CellTable.summary(of: folder), summary.steps >= configuration.steps {
      return nil
    }
    found.steps = configuration.steps
    guard found == configuration else {
      throw ValidationError(
        "\(folder) has other settings than these; choose another --out, or the same options.")
    }
    return try VAESession.resume(folder, steps: configuration.steps)
  }

  private func write(_ folders: [String]) throws {
    var table = CellTable()
    for folder in folders { try table.add(folder: folder) }
    for (name, text) in [("table.csv", table.csv), ("table.md", table.markdown)] {
      try text.write(toFile: "\(out)/\(name)", atomically: true, encoding: .utf8)
    }
  }
}
