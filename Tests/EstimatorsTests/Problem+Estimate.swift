import Differentiation
import Distributions
import Estimators
import Foundation

extension Problem {
  /// The type of the distribution.
  var distribution: any Distribution.Type {
    switch family {
    case .bernoulli: Bernoulli.self
    case .categorical: Categorical.self
    case .gaussian: DiagonalGaussian.self
    }
  }

  /// The distribution, with the same parameters in every row.
  func distribution(_ graph: Graph, rows count: Int) -> any Distribution {
    let parameters = rows(graph, count)
    return switch family {
    case .bernoulli: Bernoulli(logits: parameters)
    case .categorical: Categorical(logits: parameters, variables: variables)
    case .gaussian:
      DiagonalGaussian(
        mean: parameters,
        logDeviation: graph.literal(logDeviations, shape: [width]).broadcast(to: parameters.shape))
    }
  }

  /// An estimate with whatever its recipe needs, none of it fitted to anything.
  func estimate(_ variant: EstimatorVariant, _ sampler: GradientSampler) -> GradientEstimate {
    let graph = sampler.graph
    var inputs = EstimatorInputs(
      distribution(graph, rows: sampler.rows), noise: { _ in noise(sampler) }, signal: f)
    if variant.recipe.needsFunction || variant.recipe.evaluations == .values { inputs.f = f }
    if variant.recipe.takesCenter { inputs.center = graph.constant(0.1) }
    for part in variant.recipe.control {
      switch part {
      case .temperature: inputs.temperature = graph.constant(0.6)
      case .scale: inputs.scale = graph.constant(0.8)
      case .function: inputs.function = c
      case .table: inputs.table = arbitraryTable(sampler)
      case .baseline:
        // One that differs from row to row, as if rows had inputs of their own.
        inputs.baseline = graph.literal(
          (0..<sampler.rows).map { sin(Double($0)) }, shape: [sampler.rows])
      }
    }
    return variant.estimate(inputs).gradient
  }

  /// c of every class that has nothing to do with f.
  private func arbitraryTable(_ sampler: GradientSampler) -> [Tensor] {
    let shape = rows(sampler.graph, sampler.rows).shape
    return (0..<(family == .bernoulli ? 2 : 1)).map { choice in
      sampler.graph.literal(
        (0..<width).map { Double(choice) + 0.3 * Double($0 * $0 % 7) }, shape: [width]
      ).broadcast(to: [sampler.rows, width]).reshaped(shape)
    }
  }

  /// All-action with c = f where one variable has another value: the local expectation gradient.
  func localExpectation(_ sampler: GradientSampler) -> GradientEstimate {
    let distribution = distribution(sampler.graph, rows: sampler.rows)
    let noise = noise(sampler)
    func value(_ distribution: some ConditionallyReparameterizable) -> Tensor {
      distribution.sample(noise: noise)
    }
    if let bernoulli = distribution as? Bernoulli {
      let b = value(bernoulli)
      let c = (0..<2).map { choice in
        Tensor.concatenate((0..<variables).map { changed(b, $0, to: choice) }, axis: 1)
      }
      return AllAction().estimate(
        bernoulli, value: b, signal: f(b), controlVariate: (c[0], c[1]))
    }
    guard let categorical = distribution as? Categorical else {
      preconditionFailure("Only discrete values can be changed one by one.")
    }
    let b = value(categorical)
    let c = Tensor.concatenate(
      (0..<width).map { changed(b, $0 / classes, to: $0 % classes) }, axis: 1)
    return AllAction().estimate(
      categorical, value: b, signal: f(b), controlVariate: c.reshaped(b.shape))
  }

  /// f where a variable has its k-th value, `[R, 1]`.
  private func changed(_ value: Tensor, _ variable: Int, to choice: Int) -> Tensor {
    let rows = value.shape.count / width
    let flat = value.reshaped([rows, width])
    let (kept, new) = replacement(of: variable, by: choice)
    let row = { (elements: [Double]) in value.graph.literal(elements, shape: [width]) }
    return f((flat * row(kept) + row(new)).reshaped(value.shape)).reshaped([rows, 1])
  }
}
