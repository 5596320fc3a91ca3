import Differentiation
import Distributions
import Estimators
import GSL
import TestSupport
import Testing

/// A distribution with one deliberate mistake in what estimators ask of it.
struct Mistaken<Base: ConditionallyReparameterizable>: ConditionallyReparameterizable {
  enum Mistake: CaseIterable {
    /// A sampler of another distribution.
    case wrongSampler
    /// No derivative passes through z̃.
    case detachedConditional
    /// The derivative passes through z̃ = ℓ + s but not through s, which depends on ℓ given b.
    case detachedNoise
  }

  static var noise: NoiseKind { Base.noise }
  let base: Base
  let mistake: Mistake
  /// What the wrong sampler adds, given b; ℓ for the detached noise.
  let shift: (Tensor) -> Tensor

  var parameters: [Tensor] { base.parameters }
  var mean: Tensor { base.mean }
  func logProbability(of value: Tensor) -> Tensor { base.logProbability(of: value) }
  func entropy() -> Tensor { base.entropy() }
  func klDivergence(to other: Self) -> Tensor { base.klDivergence(to: other.base) }
  func relaxedSample(noise: Tensor) -> Tensor { base.relaxedSample(noise: noise) }
  func value(ofRelaxed sample: Tensor) -> Tensor { base.value(ofRelaxed: sample) }
  func coupledNoise(ofRelaxed sample: Tensor) -> Tensor { base.coupledNoise(ofRelaxed: sample) }
  func concreteValue(ofRelaxed sample: Tensor, temperature: Tensor) -> Tensor {
    base.concreteValue(ofRelaxed: sample, temperature: temperature)
  }

  func conditionalRelaxedSample(given value: Tensor, noise: Tensor) -> Tensor {
    let right = base.conditionalRelaxedSample(given: value, noise: noise)
    switch mistake {
    case .wrongSampler: return right + shift(value)
    case .detachedConditional: return right.stopGradient()
    case .detachedNoise:
      return (right - shift(value)).stopGradient() + shift(value)
    }
  }
}

/// A logistic variable z with location ℓ, of which f sees only b = H(z).
struct Logistic: Reparameterizable {
  static let noise = NoiseKind.logistic
  let location: Tensor
  /// −1 divides by (1 + e^−x)² as the density does; +1 multiplies, as in `rebar_toy.py`.
  let sign: Double

  var parameters: [Tensor] { [location] }
  func logProbability(of value: Tensor) -> Tensor {
    let x = value - location
    return (-x + (2 * sign) * (-x).softplus()).sum(axis: 1)
  }
  func entropy() -> Tensor { 0 * location.sum(axis: 1) + 2 }
  func klDivergence(to other: Logistic) -> Tensor { 0 * (location - other.location).sum(axis: 1) }
  func sample(noise: Tensor) -> Tensor { location + noise }
}

/// Mistakes that earlier implementations made must be found out by the same check, clearly.
@Suite struct `A mistake is found out` {
  private let required = 10.0

  private func deviation(
    _ problem: Problem, draws: Int = 200_000, _ build: (GradientSampler) -> GradientEstimate
  ) throws -> Double {
    try sample(draws: draws) { build($0).distributionGradient }
      .deviation(from: problem.exactGradient())
  }

  private func relax(
    _ problem: Problem, _ sampler: GradientSampler, _ mistake: Mistaken<Bernoulli>.Mistake
  ) -> GradientEstimate {
    let bernoulli = Bernoulli(logits: problem.rows(sampler.graph, sampler.rows))
    // The public sampler for Bernoulli variables that adds where it should subtract ends up, among
    // other things, on the wrong side of the threshold; a shift by ℓ does the same.
    let wrong = Mistaken(base: bernoulli, mistake: mistake) { _ in bernoulli.logits }
    let z = wrong.relaxedSample(noise: problem.noise(sampler))
    return RELAX().estimate(
      wrong, relaxed: z, conditionalNoise: problem.noise(sampler),
      signal: problem.f(wrong.value(ofRelaxed: z)), controlVariate: problem.c)
  }

  @Test func `the correct estimator passes the very check that the mistakes fail`() throws {
    for problem in [Problem.bernoulli(3), .categorical(3)] {
      let relax = EstimatorRecipe.relax.variants(samples: [])[0]
      let found = try deviation(problem) { problem.estimate(relax, $0) }
      #expect(found < allowedDeviation)
    }
  }

  @Test(arguments: [Problem.bernoulli(1), .bernoulli(3)])
  func `a wrong conditional sampler for Bernoulli variables`(problem: Problem) throws {
    #expect(try deviation(problem) { relax(problem, $0, .wrongSampler) } > required)
  }

