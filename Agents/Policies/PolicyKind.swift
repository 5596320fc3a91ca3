import Distributions
import ReinforcementLearning

/// The distributions that a policy can draw its actions from.
enum PolicyKind: Hashable {
  /// One of A choices.
  case categorical
  /// Several choices, each of so many values, independent given the observation.
  case categoricals([Int])
  /// D bits, independent given the observation.
  case bernoulli
  /// C real numbers, independent given the observation.
  case gaussian

  /// What the actions are made of.
  var noise: NoiseKind {
    switch self {
    case .categorical: Categorical.noise
    case .categoricals: CategoricalProduct.noise
    case .bernoulli: Bernoulli.noise
    case .gaussian: DiagonalGaussian.noise
    }
  }

  /// Whether an action consists of several choices.
  var isFactorized: Bool {
    switch self {
    case .categoricals, .bernoulli: true
    case .categorical, .gaussian: false
    }
  }

  /// Whether some actions can be forbidden.
  var canBeMasked: Bool { self != .gaussian }

  /// The flags of a mask of actions with so many variates behind them.
  func maskSize(_ noiseSize: Int) -> Int { self == .bernoulli ? 2 * noiseSize : noiseSize }

  /// The number of different actions, where the policy has so many variates behind each.
  func jointActions(_ noiseSize: Int) -> JointActions {
    switch self {
    case .categoricals(let counts): JointActions(counts)
    case .bernoulli: JointActions(Array(repeating: 2, count: noiseSize))
    case .categorical, .gaussian: JointActions([noiseSize])
    }
  }
}

extension ActionModel {
  /// What a policy draws such actions from.
  var kind: PolicyKind {
    switch self {
    case .choice: .categorical
    case .choices(let choices): .categoricals(choices.counts)
    case .bits: .bernoulli
    case .box: .gaussian
    }
  }
}

/// How many different actions several choices make together.
struct JointActions: CustomStringConvertible {
  /// More are too many to have a c for each.
  static let most = 1024

  /// Nil where it cannot be counted.
  let count: Int?
  private let counts: [Int]

  /// - Parameter counts: the number of values of each choice.
  init(_ counts: [Int]) {
    self.counts = counts
    count = counts.reduce(1) { product, count in
      guard let product else { return nil }
      let (next, overflows) = product.multipliedReportingOverflow(by: count)
      return overflows ? nil : next
    }
  }

  var areFew: Bool { count.map { $0 <= Self.most } ?? false }

  /// The number, as a power where all choices have as many values.
  var description: String {
    if let first = counts.first, counts.count > 1, counts.allSatisfy({ $0 == first }) {
      let power = "\(first)^\(counts.count)"
      return count.map { "\(power) = \($0)" } ?? power
    }
    return count.map { "\($0)" } ?? "more than \(Int.max)"
  }
}
