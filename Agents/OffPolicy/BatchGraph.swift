import Differentiation
import GSL
import Networks
import ReinforcementLearning

/// A graph on a batch of transitions, and where its inputs and outputs lie.
///
/// Shapes: B rows of a batch, D observation, C components of an action, A choices.
struct BatchGraph {
  /// Where a batch goes.
  let batch: ReplayMemory.Batch
  /// `[B, D]`.
  let observations: Tensor
  /// `[B, C]`.
  let actions: Tensor
  /// `[B]`.
  let rewards: Tensor
  /// `[B]`, 1 where the episode goes on.
  let continues: Tensor
  /// `[B, D]`.
  let nextObservations: Tensor
  /// `[B, A]`; nil where all actions are allowed.
  let nextMasks: Tensor?
  private let table: ExperienceGraph

  /// A graph with the batch as its inputs.
  init(
    rows: Int, observationSize: Int, actionSize: Int, maskSize: Int = 0, isBytes: Bool = false
  ) {
    let batch = ReplayMemory.Batch(
      rows: rows, observationSize: observationSize, actionSize: actionSize, maskSize: maskSize,
      isBytes: isBytes)
    let table = ExperienceGraph(rows: rows, lanes: 1)
    func input(_ column: AnyExperienceColumn) -> Tensor {
      table.input(reading: column, shape: column.width == 1 ? [rows] : [rows, column.width])
    }
    func matrix(_ column: AnyExperienceColumn) -> Tensor {
      input(column).reshaped([rows, column.width])
    }
    self.batch = batch
    self.table = table
    observations = matrix(batch.states)
    actions = matrix(batch.actions)
    rewards = input(batch.rewards)
    continues = input(batch.continues)
    nextObservations = matrix(batch.nextStates)
    nextMasks = batch.nextMasks.map(matrix)
  }

  /// Where constants come from.
  var graph: Graph { table.graph }

  /// A new input that is a column: noise, say.
  func input(_ column: ExperienceColumn<Float>, shape: Shape) -> Tensor {
    let tensor = table.graph.input(column.name.description, shape: shape)
    table.bind(tensor, to: column)
    return tensor
  }

  /// New inputs that are parameters, read where they lie.
  func parameters(_ set: ParameterSet<Float>) -> ParameterTensors { table.parameters(set) }

  /// An output that lands in a gradient.
  func gradient(
    of loss: Tensor, by parameters: ParameterTensors, to set: ParameterSet<Float>
  ) -> ProgramOutput {
    table.output(
      Differentiation.gradient(of: loss, withRespectTo: parameters.tensors), to: set)
  }

  /// Compiles the stages.
  func compile(_ stages: [ProgramStage]) throws(ProgramError) -> Program<Float> {
    try table.compile(stages)
  }
}

/// Normal variates for the rows of a batch, from a stream of their own.
final class BatchNoise {
  /// `[B, C]`.
  let column: ExperienceColumn<Float>
  private let deviation: Float
  private let limit: Float
  private var stream: RandomStream

  /// Noise of a deviation, cut off at a limit.
  init(
    rows: Int, width: Int, deviation: Double = 1, limit: Double = .infinity, seed: UInt64,
    purpose: StreamPurpose
  ) {
    column = ExperienceColumn(
      ColumnName(stringLiteral: purpose.rawValue), width: width, capacity: rows)
    self.deviation = Float(deviation)
    self.limit = Float(limit)
    stream = RandomStream(seed: seed, purpose: purpose)
  }

  /// Draws it for all rows.
  func draw() {
    column.withMutableRows(0..<column.capacity) { stream.fillGaussian(&$0) }
    scale()
  }

  /// Gives standard normal variates the deviation, and cuts them off.
  func scale() {
    guard deviation != 1 || limit.isFinite else { return }
    column.withMutableRows(0..<column.capacity) { values in
      for index in values.indices {
        values[index] = min(max(deviation * values[index], -limit), limit)
      }
    }
  }

  func save(to checkpoint: inout SafetensorsFile, name: String) throws {
    checkpoint.metadata["\(name).\(column.name)"] = try encodeState(stream)
  }

  func restore(from checkpoint: SafetensorsFile, name: String) throws {
    let name = "\(name).\(column.name)"
    let stored: RandomStream = try decodeState(checkpoint.metadata[name], named: name)
    try refuse([[stored].fault(replacing: [stream])], in: name)
    stream = stored
  }
}