  @Test(arguments: [Problem.bernoulli(1), .bernoulli(3)])
  func `a detached conditional sample`(problem: Problem) throws {
    #expect(try deviation(problem) { relax(problem, $0, .detachedConditional) } > required)
  }

  @Test(arguments: [Problem.bernoulli(1), .bernoulli(3)])
  func `a conditional sample whose truncated noise is detached`(problem: Problem) throws {
    #expect(try deviation(problem) { relax(problem, $0, .detachedNoise) } > required)
  }

  @Test(arguments: [Problem.categorical(3), .categorical(10)])
  func `the released sampler, which keeps log θ on the chosen class`(problem: Problem) throws {
    // With ten classes the bias is small against the noise of so many logits.
    let found = try deviation(problem, draws: 1_600_000) { sampler in
      let categorical = Categorical(logits: problem.rows(sampler.graph, sampler.rows))
      let wrong = Mistaken(base: categorical, mistake: .wrongSampler) {
        $0 * categorical.logProbabilities
      }
      let z = wrong.relaxedSample(noise: problem.noise(sampler))
      return RELAX().estimate(
        wrong, relaxed: z, conditionalNoise: problem.noise(sampler),
        signal: problem.f(wrong.value(ofRelaxed: z)), controlVariate: problem.c)
    }
    #expect(found > required)
  }

  @Test(arguments: [Problem.bernoulli(1), .bernoulli(3)])
  func `a detached relaxed sample`(problem: Problem) throws {
    let found = try deviation(problem) { sampler in
      let bernoulli = Bernoulli(logits: problem.rows(sampler.graph, sampler.rows))
      let z = bernoulli.relaxedSample(noise: problem.noise(sampler))
      return RELAX().estimate(
        bernoulli, relaxed: z.stopGradient(), conditionalNoise: problem.noise(sampler),
        signal: problem.f(bernoulli.value(ofRelaxed: z)), controlVariate: problem.c)
    }
    #expect(found > required)
  }

  @Test(arguments: [Problem.bernoulli(1), .bernoulli(3)])
  func `noise drawn anew behind z`(problem: Problem) throws {
    let found = try deviation(problem) { sampler in
      let bernoulli = Bernoulli(logits: problem.rows(sampler.graph, sampler.rows))
      let acted = bernoulli.relaxedSample(noise: problem.noise(sampler))
      let redrawn = bernoulli.relaxedSample(noise: problem.noise(sampler))
      return RELAX().estimate(
        bernoulli, relaxed: redrawn, conditionalNoise: problem.noise(sampler),
        signal: problem.f(bernoulli.value(ofRelaxed: acted)), controlVariate: problem.c)
    }
    #expect(found > required)
  }

  @Test(arguments: [Problem.bernoulli(1), .bernoulli(3)])
  func `a control variate that jumps`(problem: Problem) throws {
    let found = try deviation(problem) { sampler in
      let bernoulli = Bernoulli(logits: problem.rows(sampler.graph, sampler.rows))
      let z = bernoulli.relaxedSample(noise: problem.noise(sampler))
      return RELAX().estimate(
        bernoulli, relaxed: z, conditionalNoise: problem.noise(sampler),
        signal: problem.f(bernoulli.value(ofRelaxed: z))
      ) { problem.f($0.step()) + 0.1 * problem.c($0) }
    }
    #expect(found > required)
  }

  @Test(arguments: [false, true])
  func `a control variate of all-action that knows its own variable's value`(knows: Bool) throws {
    let problem = Problem.bernoulli(3)
    let found = try deviation(problem) { sampler in
      let bernoulli = Bernoulli(logits: problem.rows(sampler.graph, sampler.rows))
      let value = bernoulli.sample(noise: problem.noise(sampler))
      let zero = 0 * value
      return AllAction().estimate(
        bernoulli, value: value, signal: problem.f(value),
        controlVariate: (zero, knows ? value : zero + 1))
    }
    #expect(knows ? found > required : found < allowedDeviation)
  }

