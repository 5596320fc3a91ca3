import Differentiation
import Distributions
import Estimators
import GSL
import TestSupport
import Testing

/// What must be a constant for an estimate, though it is computed in the same graph.
@Suite struct `No derivative passes` {
  private static let rows = 20
  private static let problem = Problem.bernoulli(3)

  /// Estimates of a function whose values depend on ψ.
  private func estimates(_ psi: Tensor) -> [(name: String, estimate: GradientEstimate)] {
    let (graph, problem, rows) = (psi.graph, Self.problem, Self.rows)
    var stream = RandomStream(seed: 12, purpose: "stop-gradient")
    func noise(_ kind: NoiseKind) -> Tensor {
      graph.literal(stream.variates(kind, count: rows * 3), shape: [rows, 3])
    }
    let f = { (value: Tensor) in psi * problem.f(value) }
    let bernoulli = Bernoulli(logits: problem.rows(graph, rows))
    let z = bernoulli.relaxedSample(noise: noise(.logistic))
    let value = bernoulli.value(ofRelaxed: z)
    let second = noise(.logistic)
    let other = bernoulli.sample(noise: second)
    let gaussian = DiagonalGaussian(
      mean: bernoulli.logits, logDeviation: 0.1 * bernoulli.logits)
    let normal = noise(.normal)
    let one = graph.constant(1)
    let pair = DisARM().antitheticPair(bernoulli, noise: second)
    return [
      ("REINFORCE", ScoreFunction().estimate(bernoulli, value: value, signal: f(value))),
      (
        "NVIL",
        NVIL().estimate(
          bernoulli, value: value, signal: f(value), baseline: psi.broadcast(to: [rows])
        ).estimate
      ),
      (
        "RLOO",
        RLOO().estimate(bernoulli, values: [value, other], signals: [f(value), f(other)])
      ),
      (
        "DisARM",
        DisARM().estimate(bernoulli, pair: pair, signals: (f(pair.value), f(pair.antithetic)))
      ),
      ("MuProp", MuProp().estimate(bernoulli, value: value, signal: f(value), f: problem.f)),
      (
        "REBAR",
        REBAR(temperature: one, scale: one).estimate(
          bernoulli, relaxed: z, conditionalNoise: second, signal: f(value), f: problem.f)
      ),
      (
        "RELAX",
        RELAX().estimate(
          bernoulli, relaxed: z, conditionalNoise: second, signal: f(value),
          controlVariate: problem.c)
      ),
      (
        "LAX",
        LAX().estimate(
          gaussian, noise: normal, signal: f(gaussian.sample(noise: normal)),
          controlVariate: problem.c)
      ),
      (
        "all-action",
        AllAction().estimate(
          bernoulli, value: value, signal: f(value), controlVariate: (0 * z + 0.2, 0 * z + 0.5))
      ),
    ]
  }

  @Test func `through f(b) or a baseline into the objective of φ`() throws {
    let graph = Graph()
    let psi = graph.input("psi", shape: [])
    let weights = graph.constant(1, shape: [Self.rows])
    let found = estimates(psi)
    let slopes = found.map {
      gradient(of: $0.estimate.squaredNorm(weights: weights), withRespectTo: [psi])[0]
    }
    for (index, values) in try evaluate(slopes, [(psi, [1.3])]).enumerated() {
      #expect(values == [0], "\(found[index].name)")
    }
    // The objectives do depend on ψ.
    let norms = found.map { $0.estimate.squaredNorm(weights: weights) }
    let (low, high) = (try evaluate(norms, [(psi, [1.3])]), try evaluate(norms, [(psi, [1.4])]))
    for index in found.indices {
      #expect(low[index] != high[index], "\(found[index].name)")
    }
  }

  @Test func `through a control variate of all-action into the logits`() throws {
    let graph = Graph()
    let logits = graph.literal([0.3, -0.7, 1.1, 0.2, 0.5, -0.4], shape: [2, 3])
    let value = graph.literal([1, 0, 0, 0, 0, 1], shape: [2, 3])
    let signal = graph.literal([1.5, -0.5], shape: [2])
    let categorical = Categorical(logits: logits)
    let bernoulli = Bernoulli(logits: logits)
    func estimates(_ c: Tensor) -> [Tensor] {
      AllAction().estimate(categorical, value: value, signal: signal, controlVariate: c)
        .distributionGradient
        + AllAction().estimate(
          bernoulli, value: value, signal: signal, controlVariate: (c, c.squared())
        ).distributionGradient
    }
    let found = try evaluate(
      estimates(logits.tanh()) + estimates(logits.tanh().stopGradient()), [])
    #expect(found[0] == found[2])
    #expect(found[1] == found[3])
  }
}
