import Differentiation
import Distributions

/// What a policy draws actions from, in the same words for every action space.
///
/// What is drawn is what has a log-probability: the number of a choice, numbers of several, bits, or
/// real numbers before tanh, which need not be recovered then from what was done.
///
/// Shapes: R rows, C numbers of an action, A variates behind it.
struct ActionDistribution {
  private enum Family {
    case categorical(Categorical)
    case categoricals(CategoricalProduct)
    case bernoulli(Bernoulli)
    case gaussian(DiagonalGaussian)
    case squashedGaussian(SquashedGaussian)
  }

  private let family: Family

  /// A distribution for each row.
  ///
  /// - Parameters:
  ///   - kind: what is drawn.
  ///   - outputs: `[R, A]` logits, or means.
  ///   - mask: of allowed choices, or nil.
  ///   - logDeviation: `[A]`, log σ of real numbers; not used for others.
  ///   - isSquashed: whether tanh follows real numbers.
  init(
    _ kind: PolicyKind, outputs: Tensor, mask: Tensor?, logDeviation: Tensor?, isSquashed: Bool
  ) {
    switch kind {
    case .categorical: family = .categorical(Categorical(logits: outputs, mask: mask))
    case .categoricals(let counts):
      family = .categoricals(CategoricalProduct(logits: outputs, counts: counts, mask: mask))
    case .bernoulli: family = .bernoulli(Bernoulli(logits: outputs, mask: mask))
    case .gaussian:
      guard let logDeviation else { fatalError("Real actions need a deviation.") }
      let normal = DiagonalGaussian(
        mean: outputs, logDeviation: logDeviation.broadcast(to: outputs.shape))
      family = isSquashed ? .squashedGaussian(SquashedGaussian(normal)) : .gaussian(normal)
    }
  }

  /// What is drawn with some noise, `[R]` or `[R, C]`.
  func drawn(noise: Tensor) -> Tensor {
    switch family {
    case .categorical(let choice): choice.relaxedSample(noise: noise).argMax()
    case .categoricals(let choices):
      choices.classIndices(ofLargest: choices.relaxedSample(noise: noise))
    case .bernoulli(let bits): bits.sample(noise: noise)
    case .gaussian(let normal): normal.sample(noise: noise)
    case .squashedGaussian(let squashed): squashed.base.sample(noise: noise)
    }
  }

  /// The action that a drawn value is.
  func action(ofDrawn value: Tensor) -> Tensor {
    if case .squashedGaussian(let squashed) = family {
      return squashed.value(ofUnsquashed: value)
    }
    return value
  }

  /// The action where the density of what is drawn is largest.
  var likeliestAction: Tensor {
    switch family {
    case .categorical(let choice): choice.logProbabilities.argMax()
    case .categoricals(let choices): choices.classIndices(ofLargest: choices.logProbabilities)
    case .bernoulli(let bits): bits.logits.step()
    case .gaussian(let normal): normal.mean
    case .squashedGaussian(let squashed): squashed.value(ofUnsquashed: squashed.base.mean)
    }
  }

  /// log p of the action that a drawn value is, `[R]`.
  func logProbability(ofDrawn value: Tensor) -> Tensor {
    switch family {
    case .categorical(let choice):
      choice.logProbability(of: value.oneHot(depth: choice.classCount))
    case .categoricals(let choices):
      choices.logProbability(of: Self.oneHot(value, choices.counts))
    case .bernoulli(let bits): bits.logProbability(of: value)
    case .gaussian(let normal): normal.logProbability(of: value)
    case .squashedGaussian(let squashed): squashed.logProbability(ofUnsquashed: value)
    }
  }

  /// The entropy, `[R]`.
  ///
  /// - Parameter noise: with which that of squashed numbers is estimated, which has no closed form.
  /// - Returns: one number for each row.
  func entropy(noise: Tensor) -> Tensor {
    switch family {
    case .categorical(let choice): choice.entropy()
    case .categoricals(let choices): choices.entropy()
    case .bernoulli(let bits): bits.entropy()
    case .gaussian(let normal): normal.entropy()
    case .squashedGaussian(let squashed): squashed.entropyEstimate(noise: noise)
    }
  }

  /// `[R, W]` of the numbers of classes `[R, V]`; neighbors of as many classes go together.
  private static func oneHot(_ indices: Tensor, _ counts: [Int]) -> Tensor {
    let rows = indices.shape[0]
    var parts: [Tensor] = []
    var first = 0
    while first < counts.count {
      let classes = counts[first]
      let variables = counts[first...].prefix { $0 == classes }.count
      let part = indices.slice(axis: 1, first..<first + variables)
      parts.append(
        part.reshaped([rows * variables]).oneHot(depth: classes)
          .reshaped([rows, variables * classes]))
      first += variables
    }
    return Tensor.concatenate(parts, axis: 1)
  }
}
