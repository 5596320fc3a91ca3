import Differentiation
import Networks

@testable import Agents

/// What a gradient is computed from and where it is: the agent's own graph, or a wrong one.
struct GradientGraph {
  var observations: Tensor
  var noise: Tensor
  var conditionalNoise: Tensor
  /// Noise that has nothing to do with the actions, for graphs that make that mistake.
  var freshNoise: Tensor?
  var mask: Tensor?
  var signal: Tensor
  var weight: Tensor
  var value: Tensor?
  /// What c says that the action adds to the return, `[R]`.
  var advantage: Tensor?
  var freeNoise: Tensor?
  var elapsed: Tensor?
  /// What `FutureControl` multiplies.
  var futureSum: Tensor?
  /// The action as the graph sees it, `[R]`.
  var action: Tensor?
  var parameters: [ParameterTensors]
  var policyGradient: [Tensor]
  var controlVariateGradient: [Tensor] = []
  var coupledGradient: [Tensor] = []
  var direction: ParameterTensors?
}

extension GradientGraph {
  /// The graph that the agent trains with.
  init(
    _ configuration: ActorCriticConfiguration, _ networks: ActorCriticNetworks, rows: Int,
    observationSize: Int, actionCount: Int, hasMask: Bool = false
  ) {
    let graph = ActorCriticGraph(
      configuration, networks, rows: rows, observationSize: observationSize,
      actionCount: actionCount, hasMask: hasMask)
    mask = graph.mask
    observations = graph.observations
    noise = graph.noise
    conditionalNoise = graph.conditionalNoise
    signal = graph.signal
    weight = graph.weight
    value = graph.value
    advantage = graph.advantage
    freeNoise = graph.freeNoise
    elapsed = graph.elapsed
    futureSum = graph.futureSum
    action = networks.kind.jointAction(graph.action)
    parameters = graph.parameters.map(\.tensors)
    policyGradient = graph.policyGradient
    controlVariateGradient = graph.controlVariateGradient
    coupledGradient = graph.coupledGradient
    direction = graph.direction
  }
}

/// A gradient graph compiled in double precision for chunks of R rows.
final class GradientProgram {
  static let rows = 512

  let graph: GradientGraph
  let networks: DoubleNetworks
  private let program: Program<Double>
  private let usesValue: Bool
  private let gradientStage: Int
  private let w: ParameterSet<Double>

  init(_ graph: GradientGraph, _ networks: DoubleNetworks) throws {
    self.graph = graph
    self.networks = networks
    w = ParameterSet<Double>(networks.policy.layout)
    var stages: [ProgramStage] = []
    var outputs = [ProgramOutput("gradient", graph.policyGradient)]
    if let value = graph.value { stages.append(ProgramStage(outputs: [.init("value", value)])) }
    if let action = graph.action { outputs.append(ProgramOutput("action", action)) }
    if let advantage = graph.advantage { outputs.append(ProgramOutput("advantage", advantage)) }
    if let sum = graph.futureSum { outputs.append(ProgramOutput("future", sum)) }
    if !graph.controlVariateGradient.isEmpty {
      outputs.append(ProgramOutput("phi", graph.controlVariateGradient))
    }
    usesValue = graph.value != nil
    gradientStage = stages.count
    stages.append(ProgramStage(outputs: outputs))
    if !graph.coupledGradient.isEmpty {
      stages.append(ProgramStage(outputs: [.init("coupled", graph.coupledGradient)]))
    }
    var bindings = networks.bindings(of: graph.parameters)
    if let direction = graph.direction { bindings += direction.bindings(to: w) }
    program = try Program<Double>(stages: stages, bindings: bindings)
  }

  /// ∇J as the rows estimate it (the agent's own is that of a loss and has the other sign).
  ///
  /// Returns and weights are `[rows]`; V is subtracted here where the graph has one.
  func policyGradient(
    _ samples: EpisodeSamples, returns: [Double], weights: [Double]
  ) -> [Double] {
    var total = [Double](repeating: 0, count: networks.policy.count)
    run(samples, returns: returns, weights: weights) {
      let chunk = program.outputBuffer("gradient")
      for index in total.indices { total[index] -= chunk[index] }
    }
    return total
  }

