import Differentiation
import Distributions
import Estimators
import GSL
import TestSupport
import Testing

@Suite struct `Draw for draw` {
  private static let rows = 300

  /// Every element of estimates that share their noise.
  private func draws(_ problem: Problem, _ build: (Graph, [Tensor]) -> [Tensor]) throws
    -> [[Double]]
  {
    let graph = Graph()
    let shape = problem.rows(graph, Self.rows).shape
    let noises = (0..<2).map { graph.input("noise\($0)", shape: shape) }
    var stream = RandomStream(seed: 5, purpose: "draw-for-draw")
    return try evaluate(
      build(graph, noises), noises.map { ($0, stream.variates(problem.noise, count: shape.count)) })
  }

  @Test(arguments: Problem.all, [false, true])
  func `REBAR is RELAX with its control variate`(problem: Problem, isCoupled: Bool) throws {
    let found = try draws(problem) { graph, noises in
      let logits = problem.rows(graph, Self.rows)
      func all(_ d: some ConditionallyReparameterizable) -> [Tensor] {
        let z = d.relaxedSample(noise: noises[0])
        let second = isCoupled ? d.coupledNoise(ofRelaxed: z) : noises[1]
        let signal = problem.f(d.value(ofRelaxed: z))
        let (temperature, scale) = (graph.constant(0.7), graph.constant(1.3))
        let rebar = REBAR(temperature: temperature, scale: scale).estimate(
          d, relaxed: z, conditionalNoise: second, signal: signal, f: problem.f)
        let relax = RELAX().estimate(
          d, relaxed: z, conditionalNoise: second, signal: signal
        ) { 1.3 * problem.f(d.concreteValue(ofRelaxed: $0, temperature: temperature)) }
        let relaxed = RelaxedREBAR(temperature: temperature, scale: scale).estimate(
          d, relaxed: z, conditionalNoise: second, signal: signal, f: problem.f
        ) { 0 * problem.c($0) }
        return rebar.distributionGradient + relax.distributionGradient
          + relaxed.distributionGradient
      }
      return problem.family == .bernoulli
        ? all(Bernoulli(logits: logits))
        : all(Categorical(logits: logits, variables: problem.variables))
    }
    for other in [found[1], found[2]] {
      for (a, b) in zip(found[0], other) { try #require(abs(a - b) <= 1e-11 * max(1, abs(a))) }
    }
    #expect(Set(found[0]).count > Self.rows / 2, "The draws do not differ.")
  }

  @Test(arguments: Problem.all)
  func `RELAX is REINFORCE with its control variate's term added`(problem: Problem) throws {
    let found = try draws(problem) { graph, noises in
      let logits = problem.rows(graph, Self.rows)
      func both(_ d: some ConditionallyReparameterizable) -> [Tensor] {
        let z = d.relaxedSample(noise: noises[0])
        let signal = problem.f(d.value(ofRelaxed: z))
        let whole = RELAX().estimate(
          d, relaxed: z, conditionalNoise: noises[1], signal: signal, controlVariate: problem.c)
        let term = RELAX().controlTerm(
          d, relaxed: z, conditionalNoise: noises[1], controlVariate: problem.c)
        let sum = ScoreFunction().estimate(d, value: d.value(ofRelaxed: z), signal: signal)
          .adding(term, scaledBy: graph.constant(1))
        return whole.distributionGradient + sum.distributionGradient
      }
      return problem.family == .bernoulli
        ? both(Bernoulli(logits: logits))
        : both(Categorical(logits: logits, variables: problem.variables))
    }
    for (a, b) in zip(found[0], found[1]) { try #require(abs(a - b) <= 1e-11 * max(1, abs(a))) }
  }

  @Test(arguments: [2, 3, 5])
  func `RLOO of one Bernoulli variable is f(1) − f(0) times the variance of the bits`(
    samples: Int
  ) throws {
    let problem = Problem.toy(target: 0.2, logit: 0.4)
    let graph = Graph()
    let noises = (0..<samples).map { graph.input("noise\($0)", shape: [Self.rows, 1]) }
    let bernoulli = Bernoulli(logits: problem.rows(graph, Self.rows))
    let values = noises.map { bernoulli.sample(noise: $0) }
    let estimate = RLOO().estimate(bernoulli, values: values, signals: values.map(problem.f))
    var stream = RandomStream(seed: 8, purpose: "draw-for-draw")
    let found = try evaluate(
      estimate.distributionGradient + values,
      noises.map { ($0, stream.variates(.logistic, count: Self.rows)) })
    for row in 0..<Self.rows {
      let bits = (1...samples).map { found[$0][row] }
      try #require(abs(found[0][row] - 0.6 * RunningMoments(bits).variance) < 1e-12)
    }
  }

  @Test func `all-action with c = f is the exact gradient`() throws {
    let problem = Problem.categorical(10)
    let moments = try sample(draws: 4000) { sampler in
      let categorical = Categorical(logits: problem.rows(sampler.graph, sampler.rows))
      let value = categorical.value(
        ofRelaxed: categorical.relaxedSample(noise: problem.noise(sampler)))
      let states = sampler.graph.literal(categorical.support(), shape: [10, 10])
      return AllAction().estimate(
        categorical, value: value, signal: problem.f(value),
        controlVariate: problem.f(states).broadcast(to: categorical.logits.shape)
      ).distributionGradient
    }
    for (mean, exact) in zip(moments.means, try problem.exactGradient()) {
      #expect(abs(mean - exact) < 1e-12)
    }
    #expect(moments.variances.allSatisfy { $0 < 1e-13 })
  }
}
