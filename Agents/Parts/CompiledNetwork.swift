import Differentiation
import Networks
import ReinforcementLearning

/// A network compiled by itself for a number of rows; it reads its parameters where they lie.
///
/// V of the observations after a rollout, say, or a deterministic policy.
public final class CompiledNetwork {
  /// B.
  public let rows: Int
  /// `[B, inputs]`, to be filled before a run: numbers, or bytes where the network reads those.
  public let inputs: AnyExperienceColumn
  /// `[B, outputs]`, filled by a run.
  public let outputs: ExperienceColumn<Float>
  private let program: Program<Float>

  /// A program of a network.
  ///
  /// - Parameters:
  ///   - network: of one input.
  ///   - parameters: its own.
  ///   - rows: B.
  ///   - torso: what stands between the inputs and the network, if anything does.
  ///   - readsBytes: whether inputs are bytes.
  ///   - activation: what follows the network's output, element by element.
  /// - Throws: `ProgramError` where there is too little memory.
  public init(
    _ network: any Network, _ parameters: ParameterSet<Float>, rows: Int,
    on torso: TrainedNetwork? = nil, readsBytes: Bool = false,
    activation: (Tensor) -> Tensor = { $0 }
  ) throws(ProgramError) {
    self.rows = rows
    let table = ExperienceGraph(rows: rows, lanes: rows)
    let width = (torso?.network ?? network).inputShape.reduce(1, *)
    inputs =
      readsBytes
      ? ExperienceColumn<UInt8>("input", width: width, capacity: rows)
      : ExperienceColumn<Float>("input", width: width, capacity: rows)
    outputs = ExperienceColumn(
      "output", width: network.outputShape.reduce(1, *), capacity: rows)
    var x = table.input(reading: inputs, shape: [rows, width])
    if let torso { x = torso(x, parameters: table.parameters(torso.parameters)) }
    let output = activation(network(x, parameters: table.parameters(parameters)))
    program = try table.compile([ProgramStage(outputs: [table.output(output, to: outputs)])])
  }

  /// Computes the outputs of all rows.
  public func run() { program.run() }
}