  /// φ's gradient for the rows: the coupled one where w is given.
  func controlVariateGradient(
    _ samples: EpisodeSamples, returns: [Double], weights: [Double], lossGradient: [Double]? = nil
  ) -> [Double] {
    if let lossGradient { w.values = lossGradient }
    var total = [Double](repeating: 0, count: networks.controlVariate.count)
    run(samples, returns: returns, weights: weights) {
      if lossGradient != nil { program.run(stage: gradientStage + 1) }
      let chunk = program.outputBuffer(lossGradient == nil ? "phi" : "coupled")
      for index in total.indices { total[index] += chunk[index] }
    }
    return total
  }

  /// What c says that each row's action adds to the return.
  func advantages(_ samples: EpisodeSamples) -> [Double] {
    let zeros = [Double](repeating: 0, count: samples.rowCount)
    var result: [Double] = []
    run(samples, returns: zeros, weights: zeros) {
      result += program.outputBuffer("advantage")
    }
    return Array(result[..<samples.rowCount])
  }

  /// z of the rows, which `FutureControl` multiplies.
  func futureSum(_ samples: EpisodeSamples, weights: [Double]) -> [Double] {
    var total: [Double] = []
    run(samples, returns: weights, weights: weights) {
      let chunk = Array(program.outputBuffer("future"))
      total = total.isEmpty ? chunk : zip(total, chunk).map { $0 + $1 }
    }
    return total
  }

  /// How many actions the graph reads from the noise differently from how they were drawn.
  private(set) var differingActions = 0

  private func run(
    _ samples: EpisodeSamples, returns: [Double], weights: [Double], afterChunk: () -> Void
  ) {
    for start in stride(from: 0, to: samples.rowCount, by: graph.weight.shape.count) {
      load(samples, from: start, returns: returns, weights: weights)
      program.run(stage: gradientStage)
      afterChunk()
      guard graph.action != nil else { continue }
      let drawn = program.outputBuffer("action")
      for index in 0..<min(drawn.count, samples.rowCount - start)
      where Int(drawn[index]) != samples.actions[start + index] {
        differingActions += 1
      }
    }
  }

  private func load(
    _ samples: EpisodeSamples, from start: Int, returns: [Double], weights: [Double]
  ) {
    let rows = graph.weight.shape.count
    let (d, a) = (graph.observations.shape[1], graph.noise.shape[1])
    let count = min(rows, samples.rowCount - start)
    func fill(_ tensor: Tensor?, _ padding: Double, _ element: (Int) -> Double) {
      guard let tensor, program.reads(tensor) else { return }
      let width = tensor.shape.count / rows
      let pointer = program.inputPointer(tensor)
      for index in 0..<count * width { pointer[index] = element(start * width + index) }
      for index in count * width..<rows * width { pointer[index] = padding }
    }
    fill(graph.observations, 0) { samples.states[$0 / d] == $0 % d ? 1 : 0 }
    fill(graph.noise, 1) { samples.noise[$0] }
    fill(graph.conditionalNoise, 1) { samples.conditionalNoise[$0] }
    fill(graph.freshNoise, 1) { samples.freshNoise[$0] }
    fill(graph.freeNoise, 1) { samples.freeNoise[$0] }
    fill(graph.elapsed, 0) { Double(samples.steps[$0]) / 10 }
    fill(graph.mask, 1) { samples.masks[$0] }
    fill(graph.weight, 0) { weights[$0] }
    if usesValue { program.run(stage: 0) }
    let value = usesValue ? program.outputBuffer("value") : nil
    fill(graph.signal, 0) { returns[$0] - (value?[$0 - start] ?? 0) }
    precondition(a == samples.noise.count / max(1, samples.rowCount), "Noise of another width.")
  }
}
