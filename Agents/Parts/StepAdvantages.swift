import Differentiation
import Networks
import ReinforcementLearning

/// Generalized advantages of T steps of each of N lanes, as `StepCollector` collects them.
///
/// A rollout breaks off in the middle of episodes: there, and where a step limit struck, V stands for
/// what would have followed. See `Experience.writeGeneralizedAdvantages`.
public final class StepAdvantages {
  private let experience: Experience
  private let lanes: Lanes
  private let endValue: CompiledNetwork
  private let discount: Float
  private let lambda: Float
  /// `[R]`, V of what followed rows that have no successor.
  private let nextValues: ExperienceColumn<Float>

  /// The advantages of a table's rows; it gets a column `next_value`.
  ///
  /// - Parameters:
  ///   - experience: of T·N rows, with a column `observation`.
  ///   - lanes: whose steps they are.
  ///   - value: V, from an observation to one number.
  ///   - discount: γ in [0, 1].
  ///   - lambda: λ in [0, 1]; 1 gives n-step returns minus V.
  ///   - torso: what stands between an observation and V, if anything does.
  /// - Throws: `ProgramError` where there is too little memory.
  public init(
    _ experience: Experience, of lanes: Lanes, value: TrainedNetwork, discount: Double,
    lambda: Double, on torso: TrainedNetwork? = nil
  ) throws(ProgramError) {
    self.experience = experience
    self.lanes = lanes
    self.discount = Float(discount)
    self.lambda = Float(lambda)
    endValue = try CompiledNetwork(
      value.network, value.parameters, rows: lanes.count, on: torso,
      readsBytes: experience.find(.observation)?.element == .uint8)
    nextValues = experience.add("next_value", isComputed: true)
  }

  /// Computes the advantages of a whole rollout.
  ///
  /// - Parameters:
  ///   - advantages: `[R]`, receives them.
  ///   - values: `[R]`, V of the rows' observations with the same parameters.
  public func write(
    into advantages: ExperienceColumn<Float>, values: ExperienceColumn<Float>
  ) {
    writeNextValues()
    experience.writeGeneralizedAdvantages(
      values: values, nextValues: nextValues, discount: discount, lambda: lambda,
      into: advantages)
  }

  /// V of the observations after the last step, and of those at which the step limit struck.
  private func writeNextValues() {
    let (n, rows, steps) = (lanes.count, experience.count, experience.steps)
    nextValues.fill(0..<rows, with: 0)
    lanes.writeObservations(to: endValue.inputs, rows: 0..<n)
    endValue.run()
    for (lane, row) in (rows - n..<rows).enumerated() where steps[row].outcome == .ongoing {
      nextValues[row] = endValue.outputs[lane]
    }
    guard let observations = experience.endingObservations else { return }
    let truncated = experience.endingRows.indices.filter {
      steps[experience.endingRows[$0]].outcome == .truncated
    }
    for start in stride(from: 0, to: truncated.count, by: n) {
      let chunk = Array(truncated[start..<min(start + n, truncated.count)])
      endValue.inputs.gatherRows(chunk, of: observations, to: 0)
      endValue.run()
      for (index, ending) in chunk.enumerated() {
        nextValues[experience.endingRows[ending]] = endValue.outputs[index]
      }
    }
  }
}
