import Differentiation
import Networks
import ReinforcementLearning

/// The stages of an actor-critic, compiled for a number of rows, with the addresses of its inputs.
final class ActorCriticProgram {
  /// The stages in the order in which they run; those that a configuration lacks are nil.
  struct Stages {
    var act = 0
    var values: Int?
    var gradient: Int?
    var coupledGradient: Int?
  }

  /// Where the gradients go.
  struct Destinations {
    var policy: ParameterSet<Float>
    var value: ParameterSet<Float>?
    var controlVariate: ParameterSet<Float>?
    var torso: ParameterSet<Float>?
    var future: ParameterSet<Float>?
    var surrogate: ParameterSet<Float>?
    var plain: ParameterSet<Float>?
  }

  let rows: Int
  let program: Program<Float>
  let stages: Stages
  /// R rows whose columns are the program's inputs and outputs: those that it reads and writes.
  let experience: Experience
  let signal: ExperienceColumn<Float>?
  let plainSignal: ExperienceColumn<Float>?
  let valueTarget: ExperienceColumn<Float>?
  let weight: ExperienceColumn<Float>?
  /// V of the observations.
  let values: ExperienceColumn<Float>?
  /// What c says that the actions add to the return.
  let advantages: ExperienceColumn<Float>?

  /// Compiles a graph.
  ///
  /// - Parameters:
  ///   - graph: for the same number of rows.
  ///   - networks: whose parameters it reads.
  ///   - rows: R.
  ///   - lanes: N, whose steps the rows are.
  ///   - showsEntropy: whether acting writes a column `entropy`.
  ///   - destinations: where gradients are written; nil compiles acting alone.
  /// - Throws: `ProgramError` where the graph mixes rows.
  init(
    _ graph: ActorCriticGraph, _ networks: ActorCriticNetworks, rows: Int,
    lanes: Int, showsEntropy: Bool = false, destinations: Destinations? = nil
  ) throws {
    self.rows = rows
    let table = graph.table(rows: rows, lanes: lanes)
    var descriptions = [
      ProgramStage(
        rowInputs: [graph.observations, graph.noise] + [graph.mask].compactMap { $0 },
        outputs: [table.output(.action, graph.action)]
          + (showsEntropy ? [table.output(.entropy, graph.entropy, isComputed: true)] : []))
    ]
    var stages = Stages()
    func add(_ outputs: [ProgramOutput]) -> Int {
      descriptions.append(ProgramStage(outputs: outputs))
      return descriptions.count - 1
    }
    if let destinations {
      let known: [(ColumnName, Tensor?)] = [
        ("value", graph.value), ("advantage", graph.advantage),
      ]
      let outputs = known.compactMap { name, tensor in
        tensor.map { table.output(name, $0, isComputed: true) }
      }
      if !outputs.isEmpty { stages.values = add(outputs) }
      var gradients = [table.output(graph.policyGradient, to: destinations.policy)]
      if let value = destinations.value, !graph.valueGradient.isEmpty {
        gradients.append(table.output(graph.valueGradient, to: value))
      }
      if let torso = destinations.torso, !graph.torsoGradient.isEmpty {
        gradients.append(table.output(graph.torsoGradient, to: torso))
      }
      if let phi = destinations.controlVariate, !graph.controlVariateGradient.isEmpty {
        gradients.append(table.output(graph.controlVariateGradient, to: phi))
      }
      if let plain = destinations.plain, !graph.plainGradient.isEmpty {
        gradients.append(table.output(graph.plainGradient, to: plain))
      }
      if let future = destinations.future, let sum = graph.futureSum {
        gradients.append(table.output([sum], to: future))
      }
      if let surrogate = destinations.surrogate, !graph.surrogateSums.isEmpty {
        gradients.append(table.output(graph.surrogateSums, to: surrogate))
      }
      stages.gradient = add(gradients)
      if let phi = destinations.controlVariate, !graph.coupledGradient.isEmpty {
        stages.coupledGradient = add([table.output(graph.coupledGradient, to: phi)])
      }
      if let direction = graph.direction {
        // w is the gradient that phase 0 left in the agent's own buffer, summed over all shards.
        table.bind(direction, to: networks.policy.gradient)
      }
    }
    program = try table.compile(descriptions)
    self.stages = stages
    experience = table.experience
    signal = experience.column("signal")
    plainSignal = experience.column("plain_signal")
    valueTarget = experience.column("value_target")
    weight = experience.column("weight")
    values = experience.column("value")
    advantages = experience.column("advantage")
  }
}

extension ActorCriticGraph {
  /// Makes columns of the graph's inputs, and binds it to the networks' parameters.
  func table(rows: Int, lanes: Int) -> ExperienceGraph {
    let table = ExperienceGraph(graph, rows: rows, lanes: lanes)
    for part in parameters { table.bind(part.tensors, to: part.values) }
    table.bind(.observation, observations)
    if let mask { table.bind(.mask, mask) }
    table.bind(.noise, noise)
    table.bind(.conditionalNoise, conditionalNoise)
    table.bind(.freeNoise, freeNoise)
    table.bind(.elapsed, elapsed, isComputed: true)
    table.bind("signal", signal, isComputed: true)
    table.bind("plain_signal", plainSignal, isComputed: true)
    table.bind("value_target", valueTarget, isComputed: true)
    table.bind("weight", weight, isComputed: true)
    return table
  }
}
