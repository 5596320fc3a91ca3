import Differentiation
import Distributions
import GSL
import Networks
import Noise
import ReinforcementLearning

/// A trained policy as a compiled program, for as many rows at once as it is made for.
public final class CompiledPolicy: GraphPolicy {
  /// The rows that are acted for at once.
  public let rows: Int
  /// Whether logits, or means and deviations, of the last actions were finite numbers.
  public private(set) var hasFiniteOutputs = true
  /// Whether actions are drawn where there are streams: not where `drawn` is the likeliest action itself.
  public let drawsActions: Bool
  /// What it computes where it acts as seems best to it.
  public let function: PolicyFunction
  private let program: Program<Float>
  private let observations: AnyExperienceColumn
  private let mask: ExperienceColumn<Float>?
  private let noise: ExperienceColumn<Float>?
  private let outputs: ExperienceColumn<Float>
  private let likeliest: ExperienceColumn<Float>
  private let drawn: ExperienceColumn<Float>
  private let actions: ActionModel
  private let kind: NoiseKind
  private let normalizer: ObservationNormalizer?

  /// A policy of any kind.
  ///
  /// - Parameters:
  ///   - table: a graph whose rows are acted for, with columns `observation`, `mask` where actions are
  ///     choices, and `noise`.
  ///   - outputs: what actions are drawn from, logits say, which must be finite.
  ///   - likeliest: the most probable action: `[R]` numbers of choices, or `[R, C]` real ones.
  ///   - drawn: the action drawn with the noise, alike.
  ///   - actions: how the environment takes them.
  ///   - kind: of the noise.
  ///   - normalizer: with which observations were seen in training, where they were normalized.
  /// - Throws: `ProgramError` where there is too little memory.
  public init(
    _ table: ExperienceGraph, outputs: Tensor, likeliest: Tensor, drawn: Tensor,
    actions: ActionModel, noise kind: NoiseKind, normalizer: ObservationNormalizer? = nil
  ) throws(ProgramError) {
    let experience = table.experience
    func column(_ tensor: Tensor) -> ExperienceColumn<Float> {
      ExperienceColumn(
        "output", width: tensor.shape.count / experience.capacity, capacity: experience.capacity)
    }
    rows = experience.capacity
    drawsActions = drawn.index != likeliest.index
    self.outputs = column(outputs)
    self.likeliest = column(likeliest)
    self.drawn = column(drawn)
    // What is drawn comes from outputs that the stage before has computed.
    program = try table.compile([
      ProgramStage(outputs: [
        table.output(outputs, to: self.outputs), table.output(likeliest, to: self.likeliest),
      ]),
      ProgramStage(outputs: [table.output(drawn, to: self.drawn)]),
    ])
    guard let observations = experience.find(.observation) else {
      fatalError("A policy needs a column \"observation\" that it reads.")
    }
    self.observations = observations
    mask = experience.column(.mask)
    noise = experience.column(.noise)
    self.actions = actions
    self.kind = kind
    self.normalizer = normalizer
    function = PolicyFunction(
      table, likeliest: likeliest, actions: actions, normalizer: normalizer)
  }

  /// A policy that draws one choice by a network's logits.
  ///
  /// - Parameters:
  ///   - network: with the parameters of a checkpoint, as `restore` has read them.
  ///   - actions: the choices, as many as the network has outputs.
  ///   - rows: how many observations to act for at once.
  /// - Throws: `ProgramError` where there is too little memory, or a parameter that is not finite.
  public convenience init(
    choosingBy network: TrainedNetwork, actions: ActionModel, rows: Int
  ) throws {
    try network.parameters.requireFinite()
    let table = ExperienceGraph(rows: rows, lanes: rows)
    let x = table.input(.observation, width: network.network.inputShape.reduce(1, *))
    let mask = table.input(.mask, width: actions.noiseSize)
    let noise = table.input(.noise, width: actions.noiseSize)
    let logits = network(x, parameters: table.parameters(network.parameters))
    let distribution = Categorical(logits: logits, mask: mask)
    try self.init(
      table, outputs: logits, likeliest: distribution.logProbabilities.argMax(),
      drawn: distribution.relaxedSample(noise: noise).argMax(), actions: actions,
      noise: Categorical.noise)
  }

  /// Chooses actions, see `TrainedPolicy`.
  public func act(
    observations: Span<Float>, masks: Span<Float>?, streams: inout [RandomStream]?
  ) -> ActionRows {
    requireCounts(observations: observations.count, masks: masks?.count, streams: streams?.count)
    self.observations.write(observations)
    if let normalizer, let column = self.observations as? ExperienceColumn<Float> {
      column.withMutableRows(0..<rows) { normalizer.normalize(&$0) }
    }
    mask?.withMutableRows(0..<rows) { target in
      for index in target.indices { target[index] = if let masks { masks[index] } else { 1 } }
    }
    program.run(stage: 0)
    hasFiniteOutputs = outputs.withRows(0..<rows) { $0.areAllFinite }
    guard streams != nil else { return likeliest.withRows(0..<rows) { actions.rows($0) } }
    if let noise {
      for row in 0..<rows {
        noise.withMutableRows(row..<row + 1) { streams?[row].fill(kind, &$0) }
      }
    }
    program.run(stage: 1)
    return drawn.withRows(0..<rows) { actions.rows($0) }
  }

  private func requireCounts(observations: Int, masks: Int?, streams: Int?) {
    let size = rows * self.observations.width
    insist(
      observations == size, "\(rows) observations have \(size) numbers, not \(observations).")
    let maskSize = rows * (mask?.width ?? actions.noiseSize)
    insist(
      masks ?? maskSize == maskSize,
      "\(rows) masks have \(maskSize) numbers, not \(masks ?? 0).")
    insist(
      streams ?? rows == rows,
      "\(rows) actions are drawn from as many streams, not \(streams ?? 0).")
  }
}
