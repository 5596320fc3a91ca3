import Differentiation
import Distributions
import Estimators
import Foundation
import TestSupport
import Testing

@Suite struct `K antithetic classes` {
  /// One of them rare, one that is taken more often than not.
  private static let probabilities = [0.05, 0.6, 0.25, 0.1]

  /// P(b_1 = c, b_2 = d) as the mean over all orders in which one class is the first and another the last, by
  /// intervals on [0, 1].
  private func joint(samples: Int) -> [Double] {
    let classes = Self.probabilities.indices
    func below(_ x: Double, _ y: Double) -> Double {
      let root = 1 / Double(samples - 1)
      return pow(max(0, pow(x, root) + pow(y, root) - 1), Double(samples - 1))
    }
    var sums = [Double](repeating: 0, count: classes.count * classes.count)
    var orders = 0.0
    for first in classes {
      for last in classes where last != first {
        let order = [first] + classes.filter { $0 != first && $0 != last } + [last]
        var (bounds, end) = ([Int: (Double, Double)](), 0.0)
        for index in order {
          bounds[index] = (end, end + Self.probabilities[index])
          end += Self.probabilities[index]
        }
        orders += 1
        for c in classes {
          for d in classes {
            guard let one = bounds[c], let other = bounds[d] else { continue }
            sums[c * classes.count + d] +=
              below(one.1, other.1) - below(one.0, other.1) - below(one.1, other.0)
              + below(one.0, other.0)
          }
        }
      }
    }
    return sums.map { $0 / orders }
  }

  @Test(arguments: [2, 3, 4, 8])
  func `have the right probabilities and are together as seldom as theory says`(
    samples: Int
  ) throws {
    let count = Self.probabilities.count
    let found = try sample { sampler in
      let shape: Shape = [sampler.rows, count]
      let categorical = Categorical(
        logits: sampler.graph.literal(Self.probabilities.map { log($0) }, shape: [count])
          .broadcast(to: shape))
      let values = CARMS().antitheticValues(
        categorical, noise: (0..<samples).map { _ in sampler.noise(.exponential, shape) })
      let pairs =
        values[0].reshaped([sampler.rows, count, 1])
        * values[samples - 1].reshaped([sampler.rows, 1, count])
      return [values[0], values[1], pairs.reshaped([sampler.rows, count * count])]
    }
    let single = Self.probabilities
    #expect(found.deviation(from: single + single + joint(samples: samples)) < allowedDeviation)
    let independent = single.flatMap { one in single.map { one * $0 } }
    #expect(found.deviation(from: single + single + independent) > 10)
  }

  private func variance(
    _ estimator: EstimatorRecipe, _ problem: Problem, samples: Int
  ) throws -> Double {
    let variant = try #require(estimator.variants(samples: [samples]).first)
    let moments = try sample { problem.estimate(variant, $0).distributionGradient }
    #expect(moments.deviation(from: try problem.exactGradient()) < allowedDeviation)
    return moments.variances.reduce(0, +)
  }

  @Test(arguments: [2, 3, 4, 6]) func `are better than independent ones of one variable`(
    samples: Int
  ) throws {
    let problem = Problem.categorical(3)
    let ratio =
      try variance(.carms, problem, samples: samples)
      / variance(.rloo, problem, samples: samples)
    #expect(ratio < 0.9, "\(samples) samples: \(ratio)")
  }

  @Test func `two of two are an antithetic pair`() throws {
    // A Bernoulli variable's logit is the difference of two logits, and so are their derivatives.
    let logits = [0.3, -0.4]
    func variances(_ build: (GradientSampler) -> Tensor) throws -> GradientMoments {
      try sample { [build($0)] }
    }
    func f(_ one: Tensor) -> Tensor { (1.7 * one + 0.4).squared() }
    let classes = try variances { sampler in
      let categorical = Categorical(
        logits: sampler.graph.literal(logits, shape: [2]).broadcast(to: [sampler.rows, 2]))
      let noise = (0..<2).map { _ in sampler.noise(.exponential, [sampler.rows, 2]) }
      let values = CARMS().antitheticValues(categorical, noise: noise)
      let estimate = CARMS().estimate(
        categorical, values: values,
        signals: values.map { f($0.slice(axis: 1, 1..<2)).reshaped([sampler.rows]) })
      return estimate.distributionGradient[0].slice(axis: 1, 1..<2)
    }
    let bits = try variances { sampler in
      let bernoulli = Bernoulli(
        logits: sampler.graph.literal([logits[1] - logits[0]], shape: [1])
          .broadcast(to: [sampler.rows, 1]))
      let values = ARMS().antitheticValues(
        bernoulli, noise: (0..<2).map { _ in sampler.noise(.logistic, [sampler.rows, 1]) })
      return ARMS().estimate(
        bernoulli, values: values, signals: values.map { f($0).reshaped([sampler.rows]) }
      ).distributionGradient[0]
    }
    // The variances of 200,000 draws are good for about half of a percent.
    #expect(abs(classes.variances[0] / bits.variances[0] - 1) < 0.03)
  }

  @Test(arguments: [false, true])
  func `with the weights of independent ones are found out, and the other way round`(
    drawsIndependently: Bool
  ) throws {
    let problem = Problem.categorical(3, variables: 2)
    let moments = try sample { sampler in
      let categorical = Categorical(
        logits: problem.rows(sampler.graph, sampler.rows), variables: 2)
      let noise = (0..<3).map { _ in problem.noise(sampler) }
      if drawsIndependently {
        let values = noise.map { categorical.sample(noise: $0) }
        return CARMS().estimate(categorical, values: values, signals: values.map(problem.f))
          .distributionGradient
      }
      let values = CARMS().antitheticValues(categorical, noise: noise)
      return RLOO().estimate(categorical, values: values, signals: values.map(problem.f))
        .distributionGradient
    }
    #expect(moments.deviation(from: try problem.exactGradient()) > 10)
  }

  @Test(arguments: [2, 3, 5]) func `stay finite where all but one never happen`(samples: Int) throws
  {
    let graph = Graph()
    let mask = graph.literal([1, 1, 0, 1], shape: [1, 4])
    let categorical = Categorical(
      logits: graph.literal([90, -90, 80, 0], shape: [1, 4]), mask: mask)
    let noise = (0..<samples).map { sample in
      graph.literal((0..<4).map { 0.1 + Double((sample + $0) % 3) }, shape: [1, 4])
    }
    let values = CARMS().antitheticValues(categorical, noise: noise)
    let estimate = CARMS().estimate(
      categorical, values: values,
      signals: values.indices.map { graph.constant(Double($0), shape: [1]) })
    let found = try evaluate(values + estimate.distributionGradient, [], as: Float.self)
    #expect(found.joined().allSatisfy { $0.isFinite })
    for value in found.prefix(samples) { #expect(value == [1, 0, 0, 0]) }
  }
}
