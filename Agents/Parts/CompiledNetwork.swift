import Differentiation
import Networks
import ReinforcementLearning

/// A network compiled by itself for a number of rows; it reads its parameters where they lie.
///
/// V of the observations after a rollout, say, or a deterministic policy.
public final class CompiledNetwork {
  /// B.
  public let rows: Int
  /// `[B, inputs]`, to be filled before a run.
  public let inputs: ExperienceColumn<Float>
  /// `[B, outputs]`, filled by a run.
  public let outputs: ExperienceColumn<Float>
  private let program: Program<Float>

  /// A program of a network.
  ///
  /// - Parameters:
  ///   - network: of one input.
  ///   - parameters: its own.
  ///   - rows: B.
  ///   - activation: what follows the network's output, element by element.
  /// - Throws: `ProgramError` where there is too little memory.
  public init(
    _ network: any Network, _ parameters: ParameterSet<Float>, rows: Int,
    activation: (Tensor) -> Tensor = { $0 }
  ) throws(ProgramError) {
    self.rows = rows
    let table = ExperienceGraph(rows: rows, lanes: rows)
    inputs = ExperienceColumn(
      "input", width: network.inputShape.reduce(1, *), capacity: rows)
    outputs = ExperienceColumn(
      "output", width: network.outputShape.reduce(1, *), capacity: rows)
    let x = table.graph.input("inputs", shape: [rows, inputs.width])
    table.bind(x, to: inputs)
    let output = activation(network(x, parameters: table.parameters(parameters)))
    program = try table.compile([ProgramStage(outputs: [table.output(output, to: outputs)])])
  }

  /// Computes the outputs of all rows.
  public func run() { program.run() }
}
