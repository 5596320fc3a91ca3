import Differentiation
import Networks
import ReinforcementLearning

/// The stages of an actor-critic, compiled for a number of rows, with the addresses of its inputs.
final class ActorCriticProgram {
  /// The stages in the order in which they run; those that a configuration lacks are nil.
  struct Stages {
    var act = 0
    var values: Int?
    var bootstrap: Int?
    var gradient: Int?
    var coupledGradient: Int?
  }

  /// Where the gradients go.
  struct Destinations {
    var policy: ParameterSet<Float>
    var value: ParameterSet<Float>?
    var controlVariate: ParameterSet<Float>?
  }

  /// `[N, D]` observations that end a rollout, and `[N]` V of them.
  struct Ends {
    let observations: ExperienceColumn<Float>
    let values: ExperienceColumn<Float>

    init(lanes: Int, size: Int) {
      observations = ExperienceColumn(.observation, width: size, capacity: lanes)
      values = ExperienceColumn("value", width: 1, capacity: lanes)
    }
  }

  let rows: Int
  let program: Program<Float>
  let stages: Stages
  /// R rows whose columns are the program's inputs and outputs: those that it reads and writes.
  let experience: Experience
  let observations: ExperienceColumn<Float>
  let actions: ExperienceColumn<Float>
  /// Nil when the likeliest action is taken, whatever the noise.
  var noise: ExperienceColumn<Float>? { experience.column(.noise) }
  var mask: ExperienceColumn<Float>? { experience.column(.mask) }
  let signal: ExperienceColumn<Float>?
  let valueTarget: ExperienceColumn<Float>?
  let weight: ExperienceColumn<Float>?
  /// V of the observations.
  private(set) var values: ExperienceColumn<Float>?
  private(set) var ends: Ends?
  /// Nil unless asked for.
  let policyOutputs: ExperienceColumn<Float>?
  /// The program reads their parameters in place.
  private let networks: ActorCriticNetworks

  /// Compiles a graph.
  ///
  /// - Parameters:
  ///   - graph: for the same number of rows.
  ///   - networks: whose parameters it reads.
  ///   - rows: R.
  ///   - greedy: whether to act by the likeliest action.
  ///   - showsOutputs: whether what the policy's network gives can be looked at.
  ///   - showsEntropy: whether acting writes a column `entropy`.
  ///   - destinations: where gradients are written; nil compiles acting alone.
  /// - Throws: `ProgramError` where the graph mixes rows.
  init(
    _ graph: ActorCriticGraph, _ networks: ActorCriticNetworks, rows: Int, greedy: Bool = false,
    showsOutputs: Bool = false, showsEntropy: Bool = false, destinations: Destinations? = nil
  ) throws {
    self.rows = rows
    var descriptions = [
      ProgramStage(
        rowInputs: [graph.observations] + (greedy ? [] : [graph.noise])
          + [graph.mask].compactMap { $0 },
        outputs: [ProgramOutput("action", greedy ? graph.likeliestAction : graph.action)]
          + (showsOutputs ? [ProgramOutput("policy output", graph.policyOutputs)] : [])
          + (showsEntropy ? [ProgramOutput("entropy", graph.entropy)] : []))
    ]
    var stages = Stages()
    var bindings = graph.parameters.flatMap { $0.tensors.bindings(to: $0.values) }
    let experience = Experience(rows: rows, lanes: graph.bootstrapObservations.shape[0])
    /// A column that the program writes.
    func column(
      _ name: ColumnName, _ tensor: Tensor, isComputed: Bool = false
    ) -> ExperienceColumn<Float> {
      experience.add(name, width: tensor.shape.count / rows, isComputed: isComputed)
    }
    /// One that it reads.
    func input(
      _ name: ColumnName, _ tensor: Tensor, isComputed: Bool = false
    ) -> ExperienceColumn<Float> {
      let column = column(name, tensor, isComputed: isComputed)
      bindings.append(ProgramBinding(tensor, column.pointer, ownedBy: column))
      return column
    }
    observations = input(.observation, graph.observations)
    var optional: [(name: ColumnName, tensor: Tensor)] = []
    func addInput(_ name: ColumnName, _ tensor: Tensor?, isComputed: Bool = false) {
      guard let tensor else { return }
      _ = input(name, tensor, isComputed: isComputed)
      optional.append((name, tensor))
    }
    addInput(.mask, graph.mask)
    addInput(.noise, graph.noise)
    addInput(.conditionalNoise, graph.conditionalNoise)
    addInput("signal", graph.signal, isComputed: true)
    addInput("value_target", graph.valueTarget, isComputed: true)
    addInput("weight", graph.weight, isComputed: true)
    let actions = column(.action, graph.action)
    var addresses = ["action": actions.pointer]
    let outputs =
      showsOutputs ? column("policy_output", graph.policyOutputs, isComputed: true) : nil
    addresses["policy output"] = outputs?.pointer
    if showsEntropy {
      addresses["entropy"] = column(.entropy, graph.entropy, isComputed: true).pointer
    }
    func add(_ outputs: [ProgramOutput]) -> Int {
      descriptions.append(ProgramStage(outputs: outputs))
      return descriptions.count - 1
    }
    if let destinations {
      if let value = graph.value, let bootstrap = graph.bootstrapValue {
        stages.values = add([ProgramOutput("value", value)])
        stages.bootstrap = add([ProgramOutput("bootstrap", bootstrap)])
        values = column("value", value, isComputed: true)
        addresses["value"] = values?.pointer
        let ends = Ends(lanes: bootstrap.shape[0], size: graph.observations.shape[1])
        bindings.append(
          ProgramBinding(
            graph.bootstrapObservations, ends.observations.pointer, ownedBy: ends.observations))
        addresses["bootstrap"] = ends.values.pointer
        self.ends = ends
      }
      var outputs = [ProgramOutput("policy gradient", graph.policyGradient)]
      addresses["policy gradient"] = destinations.policy.pointer
      if !graph.valueGradient.isEmpty {
        outputs.append(ProgramOutput("value gradient", graph.valueGradient))
        addresses["value gradient"] = destinations.value?.pointer
      }
      if !graph.controlVariateGradient.isEmpty {
        outputs.append(ProgramOutput("control variate gradient", graph.controlVariateGradient))
      }
      stages.gradient = add(outputs)
      if !graph.coupledGradient.isEmpty {
        stages.coupledGradient = add([
          ProgramOutput("control variate gradient", graph.coupledGradient)
        ])
      }
      addresses["control variate gradient"] = destinations.controlVariate?.pointer
      if let direction = graph.direction {
        // w is the gradient that phase 0 left in the agent's own buffer, summed over all shards.
        bindings += direction.bindings(to: networks.policy.gradient)
      }
    }
    let program = try Program<Float>(
      stages: descriptions, bindings: bindings, destinations: addresses)
    for (name, tensor) in optional where !program.reads(tensor) { experience.remove(name) }
    self.program = program
    self.networks = networks
    self.stages = stages
    self.experience = experience
    self.actions = actions
    policyOutputs = outputs
    signal = experience.column("signal")
    valueTarget = experience.column("value_target")
    weight = experience.column("weight")
  }
}
