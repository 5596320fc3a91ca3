import Differentiation
import Distributions
import Estimators
import Foundation
import GSL
import TestSupport
import Testing

/// The objective of a control variate's parameters φ, at fixed noise.
@Suite struct `The variance objective` {
  private static let rows = 40
  /// λ, η and a small network of 3 inputs, 4 units and 1 output.
  private static let shapes: [Shape] = [[], [], [3, 4], [4], [4, 1]]

  private static var parameters: [(shape: Shape, elements: [Double])] {
    var stream = RandomStream(seed: 3, purpose: "variance-objective")
    return shapes.enumerated().map { index, shape in
      (
        shape,
        (0..<shape.count).map { _ in index < 2 ? 0.8 + 0.1 * Double(index) : stream.gaussian() }
      )
    }
  }

  /// An estimate whose control variate has parameters φ, of logits that depend on θ `[2, 3]`.
  private func estimate(
    _ phi: [Tensor]
  ) -> (estimate: GradientEstimate, theta: Tensor, weights: Tensor) {
    let graph = phi[0].graph
    let rows = Self.rows
    var stream = RandomStream(seed: 4, purpose: "variance-objective")
    func literal(_ shape: Shape, _ kind: NoiseKind) -> Tensor {
      graph.literal(stream.variates(kind, count: shape.count), shape: shape)
    }
    let problem = Problem.bernoulli(3)
    let theta = literal([2, 3], .normal)
    let bernoulli = Bernoulli(logits: literal([rows, 2], .normal).matrixProduct(theta).tanh())
    let z = bernoulli.relaxedSample(noise: literal([rows, 3], .logistic))
    let estimate = RelaxedREBAR(temperature: phi[0], scale: phi[1]).estimate(
      bernoulli, relaxed: z, conditionalNoise: literal([rows, 3], .logistic),
      signal: problem.f(bernoulli.value(ofRelaxed: z)), f: problem.f
    ) { z in
      let hidden = (z.matrixProduct(phi[2]) + phi[3]).tanh()
      return hidden.matrixProduct(phi[4]).reshaped([z.shape[0]])
    }
    let weights = graph.literal((0..<rows).map { $0 < 30 ? 1 / 30.0 : 0 }, shape: [rows])
    return (estimate, theta, weights)
  }

  @Test func `its gradient by λ, η and a network is that of the second moment`() throws {
    let report = try checkDerivatives(Self.parameters) { phi in
      let (estimate, _, weights) = estimate(phi)
      return estimate.squaredNorm(weights: weights)
    }
    #expect(report.isExact, "\(report)")
  }

  @Test func `over the whole gradient too`() throws {
    let report = try checkDerivatives(Self.parameters) { phi in
      let (estimate, theta, weights) = estimate(phi)
      return estimate.squaredNorm(pulledBackTo: [theta], weights: weights)
    }
    #expect(report.isExact, "\(report)")
  }

  @Test func `the inner product with the gradient held constant gives half of that`() throws {
    let graph = Graph()
    let phi = Self.parameters.map { graph.literal($0.elements, shape: $0.shape) }
    let (estimate, theta, weights) = estimate(phi)
    let whole = gradient(
      of: estimate.squaredNorm(pulledBackTo: [theta], weights: weights), withRespectTo: phi)
    let direction = estimate.pulledBack(to: [theta], weights: weights)[0].stopGradient()
    let product = gradient(
      of: estimate.innerProduct(along: [(theta, direction)], weights: weights), withRespectTo: phi)
    let found = try evaluate(whole + product, [])
    for index in phi.indices {
      for (a, b) in zip(found[index], found[index + phi.count]) {
        #expect(abs(a - 2 * b) <= 1e-10 * max(1, abs(a)))
        #expect(a != 0)
      }
    }
  }

  @Test func `rows of weight 0 do not count`() throws {
    let graph = Graph()
    let phi = Self.parameters.map { graph.literal($0.elements, shape: $0.shape) }
    let (estimate, _, weights) = estimate(phi)
    let all = estimate.squaredNorm(weights: weights)
    let kept = (estimate.distributionGradient[0].slice(0..<30) / 30).squared().sum()
    let found = try evaluate([all, kept], [])
    #expect(abs(found[0][0] - found[1][0]) < 1e-12)
  }

