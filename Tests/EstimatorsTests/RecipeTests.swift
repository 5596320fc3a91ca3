import Differentiation
import Distributions
import Estimators
import Testing

@Suite struct `The list of recipes` {
  @Test func `has one of each name, for command lines and for settings`() {
    let names = EstimatorRecipe.all.map(\.name)
    #expect(Set(names).count == names.count)
    let settings = EstimatorRecipe.all.map(\.settingName)
    #expect(Set(settings).count == settings.count)
    let titles = EstimatorRecipe.all.flatMap { $0.variants(samples: [2, 4]) }.map(\.description)
    #expect(Set(titles).count == titles.count)
    for name in names + settings {
      #expect(name.allSatisfy { $0.isASCII && ($0.isLowercase || $0 == "-" || $0.isNumber) })
    }
  }

  @Test(arguments: EstimatorRecipe.all)
  func `has something for each to be applied to`(recipe: EstimatorRecipe) {
    #expect(Problem.ofEveryKind.contains { recipe.serves($0.distribution) })
    for part in recipe.learned { #expect(recipe.control.contains(part)) }
    if recipe.training == .fit { #expect(recipe.takesBaseline) }
  }

  @Test(arguments: EstimatorRecipe.all.filter(\.needsFunction).map(\.name))
  func `refuses inputs without what it needs`(name: String) async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { [name] in
      let recipe = try #require(EstimatorRecipe.all.first { $0.name == name })
      let problem = try #require(
        Problem.ofEveryKind.first { recipe.serves($0.distribution) })
      let graph = Graph()
      var inputs = EstimatorInputs(
        problem.distribution(graph, rows: 2), noise: { _ in graph.constant(0.5, shape: [2, 1]) },
        signal: problem.f)
      (inputs.temperature, inputs.scale) = (graph.constant(1), graph.constant(1))
      inputs.function = problem.c
      _ = recipe.estimate(inputs)
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("needs f itself, which its inputs lack."), "\(message)")
  }

  @Test func `refuses a distribution that an estimator is not for`() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let problem = Problem.gaussian(1)
      let graph = Graph()
      _ = EstimatorRecipe.disARM.estimate(
        EstimatorInputs(
          problem.distribution(graph, rows: 2), noise: { _ in graph.constant(0.5, shape: [2, 1]) },
          signal: problem.f))
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("DisARM is not for the distribution DiagonalGaussian."), "\(message)")
  }

  /// What an estimator of one's own takes: a recipe, and it is drawn and measured like all others.
  @Test func `takes a new one with nothing but its recipe`() throws {
    let doubled = EstimatorRecipe(
      "doubled", title: "doubled REINFORCE", serves: { _ in true },
      claim: .biased("it is twice as long"), evaluations: .fixed(1)
    ) { inputs in
      let whole = EstimatorRecipe.scoreFunction.estimate(inputs).gradient
      return BuiltEstimate(
        GradientEstimate(
          parameters: whole.parameters,
          distributionGradient: whole.distributionGradient.map { 2 * $0 }))
    }
    let variant = try #require(doubled.variants(samples: [2]).first)
    #expect(variant.description == "doubled REINFORCE")
    for problem in [Problem.bernoulli(3), .gaussian(3)] {
      let exact = try problem.exactGradient()
      let moments = try sample { problem.estimate(variant, $0).distributionGradient }
      #expect(moments.deviation(from: exact) > 10)
      #expect(moments.deviation(from: exact.map { 2 * $0 }) < allowedDeviation)
    }
  }
}
