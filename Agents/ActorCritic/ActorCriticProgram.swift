import Differentiation
import Networks

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
    var policy: UnsafeMutablePointer<Float>
    var value: UnsafeMutablePointer<Float>?
    var controlVariate: UnsafeMutablePointer<Float>?
  }

  let rows: Int
  let program: Program<Float>
  let stages: Stages
  let observations: UnsafeMutablePointer<Float>
  /// Nil when the likeliest action is taken, whatever the noise.
  let noise: UnsafeMutablePointer<Float>?
  let mask: UnsafeMutablePointer<Float>?
  let conditionalNoise: UnsafeMutablePointer<Float>?
  let signal: UnsafeMutablePointer<Float>?
  let valueTarget: UnsafeMutablePointer<Float>?
  let weight: UnsafeMutablePointer<Float>?
  let bootstrapObservations: UnsafeMutablePointer<Float>?
  let actions: UnsafePointer<Float>
  /// Nil unless asked for.
  let policyOutputs: UnsafeBufferPointer<Float>?
  let values: UnsafePointer<Float>?
  let bootstrapValues: UnsafePointer<Float>?
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
  ///   - destinations: where gradients are written; nil compiles acting alone.
  /// - Throws: `ProgramError` where the graph mixes rows.
  init(
    _ graph: ActorCriticGraph, _ networks: ActorCriticNetworks, rows: Int, greedy: Bool = false,
    showsOutputs: Bool = false, destinations: Destinations? = nil
  ) throws {
    self.rows = rows
    var descriptions = [
      ProgramStage(
        rowInputs: [graph.observations] + (greedy ? [] : [graph.noise])
          + [graph.mask].compactMap { $0 },
        outputs: [ProgramOutput("action", greedy ? graph.likeliestAction : graph.action)]
          + (showsOutputs ? [ProgramOutput("policy output", graph.policyOutputs)] : []))
    ]
    var stages = Stages()
    var bindings = graph.parameters.flatMap { $0.tensors.bindings(to: $0.values) }
    var addresses: [String: UnsafeMutablePointer<Float>] = [:]
    func add(_ outputs: [ProgramOutput]) -> Int {
      descriptions.append(ProgramStage(outputs: outputs))
      return descriptions.count - 1
    }
    if let destinations {
      if let value = graph.value, let bootstrap = graph.bootstrapValue {
        stages.values = add([ProgramOutput("value", value)])
        stages.bootstrap = add([ProgramOutput("bootstrap", bootstrap)])
      }
      var outputs = [ProgramOutput("policy gradient", graph.policyGradient)]
      addresses["policy gradient"] = destinations.policy
      if !graph.valueGradient.isEmpty {
        outputs.append(ProgramOutput("value gradient", graph.valueGradient))
        addresses["value gradient"] = destinations.value
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
      addresses["control variate gradient"] = destinations.controlVariate
      if let direction = graph.direction {
        // w is the gradient that phase 0 left in the agent's own buffer, summed over all shards.
        bindings += direction.bindings(to: networks.policy.gradient)
      }
    }
    let program = try Program<Float>(
      stages: descriptions, bindings: bindings, destinations: addresses)
    func input(_ tensor: Tensor) -> UnsafeMutablePointer<Float>? {
      program.reads(tensor) ? program.inputPointer(tensor) : nil
    }
    func output(_ name: String) -> UnsafePointer<Float>? {
      program.outputBuffer(name).baseAddress.map { UnsafePointer($0) }
    }
    guard let actions = output("action") else {
      fatalError("An actor-critic has at least one action.")
    }
    self.program = program
    self.networks = networks
    self.stages = stages
    self.actions = actions
    observations = program.inputPointer(graph.observations)
    noise = input(graph.noise)
    mask = graph.mask.flatMap { input($0) }
    conditionalNoise = input(graph.conditionalNoise)
    signal = input(graph.signal)
    valueTarget = input(graph.valueTarget)
    weight = input(graph.weight)
    bootstrapObservations = input(graph.bootstrapObservations)
    policyOutputs =
      showsOutputs ? UnsafeBufferPointer(program.outputBuffer("policy output")) : nil
    values = stages.values == nil ? nil : output("value")
    bootstrapValues = stages.bootstrap == nil ? nil : output("bootstrap")
  }
}
