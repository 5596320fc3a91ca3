import Differentiation
import GSL
import Networks
import Testing

@testable import DiscreteVAE

@Suite struct `Training an autoencoder` {
  @Test(arguments: VAEEstimator.allCases, ModelKind.allCases)
  func `every estimator raises the training bound`(
    estimator: VAEEstimator, model: ModelKind
  ) throws {
    let configuration = settings(estimator, model: model)
    let trainer = try VAETrainer(configuration, try VAESession.images(configuration))
    let evaluator = try VAEEvaluator(trainer.model, theta: trainer.theta, samples: 1)
    let before = evaluator.meanBound(of: trainer.images.train, seed: 1)
    for _ in 0..<300 { try trainer.update() }
    let after = evaluator.meanBound(of: trainer.images.train, seed: 1)
    // The least gain of the thirty runs is 0.25; the noise of both bounds is the same.
    #expect(after > before + 0.2)
  }

  @Test func `another seed gives other parameters`() throws {
    var configuration = settings(.rebar)
    let images = try VAESession.images(configuration)
    func parameters() throws -> [Float] {
      let trainer = try VAETrainer(configuration, images)
      for _ in 0..<3 { try trainer.update() }
      return trainer.theta.values
    }
    let first = try parameters()
    #expect(try parameters() == first)
    configuration.seed = 2
    #expect(try parameters() != first)
  }

  @Test func `estimators begin from the same model`() throws {
    let images = try VAESession.images(settings(.rebar))
    let first = try VAETrainer(settings(.rebar), images).theta.values
    #expect(try VAETrainer(settings(.relaxedREBAR), images).theta.values == first)
  }

  @Test func `a gradient that is not finite stops the run before anything moves`() throws {
    let configuration = settings(.relaxedREBAR)
    let trainer = try VAETrainer(configuration, try VAESession.images(configuration))
    trainer.phi[trainer.phi.layout.names[0]] = [.nan]
    let before = trainer.theta.values
    #expect(throws: GradientError.self) { try trainer.update() }
    #expect(trainer.theta.values == before && trainer.step == 0)
  }
}

@Suite struct `Bounds of a model` {
  @Test(arguments: ModelKind.allCases)
  func `more samples come closer to the exact likelihood, from below`(kind: ModelKind) throws {
    let tiny = TinyModel(kind)
    let theta = ParameterSet<Float>(tiny.model.layout)
    theta.copy(from: tiny.theta)
    let images = BinaryImages(height: 1, width: TinyModel.pixels, count: 4000) {
      let (image, pixel) = $0.quotientAndRemainder(dividingBy: TinyModel.pixels)
      return tiny.images[image % 2][pixel] == 1
    }
    let exact = try tiny.images.map { try tiny.logLikelihood(of: $0) }.reduce(0, +) / 2
    func bound(_ samples: Int) throws -> Double {
      try VAEEvaluator(tiny.model, theta: theta, samples: samples).meanBound(of: images, seed: 1)
    }
    let bounds = [try bound(1), try bound(5), try bound(200)]
    #expect(bounds[0] < bounds[1] - 0.01 && bounds[1] < bounds[2])
    #expect(bounds[2] < exact + 0.01 && bounds[2] > exact - 0.05)
  }
}

@Suite struct `The order of the images` {
  @Test func `each epoch has each image once, and each step its own place`() {
    var order = BatchOrder(seed: 3, count: 50, batch: 8)
    var first: [Int] = []
    for step in 0..<6 { first += order.images(ofStep: step) }
    #expect(Set(first).count == 48)
    var second: [Int] = []
    for step in 6..<12 { second += order.images(ofStep: step) }
    #expect(Set(second).count == 48 && second != first)
    var again = BatchOrder(seed: 3, count: 50, batch: 8)
    #expect(Array(again.images(ofStep: 7)) == Array(second[8..<16]))
  }
}
