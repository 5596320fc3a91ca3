import Differentiation
import Distributions
import Estimators
import Foundation
import GSL
import TestSupport
import Testing

/// Gradients of gamma and beta variables against their integrals.
@Suite struct `Gamma variables` {
  /// log z of z ~ Gamma(α, 1), from where it is below 1e-18 to where it is above.
  private func rule(_ shape: Double) -> QuadratureRule {
    let first = log(shape) - 45 / min(shape, 45) - 6 / shape.squareRoot()
    let last = log(shape + 12 * shape.squareRoot() + 45)
    let panels = 60
    return QuadratureRule(
      breaks: (0...panels).map { first + (last - first) * Double($0) / Double(panels) }
    ) { exp(shape * $0 - exp($0) - lgamma(shape)) }
  }

  /// What estimators are given for each point of a rule.
  private struct Inputs {
    let draw: GammaDraw
    let score: Tensor
    let logarithm: Tensor

    init(_ graph: Graph, _ rows: Int, _ columns: Int) {
      func input(_ name: String) -> Tensor { graph.input(name, shape: [rows, columns]) }
      draw = GammaDraw(standard: input("standard"), derivative: input("derivative"))
      score = input("score")
      logarithm = input("logarithm")
    }
  }

  private enum Kind: CaseIterable { case score, implicit, generalized, withoutScore }

  /// E of an estimate by log α and log β, by quadrature.
  private func mean(
    _ kind: Kind, shape: Double, rate: Double, f: (Tensor) -> Tensor
  ) throws -> [Double] {
    let rule = rule(shape)
    let (graph, rows) = (Graph(), rule.points.count)
    let inputs = Inputs(graph, rows, 1)
    let weight = graph.input("weight", shape: [rows, 1])
    // No plain constants: those are folded, and nothing can be differentiated by them.
    let gamma = Gamma(
      logShape: graph.literal([log(shape)], shape: [1]).broadcast(to: [rows, 1]),
      logRate: graph.literal([log(rate)], shape: [1]).broadcast(to: [rows, 1]))
    let parts: [Tensor]
    switch kind {
    case .score:
      // ∂ log p by log α is α (log z − ψ(α)), and by log β it is α − z.
      let value = f(inputs.draw.standard / rate).reshaped([rows, 1])
      let digamma = try SpecialFunctions.digamma(shape)
      parts = [
        value * shape * (inputs.logarithm - digamma), value * (shape - inputs.draw.standard),
      ]
    case .implicit:
      parts =
        ImplicitReparameterization().estimate(gamma, draw: inputs.draw, f: f)
        .distributionGradient
    case .generalized:
      parts =
        GeneralizedReparameterization().estimate(
          gamma, draw: inputs.draw, score: inputs.score, f: f
        ).distributionGradient
    case .withoutScore:
      parts =
        GeneralizedReparameterization().estimate(
          gamma, draw: inputs.draw, score: 0 * inputs.score, f: f
        ).distributionGradient
    }
    let program = try Program<Double>(stages: [
      ProgramStage(outputs: [ProgramOutput("mean", parts.map { ($0 * weight).sum(axis: 0) })])
    ])
    func fill(_ input: Tensor, _ body: (Int) throws -> Double) throws {
      guard program.reads(input) else { return }
      let values = try (0..<rows).map(body)
      program.withInput(input) { span in for row in 0..<rows { span[row] = values[row] } }
    }
    try fill(weight) { rule.weights[$0] }
    try fill(inputs.logarithm) { rule.points[$0] }
    try fill(inputs.draw.standard) { exp(rule.points[$0]) }
    try fill(inputs.draw.derivative) {
      let z = exp(rule.points[$0])
      return kind == .implicit
        ? try SpecialFunctions.gammaSampleDerivative(z, shape: shape)
        : try SpecialFunctions.gammaStandardization(z, shape: shape).derivative
    }
    try fill(inputs.score) {
      try SpecialFunctions.gammaStandardization(exp(rule.points[$0]), shape: shape).score
    }
    program.run()
    return program.output("mean")
  }

  @Test(arguments: [(0.3, 1.0), (1.0, 0.5), (4.5, 2.0), (60.0, 30.0)])
  func `have the same gradient by all estimators, and another one without the score`(
    shape: Double, rate: Double
  ) throws {
    let f = { (value: Tensor) in (value.tanh() + 0.3 * value.squared()).sum(axis: 1) }
    let exact = try mean(.score, shape: shape, rate: rate, f: f)
    for kind in [Kind.implicit, .generalized] {
      let found = try mean(kind, shape: shape, rate: rate, f: f)
      for (one, other) in zip(found, exact) {
        #expect(abs(one - other) < 1e-8 * max(1, abs(other)), "\(kind)")
      }
    }
    let wrong = try mean(.withoutScore, shape: shape, rate: rate, f: f)
    // With a large α the noise hardly depends on it.
    if shape < 10 { #expect(abs(wrong[0] - exact[0]) > 1e-3 * abs(exact[0])) }
  }

  @Test func `have the gradient of a mean that is known`() throws {
    // E b² = α (α + 1) / β².
    let found = try mean(.implicit, shape: 2.5, rate: 1.5) { $0.squared().sum(axis: 1) }
    #expect(abs(found[0] - 2.5 * 6 / 2.25) < 1e-9)
    #expect(abs(found[1] + 2 * 2.5 * 3.5 / 2.25) < 1e-9)
  }

  @Test func `make beta variables with the gradient of a mean that is known`() throws {
    // E b = α / (α + β), from draws of both gammas.
    let (alpha, beta, draws) = (2.0, 0.7, 4000)
    var stream = RandomStream(seed: 3, purpose: "beta")
    let graph = Graph()
    func logarithm(_ value: Double) -> Tensor {
      graph.literal([log(value)], shape: [1]).broadcast(to: [draws, 1])
    }
    let distribution = Beta(logAlpha: logarithm(alpha), logBeta: logarithm(beta))
    let inputs = Inputs(graph, draws, 2)
    let estimate = ImplicitReparameterization().estimate(distribution.gammas, draw: inputs.draw) {
      (Beta.value(ofGammas: $0)).sum(axis: 1)
    }
    let program = try Program<Double>(stages: [
      ProgramStage(outputs: [ProgramOutput("gradient", [estimate.distributionGradient[0]])])
    ])
    var (standard, derivative): ([Double], [Double]) = ([], [])
    for index in 0..<2 * draws {
      let shape = index % 2 == 0 ? alpha : beta
      standard.append(stream.gamma(shape: shape))
      derivative.append(
        try SpecialFunctions.gammaSampleDerivative(standard[index], shape: shape))
    }
    for (input, values) in [(inputs.draw.standard, standard), (inputs.draw.derivative, derivative)]
    {
      program.withInput(input) { span in for index in values.indices { span[index] = values[index] }
      }
    }
    program.run()
    let gradient = program.output("gradient")
    let total = alpha + beta
    for (column, exact) in [alpha * beta / (total * total), -alpha * beta / (total * total)]
      .enumerated()
    {
      var moments = RunningMoments()
      for row in 0..<draws { moments.add(gradient[2 * row + column]) }
      let error = (moments.variance / Double(draws)).squareRoot()
      #expect(abs(moments.mean - exact) < 6.5 * error, "\(moments.mean) for \(exact)")
      #expect(error < 0.02 * abs(exact))
    }
  }
}
