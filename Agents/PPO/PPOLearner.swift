import Differentiation
import Networks
import ReinforcementLearning

/// The gradients of the clipped surrogate and of V's loss on a shard's share of a minibatch, compiled.
///
/// Schulman et al. (2017), "Proximal policy optimization algorithms", equation 7: the policy ascends on
/// the mean of min(r A, clip(r, 1 − ε, 1 + ε) A), r being the probability of what was done over that
/// when it was done. V descends on ½ (V − target)².
///
/// Shapes: B rows of which some may be padding, D observation, C numbers of an action.
final class PPOLearner {
  /// B.
  let rows: Int
  /// What the last run found.
  var statistics: PPOStatistics {
    PPOStatistics(
      divergence: Double(numbers[0]), clippedShare: Double(numbers[1]),
      entropy: Double(numbers[2]))
  }

  private let program: Program<Float>
  /// Columns that are copied from the rollout, with those they come from.
  private let copied: [(target: AnyExperienceColumn, source: AnyExperienceColumn)]
  private let advantage: ExperienceColumn<Float>
  private let weight: ExperienceColumn<Float>
  private let rollout: Experience
  private let numbers: ExperienceColumn<Float>

  /// The largest log r: beyond it e^log r, and its derivative, would leave single precision.
  private static let largestLogRatio = 20.0

  /// - Parameters:
  ///   - networks: policy and V, whose parameters are read where they lie.
  ///   - model: of the policy.
  ///   - configuration: the settings.
  ///   - rows: B.
  ///   - rollout: with the columns that rows are gathered from.
  ///   - epoch: with the clip range.
  ///   - gradients: of policy and V, and of a torso that they share, where they are written.
  /// - Throws: `ProgramError` where there is too little memory.
  init(
    _ networks: PPONetworks, _ model: PolicyModel, _ configuration: PPOConfiguration, rows: Int,
    rollout: Experience, epoch: PPOEpoch, gradients: [ParameterSet<Float>]
  ) throws(ProgramError) {
    self.rows = rows
    self.rollout = rollout
    let table = ExperienceGraph(rows: rows, lanes: 1)
    func input(_ name: ColumnName) -> Tensor {
      let width = rollout.find(name)?.width ?? 1
      return table.input(
        name, width: width > 1 || name == .observation ? width : nil,
        isBytes: name == .observation && model.observations.isBytes)
    }
    let x = input(.observation)
    let shared = networks.torso.map { table.parameters($0.parameters) }
    var seen = x
    if let torso = networks.torso, let shared { seen = torso(x, parameters: shared) }
    let mask = rollout.column(.mask).map { table.input(.mask, width: $0.width) }
    let noise = table.input(.noise, width: model.actions.noiseSize)
    let scored = PPORollout.scored(model)
    let drawn =
      model.kind == .categorical
      ? table.input(scored) : table.input(scored, width: model.actions.size)
    let oldLogProbability = input(.logProbability)
    let advantage = input(.advantage)
    let oldValue = input(.value)
    let target = input(.valueTarget)
    let weight = input(.weight)
    let clipRange = table.graph.input("clip range", shape: [])
    table.bind(clipRange, to: epoch.clipRange)

    let theta = table.parameters(networks.policy.parameters)
    let policy = model.distribution(
      outputs: networks.policy(seen, parameters: theta), parameters: theta, mask: mask)
    let change = policy.logProbability(ofDrawn: drawn) - oldLogProbability
    let logRatio = Tensor.minimum(change, table.graph.constant(Self.largestLogRatio))
    let ratio = logRatio.exp()
    let clipped = Tensor.minimum(Tensor.maximum(ratio, 1 - clipRange), 1 + clipRange)
    let entropy = policy.entropy(noise: noise)
    var objective = Tensor.minimum(ratio * advantage, clipped * advantage)
    if configuration.entropyCoefficient != 0 {
      objective = objective + configuration.entropyCoefficient * entropy
    }
    // Minus: the optimizer minimizes.
    let policyLoss = -(weight * objective).sum()

    let omega = table.parameters(networks.value.parameters)
    let value = networks.value(seen, parameters: omega).reshaped([rows])
    var error = (value - target).squared()
    if configuration.valueClipRange > 0 {
      let limit = table.graph.constant(configuration.valueClipRange)
      let moved = Tensor.minimum(Tensor.maximum(value - oldValue, -limit), limit)
      error = Tensor.maximum(error, (oldValue + moved - target).squared())
    }
    let valueLoss = 0.5 * (weight * error).sum()

    numbers = ExperienceColumn("statistics", width: 3, capacity: 1)
    let found = [
      weight * (ratio - 1 - logRatio),
      weight * Tensor.greater((ratio - 1).absolute(), clipRange), weight * entropy,
    ].map { $0.sum().reshaped([1]) }
    var outputs = [
      table.output(gradient(of: policyLoss, withRespectTo: theta.tensors), to: gradients[0]),
      table.output(gradient(of: valueLoss, withRespectTo: omega.tensors), to: gradients[1]),
      table.output(Tensor.concatenate(found, axis: 0), to: numbers),
    ]
    if let shared {
      let loss = policyLoss + configuration.network.valueWeight * valueLoss
      outputs.append(
        table.output(gradient(of: loss, withRespectTo: shared.tensors), to: gradients[2]))
    }
    program = try table.compile([ProgramStage(outputs: outputs)])
    let experience = table.experience
    self.advantage = experience[.advantage]
    self.weight = experience[.weight]
    copied = experience.columns.compactMap { column in
      if column.name == .advantage || column.name == .weight { return nil }
      guard let source = rollout.columns.first(where: { $0.name == column.name }) else {
        fatalError("A rollout of PPO has no column \"\(column.name)\".")
      }
      return (column, source)
    }
  }

  /// Differentiates on some rows of the rollout.
  ///
  /// - Parameters:
  ///   - chosen: at least 1 and at most B.
  ///   - minibatch: how advantages are normalized and rows weighted.
  func run(_ chosen: ArraySlice<Int32>, _ minibatch: PPOEpoch.Minibatch) {
    for (target, source) in copied { target.fill(withRows: chosen, of: source) }
    let steps = rollout.steps
    let advantages = rollout[.advantage].elements(0..<rollout.count)
    let (normalized, weights) = (advantage.elements(0..<rows), weight.elements(0..<rows))
    for (row, place) in chosen.enumerated() {
      let advantage = Double(advantages[Int(place)])
      normalized[row] = Float((advantage - minibatch.center) * minibatch.scale)
      weights[row] = steps[Int(place)].isLost ? 0 : Float(minibatch.weight)
    }
    // Padding counts for nothing.
    for row in chosen.count..<rows { weights[row] = 0 }
    program.run()
  }
}

extension ColumnName {
  /// `[R]`, log π of what was done, under the policy that did it.
  static let logProbability: ColumnName = "log_probability"
  static let advantage: ColumnName = "advantage"
  static let value: ColumnName = "value"
  static let valueTarget: ColumnName = "value_target"
  static let weight: ColumnName = "weight"
}
