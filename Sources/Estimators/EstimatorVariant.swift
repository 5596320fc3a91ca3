/// A recipe with its choices made, as it is measured and tested.
public struct EstimatorVariant: Sendable, Hashable, CustomStringConvertible {
  /// The estimator.
  public let recipe: EstimatorRecipe
  /// Whether z̃ comes from the noise behind z.
  public let isCoupled: Bool
  /// K; nil for estimators of one sample.
  public let samples: Int?

  /// The title with what was chosen, such as "RLOO of 4" and "REBAR coupled".
  public var description: String {
    var words = [recipe.title]
    if let detail = recipe.detail { words.append(detail) }
    if isCoupled { words.append("coupled") }
    if let samples { words.append("of \(samples)") }
    return words.joined(separator: " ")
  }

  /// The estimate with these choices.
  public func estimate(_ inputs: EstimatorInputs) -> BuiltEstimate {
    var inputs = inputs
    inputs.isCoupled = isCoupled
    if let samples { inputs.samples = samples }
    return recipe.estimate(inputs)
  }
}

extension EstimatorRecipe {
  /// Every choice there is: independent and coupled noise, and some numbers of samples.
  public func variants(samples: [Int]) -> [EstimatorVariant] {
    (canCouple ? [false, true] : [false]).flatMap { isCoupled in
      (evaluations == .samples ? samples.map { $0 } : [nil]).map {
        EstimatorVariant(recipe: self, isCoupled: isCoupled, samples: $0)
      }
    }
  }

  /// Evaluations of f, and of its derivative where one is needed, such as "3 + 2 derivatives".
  ///
  /// - Parameters:
  ///   - samples: K.
  ///   - values: how many values the distribution has.
  /// - Returns: the text.
  public func evaluationText(samples: Int, values: Int) -> String {
    switch evaluations {
    case .fixed(let count, 0): "\(count)"
    case .fixed(let count, 1): "\(count) + 1 derivative"
    case .fixed(let count, let derivatives): "\(count) + \(derivatives) derivatives"
    case .samples: "\(samples)"
    case .values: "\(values)"
    }
  }
}
