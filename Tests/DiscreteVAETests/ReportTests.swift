import Foundation
import Runs
import Testing

@testable import DiscreteVAE

@Suite struct `Reports of an autoencoder` {
  private func configuration(_ estimator: VAEEstimator, seed: Int) -> VAEConfiguration {
    var estimation = EstimationSettings(estimator)
    estimation.controlUnits = [4]
    var configuration = VAEConfiguration(model: .linear1, estimation: estimation)
    configuration.dataset = .generated
    configuration.latents = 4
    configuration.steps = 10
    configuration.seed = seed
    configuration.boundSamples = 0
    return configuration
  }

  @Test func `a table has a line for each cell, and pairs seeds`() throws {
    let folder = FileManager.default.temporaryDirectory.path + "/vae-table-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var table = CellTable()
    for seed in 1...2 {
      for estimator in [VAEEstimator.rebar, .relaxedREBAR] {
        let path = "\(folder)/\(estimator.rawValue)-\(seed)"
        let session = try VAESession.start(configuration(estimator, seed: seed), in: path)
        _ = try session.train(reporter: ProgressReporter(isQuiet: true, totalSteps: 10))
        table.add(try VAERunRecord(path))
      }
    }
    #expect(table.csv.split(separator: "\n").count == 5)
    let lines = table.markdown.split(separator: "\n")
    #expect(lines.filter { $0.hasPrefix("| generated | linear1 |") }.count == 3)
    #expect(lines.contains { $0.hasPrefix("| generated | linear1 | 10 | 2 |") })
    #expect(lines.contains { $0.hasPrefix("| generated | linear1 | REBAR | layer | 2 | 10 | 2 |") })
  }

  @Test func `published numbers stand where they belong`() {
    #expect(PublishedTable.training(.mnist, .linear1, .relaxedREBAR) == -111.20)
    #expect(PublishedTable.training(.omniglot, .nonlinear, .rebar) == -56.76)
    #expect(PublishedTable.validation(.mnist, .linear2, .rebar) == -101.20)
    #expect(PublishedTable.training(.mnist, .linear1, .disARM) == nil)
    #expect(PublishedTable.training(.generated, .linear1, .rebar) == nil)
  }

  @Test func `published numbers stand only beside the published split`() throws {
    let folder = FileManager.default.temporaryDirectory.path + "/vae-split-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let session = try VAESession.start(configuration(.rebar, seed: 1), in: folder)
    var summary = try #require(
      try session.train(reporter: ProgressReporter(isQuiet: true, totalSteps: 10)))
    #expect(!PublishedTable.applies(to: summary, latents: 200))
    (summary.dataset, summary.pixels) = (.omniglot, 784)
    (summary.trainImages, summary.validationImages, summary.testImages) = (23_000, 1_345, 8_070)
    #expect(PublishedTable.applies(to: summary, latents: 200))
    #expect(!PublishedTable.applies(to: summary, latents: 50))
    summary.trainImages -= 1
    #expect(!PublishedTable.applies(to: summary, latents: 200))
  }

  @Test(arguments: ModelKind.allCases)
  func `a sheet shows images, reconstructions and samples`(model: ModelKind) throws {
    var settings = configuration(.rebar, seed: 1)
    settings.model = model
    let trainer = try VAETrainer(settings, try VAESession.images(settings))
    let bytes = try ImageSheet.png(
      trainer.model, theta: trainer.theta, images: trainer.images.test, seed: 1)
    // Ten images of 8 × 8 in a row, each pixel three wide, with lines between; six rows.
    #expect(Array(bytes[16..<24]) == [0, 0, 0, 251, 0, 0, 0, 151])
  }

  @Test func `a frozen model's variance is smaller with a control variate than without`() throws {
    let settings = configuration(.rebar, seed: 1)
    let images = try VAESession.images(settings)
    let trainer = try VAETrainer(settings, images)
    for _ in 0..<100 { try trainer.update() }
    var study = VarianceStudy()
    (study.controlSteps, study.batches, study.draws) = (300, 2, 100)
    func variance(_ estimator: VAEEstimator) throws -> Double {
      try study.measure(
        configuration(estimator, seed: 1), theta: trainer.theta, images: images
      ).logEncoderVariance
    }
    let before = trainer.theta.values
    #expect(try variance(.rebar) < variance(.nvil) - 0.3)
    #expect(trainer.theta.values == before)
  }
}
