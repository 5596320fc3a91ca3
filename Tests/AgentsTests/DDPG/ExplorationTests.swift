import Foundation
import GSL
import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// How a deterministic policy explores, and how its actions reach the environment.
struct ExplorationTests {
  /// Successive values `[T][N · C]`.
  private func sequence(
    _ process: NoiseProcess, steps: Int, firstLane: Int = 0, lanes: Int = 1, components: Int = 1,
    deviation: Double = 0.3, timeStep: Double = 0.5
  ) -> [[Double]] {
    var configuration = DDPGConfiguration()
    configuration.noise = process
    configuration.noiseDeviation = deviation
    configuration.noiseReversion = 0.4
    configuration.noiseTimeStep = timeStep
    var noise = ExplorationNoise(
      configuration, seed: 5, firstLane: firstLane, lanes: lanes, components: components)
    return (0..<steps).map { _ in
      var actions = [Float](repeating: 0, count: lanes * components)
      noise.add(to: &actions)
      return actions.map(Double.init)
    }
  }

  /// Covariance of values so many steps apart, in units of the variance, and the variance.
  private func moments(_ values: [Double], lag: Int) -> (variance: Double, correlation: Double) {
    let variance = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
    let products = zip(values, values.dropFirst(lag)).map { $0 * $1 }
    return (variance, products.reduce(0, +) / Double(products.count) / variance)
  }

  @Test func `Gaussian noise has the given deviation and no memory`() {
    let values = sequence(.gaussian, steps: 40_000).map { $0[0] }
    let found = moments(values, lag: 1)
    // Standard errors: σ² √(2 / T) of the variance, 1 / √T of the correlation.
    #expect(abs(found.variance - 0.09) < 6.5 * 0.09 * (2.0 / 40_000).squareRoot())
    #expect(abs(found.correlation) < 6.5 / 200)
  }

  @Test(arguments: [1, 3])
  func `Ornstein–Uhlenbeck noise has the variance and the memory of its equation`(lag: Int) {
    let steps = 100_000
    let values = Array(sequence(.ornsteinUhlenbeck, steps: steps).map { $0[0] }.dropFirst(100))
    let found = moments(values, lag: lag)
    // x ← 0.8 x + 0.3 √0.5 n: an autoregression with ρ = 0.8 and variance 0.045 / (1 − 0.64).
    let expected = pow(0.8, Double(lag))
    // Bartlett: the sum of squared correlations is (1 + ρ²) / (1 − ρ²) = 4.6 of independent values.
    let error = (2 * 4.56 / Double(steps)).squareRoot()
    #expect(abs(found.variance - 0.125) < 6.5 * 0.125 * error)
    #expect(abs(found.correlation - expected) < 6.5 * error)
    // Noise without memory would be noticed.
    let independent = sequence(.gaussian, steps: steps).map { $0[0] }
    #expect(abs(moments(independent, lag: lag).correlation) < 0.03)
  }

  @Test func `an Ornstein–Uhlenbeck process begins at 0 in every episode of its lane`() {
    var configuration = DDPGConfiguration()
    configuration.noise = .ornsteinUhlenbeck
    configuration.noiseReversion = 0
    configuration.noiseDeviation = 1
    configuration.noiseTimeStep = 1
    var noise = ExplorationNoise(configuration, seed: 1, firstLane: 0, lanes: 2, components: 2)
    func next() -> [Float] {
      var actions = [Float](repeating: 0, count: 4)
      noise.add(to: &actions)
      return actions
    }
    for _ in 0..<200 { _ = next() }
    let before = next()
    noise.restart(lane: 1)
    let after = next()
    // After 200 steps the walk is some 14 from 0; a single step is about 1.
    #expect(abs(after[0] - before[0]) < 6.5 && abs(before[2]) + abs(before[3]) > 6.5)
    #expect(abs(after[2]) < 6.5 && abs(after[3]) < 6.5)
  }

  @Test(arguments: NoiseProcess.allCases)
  func `the noise of a lane does not depend on which others there are`(process: NoiseProcess) {
    let together = sequence(process, steps: 50, lanes: 3, components: 2)
    let alone = sequence(process, steps: 50, firstLane: 2, components: 2)
    #expect(together.map { Array($0[4...5]) } == alone)
    #expect(together.map { Array($0[0...1]) } != alone)
  }

  @Test func `actions fill the bounds of each component and never leave them`() throws {
    let (lower, upper) = ([-0.1, 1e-3, -3e38, -7], [0.7, 3.3, 3e38, -7])
    let box = try #require(BoxActions(bounded: .box(lower: lower, upper: upper)))
    var scaled = [Float](repeating: 0, count: 4)
    func isNear(_ actions: [Float], _ bounds: [Double]) -> Bool {
      zip(actions, bounds).allSatisfy { abs(Double($0) - $1) <= 1e-6 * max(1, abs($1)) }
    }
    for step in -1_000...1_000 {
      let actions = [Float](repeating: Float(step) / 1_000, count: 4)
      var span = scaled.mutableSpan
      box.write(actions.span, to: &span)
      for index in 0..<4 {
        #expect(scaled[index] >= Float(lower[index]) && scaled[index] <= Float(upper[index]))
      }
      if step == -1_000 { #expect(isNear(scaled, lower)) }
      if step == 0 { #expect(abs(scaled[0] - 0.3) < 1e-6) }
    }
    #expect(isNear(scaled, upper))
  }

  @Test(arguments: [
    Space.discrete(2), .box(lower: [-1, -.infinity], upper: [1, 1]),
    .box(BoxSpace(shape: [1], bounds: 0...3, elementType: .int32)),
  ])
  func `a space without finite bounds for real numbers is refused`(space: Space) {
    #expect(BoxActions(bounded: space) == nil)
    let error = #expect(throws: AgentError.self) {
      try CompiledPolicy(
        deterministic: DDPGConfiguration(), observationSpace: .box(lower: [0], upper: [1]),
        actionSpace: space, checkpoint: SafetensorsFile(), rows: 1)
    }
    #expect(error?.description.contains("\(space)") == true)
  }
}