  @Test(arguments: [false, true])
  func `a moving average that takes in a value before it is the value's baseline`(
    isEarly: Bool
  ) throws {
    // 500 lanes with a baseline each, 400 steps: 200,000 draws.
    let (lanes, steps) = (500, 400)
    let problem = Problem.bernoulli(3)
    let graph = Graph()
    let noise = graph.input("noise", shape: [lanes, 3])
    let baseline = graph.input("baseline", shape: [lanes])
    let bernoulli = Bernoulli(logits: problem.rows(graph, lanes))
    let value = bernoulli.sample(noise: noise)
    let signal = problem.f(value)
    let estimate = ScoreFunction().estimate(bernoulli, value: value, signal: signal - baseline)
    let program = try Program<Double>(stages: [
      ProgramStage(outputs: [ProgramOutput("signal", signal)]),
      ProgramStage(outputs: [ProgramOutput("gradient", estimate.distributionGradient)]),
    ])
    var stream = RandomStream(seed: 11, purpose: "estimator-tests")
    var averages = [MovingAverage](repeating: MovingAverage(decay: 0.8), count: lanes)
    var moments = [RunningMoments](repeating: RunningMoments(), count: 3)
    for _ in 0..<steps {
      program.withInput(noise) { stream.fill(.logistic, &$0) }
      program.run(stage: 0)
      let signals = program.output("signal")
      if isEarly { for lane in 0..<lanes { averages[lane].update(signals[lane]) } }
      program.withInput(baseline) { for lane in 0..<lanes { $0[lane] = averages[lane].mean } }
      program.run(stage: 1)
      if !isEarly { for lane in 0..<lanes { averages[lane].update(signals[lane]) } }
      for (index, element) in program.output("gradient").enumerated() {
        moments[index % 3].add(element)
      }
    }
    let deviations = zip(moments, try problem.exactGradient()).map { found, exact in
      abs(found.mean - exact) / (found.variance / Double(lanes * steps)).squareRoot()
    }
    let deviation = deviations.max() ?? 0
    #expect(isEarly ? deviation > required : deviation < allowedDeviation)
  }

  @Test(arguments: [-1.0, 1])
  func `the density that multiplies where it should divide`(sign: Double) throws {
    let problem = Problem.toy(target: 0.45, logit: 0.3)
    let found = try deviation(problem) { sampler in
      let logistic = Logistic(location: problem.rows(sampler.graph, sampler.rows), sign: sign)
      let noise = problem.noise(sampler)
      let value = logistic.sample(noise: noise).step()
      return LAX().estimate(
        logistic, noise: noise, signal: problem.f(value), controlVariate: problem.c)
    }
    #expect(sign < 0 ? found < allowedDeviation : found > required)
  }

  @Test(arguments: [false, true])
  func `a fresh action in the control variate of LAX`(isFresh: Bool) throws {
    // f = −(a − 0.4)², d = 0.7, σ = 0.5: the mean by μ becomes −4d instead of −2d when c = f.
    let f = { (value: Tensor) in -(value - 0.4).squared().sum(axis: 1) }
    let moments = try sample { sampler in
      let shape: Shape = [sampler.rows, 1]
      let gaussian = DiagonalGaussian(
        mean: sampler.graph.literal([1.1], shape: [1]).broadcast(to: shape),
        logDeviation: sampler.graph.literal([-0.6931471805599453], shape: [1]).broadcast(to: shape))
      let noise = sampler.noise(.normal, shape)
      let fresh = sampler.noise(.normal, shape)
      return LAX().estimate(
        gaussian, noise: noise, signal: f(gaussian.sample(noise: noise))
      ) { value in f(isFresh ? gaussian.sample(noise: fresh) : value) }.distributionGradient
    }
    let deviation = moments.deviation(from: [-1.4, -0.5])
    #expect(isFresh ? deviation > required : deviation < allowedDeviation)
    if isFresh { #expect(abs(moments.means[0] + 2.8) < 0.1) }
  }

  @Test(arguments: [false, true])
  func `an averaged signal times an averaged score`(isAveraged: Bool) throws {
    let problem = Problem.bernoulli(3)
    let samples = 4
    let found = try deviation(problem) { sampler in
      let graph = sampler.graph
      let bernoulli = Bernoulli(logits: problem.rows(graph, sampler.rows))
      let values = (0..<samples).map { _ in
        bernoulli.value(ofRelaxed: bernoulli.relaxedSample(noise: problem.noise(sampler)))
      }
      let signals = values.map(problem.f)
      let average = signals.dropFirst().reduce(signals[0]) { $0 + $1 } / Double(samples)
      let estimates = zip(values, signals).map { value, signal in
        ScoreFunction().estimate(
          bernoulli, value: value, signal: isAveraged ? average : signal
        ).distributionGradient[0] / Double(samples)
      }
      return GradientEstimate(
        parameters: bernoulli.parameters,
        distributionGradient: [estimates.dropFirst().reduce(estimates[0]) { $0 + $1 }])
    }
    #expect(isAveraged ? found > required : found < allowedDeviation)
  }
}
