import Differentiation
import Distributions
import Estimators
import GSL
import TestSupport
import Testing

@Suite struct `Draw for draw` {
  private func rows(_ problem: Problem, _ outputs: (GradientSampler) -> [Tensor]) throws
    -> [[Double]]
  {
    let sampler = GradientSampler(rows: 300)
    // One run with R rows of squares would hide signs, so each row is weighed by its number.
    let weights = sampler.graph.literal((0..<300).map { Double($0 + 1) }, shape: [300, 1])
    return try outputs(sampler).map { output in
      let flat = output.reshaped([300, output.shape.count / 300])
      var stream = RandomStream(seed: 5, purpose: "draw-for-draw")
      let moments = try sampler.sample([weights * flat], runs: 1) { stream.fill($0, &$1) }
      return moments.means + moments.variances
    }
  }

  @Test(arguments: Problem.all)
  func `REBAR is RELAX with its control variate`(problem: Problem) throws {
    let found = try rows(problem) { sampler in
      let graph = sampler.graph
      let logits = problem.rows(graph, sampler.rows)
      let (first, second) = (problem.noise(sampler), problem.noise(sampler))
      func both(_ d: some ConditionallyReparameterizable) -> [Tensor] {
        let z = d.relaxedSample(noise: first)
        let signal = problem.f(d.value(ofRelaxed: z))
        let temperature = graph.constant(0.7)
        let rebar = REBAR(temperature: temperature, scale: graph.constant(1.3)).estimate(
          d, relaxed: z, conditionalNoise: second, signal: signal, f: problem.f)
        let relax = RELAX().estimate(
          d, relaxed: z, conditionalNoise: second, signal: signal
        ) { 1.3 * problem.f(d.concreteValue(ofRelaxed: $0, temperature: temperature)) }
        let relaxed = RelaxedREBAR(temperature: temperature, scale: graph.constant(1.3)).estimate(
          d, relaxed: z, conditionalNoise: second, signal: signal, f: problem.f
        ) { 0 * problem.c($0) }
        return rebar.distributionGradient + relax.distributionGradient
          + relaxed.distributionGradient
      }
      return problem.family == .bernoulli
        ? both(Bernoulli(logits: logits))
        : both(Categorical(logits: logits, variables: problem.variables))
    }
    for other in [found[1], found[2]] {
      for (a, b) in zip(found[0], other) { #expect(abs(a - b) <= 1e-9 * max(1, abs(a))) }
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
