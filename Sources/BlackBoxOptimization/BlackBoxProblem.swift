import BlackBoxes
import GSL

/// An instance of a task: a function of bits, or one for every observation.
package enum BlackBoxProblem: Sendable {
  /// One and the same function.
  case fixed(any PseudoBooleanFunction)
  /// A function that an observation chooses.
  case contextual(any ContextualBlackBox)

  /// D.
  package var variableCount: Int {
    switch self {
    case .fixed(let function): function.variableCount
    case .contextual(let box): box.variableCount
    }
  }

  /// The length of an observation, 0 where there is none.
  package var contextSize: Int {
    switch self {
    case .fixed: 0
    case .contextual(let box): box.contextSize
    }
  }

  /// The objectives that policies are judged by: that of the function, or those of observations that
  /// no policy is trained with.
  ///
  /// - Parameters:
  ///   - entropyWeight: τ.
  ///   - contexts: how many observations, where there are any.
  ///   - seed: of the observations.
  /// - Returns: observations, empty ones where there are none, with an objective for each.
  package func objectives(
    entropyWeight: Double, contexts: Int, seed: UInt64
  ) -> [(context: [Float], objective: EntropyObjective)] {
    switch self {
    case .fixed(let function):
      return [([], EntropyObjective(function, entropyWeight: entropyWeight))]
    case .contextual(let box):
      var stream = RandomStream(seed: seed, purpose: "black-box-evaluation")
      return (0..<contexts).map { _ in
        let context = box.context(from: &stream)
        return (
          context, EntropyObjective(box.function(at: context), entropyWeight: entropyWeight)
        )
      }
    }
  }
}

/// What a policy is worth, exactly, beside the best that there is.
package struct BlackBoxJudge: Sendable {
  private let objectives: [(context: [Float], objective: EntropyObjective)]
  /// J*, the mean over the observations of the best J that was found for each.
  package let optimum: Double

  /// A judge of the policies for one instance.
  ///
  /// - Parameters:
  ///   - problem: the instance.
  ///   - entropyWeight: τ.
  ///   - contexts: how many observations it judges by.
  ///   - seed: the instance's.
  package init(_ problem: BlackBoxProblem, entropyWeight: Double, contexts: Int, seed: UInt64) {
    objectives = problem.objectives(
      entropyWeight: entropyWeight, contexts: contexts, seed: seed)
    var stream = RandomStream(seed: seed, purpose: "black-box-optimum")
    optimum =
      objectives.reduce(0) { $0 + $1.objective.maximum(from: &stream) }
      / Double(objectives.count)
  }

  /// J of a policy, the mean over the observations.
  package func value(of policy: LinearPolicy) -> Double {
    objectives.reduce(0) {
      $0 + $1.objective.value(atLogits: policy.logits(at: $1.context))
    } / Double(objectives.count)
  }
}
