import Differentiation
import Distributions

/// Draws an estimator many times and reports its mean and variance, in double precision.
///
/// The check that every estimator here passes, open to one's own: build the estimate for `rows`
/// independent draws with noise from `noise(_:_:)`, then compare `sample` with the exact gradient.
///
/// ```swift
/// let sampler = GradientSampler(rows: 4000)
/// let noise = sampler.noise(.logistic, [4000, 3])
/// // … an estimate whose distributionGradient is [4000, 3] …
/// let moments = try sampler.sample(estimate.distributionGradient, runs: 50) { kind, span in … }
/// moments.deviation(from: exact)
/// ```
public final class GradientSampler {
  /// Where the estimate is to be built.
  public let graph = Graph()
  /// R, the number of independent draws per run.
  public let rows: Int
  private var inputs: [(kind: NoiseKind, tensor: Tensor)] = []
  private var constants: [(elements: [Double], tensor: Tensor)] = []

  /// A sampler of R rows per run; some thousands make the cost per instruction vanish.
  public init(rows: Int) { self.rows = rows }

  /// Noise that is drawn anew for each run.
  public func noise(_ kind: NoiseKind, _ shape: Shape) -> Tensor {
    let tensor = graph.input("noise\(inputs.count)", shape: shape)
    inputs.append((kind, tensor))
    return tensor
  }

  /// Numbers that stay the same in all runs, but are not computed with in advance as a literal's
  /// would be: parameters whose share in the cost counts.
  public func input(_ elements: [Double], _ shape: Shape) -> Tensor {
    demand(
      elements.count == shape.count,
      "An input of shape \(shape) needs \(shape.count) elements but got \(elements.count).")
    let tensor = graph.input("input\(constants.count)", shape: shape)
    constants.append((elements, tensor))
    return tensor
  }

  /// Runs the estimate again and again.
  ///
  /// - Parameters:
  ///   - gradient: tensors whose elements divide into R rows, one draw each.
  ///   - runs: how often; R draws each time.
  ///   - fill: fills a span with independent variates of a kind.
  /// - Returns: the moments of each element of a row, the tensors one behind the other.
  /// - Throws: `ProgramError` when the graph cannot be compiled.
  public func sample(
    _ gradient: [Tensor], runs: Int, fill: (NoiseKind, inout MutableSpan<Double>) -> Void
  ) throws(ProgramError) -> GradientMoments {
    let perRow = gradient.map { $0.reshaped([rows, $0.shape.count / rows]) }
    let program = try Program<Double>(stages: [
      ProgramStage(outputs: [
        ProgramOutput("sum", perRow.map { $0.sum(axis: 0) }),
        ProgramOutput("squares", perRow.map { $0.squared().sum(axis: 0) }),
      ])
    ])
    let used = inputs.filter { program.reads($0.tensor) }
    for (elements, tensor) in constants where program.reads(tensor) {
      program.withInput(tensor) { span in
        for index in elements.indices { span[index] = elements[index] }
      }
    }
    var moments = GradientMoments(count: perRow.reduce(0) { $0 + $1.shape[1] })
    for _ in 0..<runs {
      for (kind, tensor) in used { program.withInput(tensor) { fill(kind, &$0) } }
      program.run()
      moments.add(
        sums: program.output("sum"), squares: program.output("squares"), draws: rows)
    }
    return moments
  }
}

/// Mean and variance of a gradient estimate, element by element, from independent draws.
public struct GradientMoments: Sendable {
  /// The number of draws.
  public private(set) var draws = 0
  private var sums: [Double]
  private var squares: [Double]

  init(count: Int) {
    sums = Array(repeating: 0, count: count)
    squares = sums
  }

  mutating func add(sums: [Double], squares: [Double], draws: Int) {
    for index in sums.indices {
      self.sums[index] += sums[index]
      self.squares[index] += squares[index]
    }
    self.draws += draws
  }

  /// The mean of each element.
  public var means: [Double] { sums.map { $0 / Double(draws) } }

  /// The unbiased variance of each element.
  public var variances: [Double] {
    zip(sums, squares).map { sum, square in
      max(0, (square - sum * sum / Double(draws)) / Double(draws - 1))
    }
  }

  /// The standard deviation of each mean.
  public var standardErrors: [Double] { variances.map { ($0 / Double(draws)).squareRoot() } }

  /// How many standard errors the mean that is furthest off lies from the exact gradient.
  ///
  /// Agreement to 1e-10 counts as exact: an estimator without variance has no standard error.
  public func deviation(from exact: [Double]) -> Double {
    demand(
      exact.count == sums.count,
      "The estimate has \(sums.count) elements but the exact gradient \(exact.count).")
    return zip(zip(means, standardErrors), exact).map { estimate, exact in
      let distance = abs(estimate.0 - exact)
      return distance <= 1e-10 ? 0 : distance / max(estimate.1, 1e-300)
    }.max() ?? 0
  }
}
