import Differentiation

/// A product of independent categorical variables, each with a number of classes of its own.
///
/// Everything of a row lies side by side, variable by variable: W = Σ A_k columns for variables of A_k
/// classes. Values are one-hot for each variable. The relaxation is Gumbel's, variable by variable, as in
/// ``Categorical``, and so is z̃ given b; log-probabilities and entropies are sums over the variables.
public struct CategoricalProduct: ConditionallyReparameterizable {
  /// Exponential.
  public static let noise = NoiseKind.exponential

  /// `[R, W]`, as given.
  public let logits: Tensor
  /// A_k, the number of classes of each variable.
  public let counts: [Int]
  /// Neighbors of as many classes each are one distribution of several variables.
  private let runs: [Run]

  /// Variables side by side that have the same number of classes.
  private struct Run {
    let columns: Range<Int>
    let variables: Int
    let categorical: Categorical

    var classes: Int { columns.count / variables }
  }

  /// A distribution of `[R, W]` logits.
  ///
  /// - Parameters:
  ///   - logits: need not be normalized.
  ///   - counts: A_k of each variable, at least one variable, at least 1 class each.
  ///   - mask: `[R, W]`, 1 for classes that are allowed and 0 for the others; each variable must allow
  ///     one. Logits of forbidden classes get a derivative of exactly 0.
  public init(logits: Tensor, counts: [Int], mask: Tensor? = nil) {
    demand(
      logits.shape.rank == 2 && !counts.isEmpty && counts.allSatisfy { $0 >= 1 }
        && counts.reduce(0, +) == logits.shape[1],
      "CategoricalProduct needs logits [rows, \(counts.reduce(0, +))] for the \(counts.count) "
        + "variables of \(counts.prefix(10)) classes, not \(logits.shape).")
    self.logits = logits
    self.counts = counts
    var runs: [Run] = []
    var (first, start) = (0, 0)
    while first < counts.count {
      let classes = counts[first]
      let variables = counts[first...].prefix { $0 == classes }.count
      let columns = start..<start + variables * classes
      runs.append(
        Run(
          columns: columns, variables: variables,
          categorical: Categorical(
            logits: Self.rows(of: logits, columns, classes),
            mask: mask.map { Self.rows(of: $0, columns, classes) }, variables: variables)))
      (first, start) = (first + variables, columns.upperBound)
    }
    self.runs = runs
  }

  /// The logits.
  public var parameters: [Tensor] { [logits] }

  /// The number of variables.
  public var variableCount: Int { counts.count }

  /// log θ of every class, `[R, W]`, normalized for each variable.
  public var logProbabilities: Tensor { joined(runs.map { $0.categorical.logProbabilities }) }

  /// θ, `[R, W]`.
  public var mean: Tensor { joined(runs.map { $0.categorical.mean }) }

  /// log p(b), `[R]`: the sum over the variables.
  public func logProbability(of value: Tensor) -> Tensor {
    sum { $0.logProbability(of: $1(value)) }
  }

  /// −Σ θ log θ, `[R]`.
  public func entropy() -> Tensor { sum { distribution, _ in distribution.entropy() } }

  /// Σ θ (log θ − log θ′), `[R]`.
  public func klDivergence(to other: CategoricalProduct) -> Tensor {
    demand(
      counts == other.counts,
      "A divergence needs variables of the same classes, \(counts), not \(other.counts).")
    let parts = zip(runs, other.runs).map { $0.categorical.klDivergence(to: $1.categorical) }
    return parts.dropFirst().reduce(parts[0]) { $0 + $1 }
  }

  /// z = log θ − log E, `[R, W]`.
  public func relaxedSample(noise: Tensor) -> Tensor {
    each { $0.relaxedSample(noise: $1(noise)) }
  }

  /// The class of the largest element of each variable, one-hot.
  public func value(ofRelaxed sample: Tensor) -> Tensor {
    each { $0.value(ofRelaxed: $1(sample)) }
  }

  /// z̃ given the classes b, for each variable as ``Categorical`` draws it.
  public func conditionalRelaxedSample(given value: Tensor, noise: Tensor) -> Tensor {
    each { $0.conditionalRelaxedSample(given: $1(value), noise: $1(noise)) }
  }

  /// The exponential noise for which z̃ equals z, as a constant.
  public func coupledNoise(ofRelaxed sample: Tensor) -> Tensor {
    each { $0.coupledNoise(ofRelaxed: $1(sample)) }
  }

  /// softmax(z / λ) of each variable.
  public func concreteValue(ofRelaxed sample: Tensor, temperature: Tensor) -> Tensor {
    let relaxed = sample / temperature
    return each { _, part in part(relaxed).softmax() }
  }

  /// The number of the class with the largest element of each variable, `[R, V]` of `[R, W]`.
  public func classIndices(ofLargest sample: Tensor) -> Tensor {
    let rows = sample.shape[0]
    return Tensor.concatenate(
      runs.map { run in
        Self.rows(of: sample, run.columns, run.classes).argMax().reshaped([rows, run.variables])
      }, axis: 1)
  }

  /// The columns of some variables of A classes, one variable below the other: `[R·V, A]`.
  private static func rows(of tensor: Tensor, _ columns: Range<Int>, _ classes: Int) -> Tensor {
    let part = tensor.slice(axis: 1, columns)
    return part.reshaped([part.shape.count / classes, classes])
  }

  /// Parts `[R·V, A]` side by side, `[R, W]`.
  private func joined(_ parts: [Tensor]) -> Tensor {
    Tensor.concatenate(
      zip(runs, parts).map { run, part in
        part.reshaped([part.shape.count / run.columns.count, run.columns.count])
      }, axis: 1)
  }

  /// What is computed for each run of variables, of whatever number of rows, side by side.
  private func each(
    _ body: (_ distribution: Categorical, _ part: (Tensor) -> Tensor) -> Tensor
  ) -> Tensor {
    joined(
      runs.map { run in
        body(run.categorical) { Self.rows(of: $0, run.columns, run.classes) }
      })
  }

  /// The sum over the runs of a number for each row.
  private func sum(
    _ body: (_ distribution: Categorical, _ part: (Tensor) -> Tensor) -> Tensor
  ) -> Tensor {
    let parts = runs.map { run in
      body(run.categorical) { Self.rows(of: $0, run.columns, run.classes) }
    }
    return parts.dropFirst().reduce(parts[0]) { $0 + $1 }
  }
}