  @Test func `descending it makes the estimate better`() throws {
    // Gradient descent on η alone must find the optimal scale of the same draws.
    let problem = Problem.toy(target: 0.2, logit: 0.4)
    let rows = 2000
    let graph = Graph()
    let scale = graph.input("scale", shape: [])
    var stream = RandomStream(seed: 6, purpose: "variance-objective")
    let bernoulli = Bernoulli(logits: problem.rows(graph, rows))
    let z = bernoulli.relaxedSample(
      noise: graph.literal(stream.variates(.logistic, count: rows), shape: [rows, 1]))
    let other = graph.literal(stream.variates(.logistic, count: rows), shape: [rows, 1])
    let signal = problem.f(bernoulli.value(ofRelaxed: z))
    let estimate = REBAR(temperature: graph.constant(0.5), scale: scale).estimate(
      bernoulli, relaxed: z, conditionalNoise: other, signal: signal, f: problem.f)
    let weights = graph.constant(1 / Double(rows).squareRoot(), shape: [rows])
    let objective = estimate.squaredNorm(weights: weights)
    let slope = gradient(of: objective, withRespectTo: [scale])[0]
    let plain = ScoreFunction().estimate(
      bernoulli, value: bernoulli.value(ofRelaxed: z), signal: signal)
    let term = RELAX().controlTerm(bernoulli, relaxed: z, conditionalNoise: other) {
      problem.f(bernoulli.concreteValue(ofRelaxed: $0, temperature: graph.constant(0.5)))
    }
    let program = try Program<Double>(stages: [
      ProgramStage(outputs: [
        ProgramOutput("slope", slope), ProgramOutput("objective", objective),
        ProgramOutput("plain", plain.distributionGradient),
        ProgramOutput("term", term.distributionGradient),
      ])
    ])
    var eta = 1.0
    for _ in 0..<200 {
      program.withInput(scale) { $0[0] = eta }
      program.run()
      eta -= 2 * program.output("slope")[0]
    }
    var optimal = OptimalScale()
    var (products, squares) = (0.0, 0.0)
    for (g, h) in zip(program.output("plain"), program.output("term")) {
      optimal.add(gradient: [g], control: [h])
      products += g * h
      squares += h * h
    }
    // The second moment's minimum exactly, the variance's up to the sample's mean of h.
    #expect(abs(eta + products / squares) < 1e-6)
    #expect(abs(eta - optimal.scale) < 0.05)
  }
}

@Suite struct `Baselines and scales` {
  @Test func `a moving average counts the first value in full and forgets at its decay`() {
    var average = MovingAverage(decay: 0.9)
    #expect(average.mean == 0 && average.scale == 1)
    average.update(5)
    #expect(abs(average.mean - 5) < 1e-12 && abs(average.variance) < 1e-9)
    average.update(-5)
    // (0.9 · 0.1 · 5 − 0.1 · 5) / (1 − 0.81)
    #expect(abs(average.mean - (0.45 - 0.5) / 0.19) < 1e-12)
    #expect(abs(average.variance - (25 - average.mean * average.mean)) < 1e-9)
    #expect(abs(average.scale - average.variance.squareRoot()) < 1e-12)
  }

  @Test func `the optimal scale is −Cov over Var and removes all but 1 − ρ²`() {
    var stream = RandomStream(seed: 7, purpose: "optimal-scale")
    var optimal = OptimalScale()
    var pairs: [(Double, Double)] = []
    for _ in 0..<50_000 {
      let h = stream.gaussian()
      let g = 3 - 2 * h + stream.gaussian()
      pairs.append((g, h))
      optimal.add(gradient: [g], control: [h])
    }
    #expect(abs(optimal.scale - 2) < 0.03)
    let controlled = RunningMoments(pairs.map { $0.0 + optimal.scale * $0.1 })
    #expect(abs(controlled.variance - 1) < 0.03)
    #expect(OptimalScale().scale == 0)
  }

  @Test func `the loss of NVIL pulls the baseline to the centered signal`() throws {
    let graph = Graph()
    let bernoulli = Bernoulli(logits: graph.literal([0.3, -0.2], shape: [2, 1]))
    let baseline = graph.literal([0.5, -1], shape: [2])
    let (estimate, loss) = NVIL().estimate(
      bernoulli, value: graph.literal([1, 0], shape: [2, 1]),
      signal: graph.literal([2, 3], shape: [2]), baseline: baseline, center: graph.constant(0.5),
      scale: graph.constant(2))
    let slope = gradient(of: loss.sum(), withRespectTo: [baseline])[0]
    let leak = gradient(of: estimate.distributionGradient[0].sum(), withRespectTo: [baseline])[0]
    let found = try evaluate([slope, leak, estimate.distributionGradient[0]], [])
    #expect(found[0] == [-1, -3.5])
    #expect(found[1] == [0, 0])
    #expect(abs(found[2][0] - 0.5 * (1 - 1 / (1 + exp(-0.3)))) < 1e-12)
  }
}
