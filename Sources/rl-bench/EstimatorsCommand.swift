import ArgumentParser
import BlackBoxOptimization
import CKernels
import Differentiation
import Distributions
import Estimators
import GSL
import Networks

/// `rl-bench estimators`: training steps per second with REINFORCE and RELAX on one core.
struct EstimatorsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "estimators",
    abstract: "Training steps per second of gradient estimators, small and large.")

  @Option(help: "How many times each case is measured.")
  var repeats = 5

  @Option(help: "Seconds of processor time per measurement.")
  var seconds = 0.3

  @Option(
    help: "Only the cases whose name contains this, such as 1-bernoulli, 100-bits or relax-200.")
  var only = ""

  func validate() throws {
    guard repeats >= 1 else {
      throw ValidationError("--repeats must be at least 1 but is \(repeats).")
    }
    guard seconds > 0, seconds.isFinite else {
      throw ValidationError("--seconds must be above 0 but is \(seconds).")
    }
  }

  func run() throws {
    for runs in [1, 20] {
      for usesRELAX in [false, true] {
        let name = "\(usesRELAX ? "relax" : "reinforce")-1-bernoulli"
        guard isChosen(name) else { continue }
        let training = try OneVariable(runs: runs, usesRELAX: usesRELAX)
        let rates = try measure { try training.step() }.map { $0 * Double(runs) }
        print(
          """
          {"benchmark": "estimators", "name": "\(name)", \
          "batch": 1, "runs_side_by_side": \(runs), "steps_per_second": \(Int(median(rates))), \
          "min": \(Int(rates.min() ?? 0)), "max": \(Int(rates.max() ?? 0))}
          """)
      }
    }
    if isChosen("100-bits") { try compareOnManyBits() }
    guard isChosen("relax-200-bernoulli") else { return }
    let training = try ManyVariables()
    var shares: [Double] = []
    var milliseconds: [Double] = []
    // In turns, so that a slow minute of the machine hits both.
    for _ in 0..<repeats {
      let peak = MultiplyAddLimit.measure()
      let rate = try measure(repeats: 1) { try training.step() }[0]
      shares.append(rate * ManyVariables.operations / peak)
      milliseconds.append(1000 / rate)
    }
    print(
      """
      {"benchmark": "estimators", "name": "relax-200-bernoulli", "batch": \(ManyVariables.batch), \
      "ms_per_step": \(median(milliseconds)), "min": \(milliseconds.min() ?? 0), \
      "max": \(milliseconds.max() ?? 0), "mflop_per_step": \(ManyVariables.operations / 1e6), \
      "share_of_limit": \(median(shares)), "share_min": \(shares.min() ?? 0), \
      "share_max": \(shares.max() ?? 0), "mflop_executed": \(Double(training.executed) / 1e6)}
      """)
  }

  /// RELAX, RLOO and others on the same black box, in turns.
  private func compareOnManyBits() throws {
    let estimators: [BlackBoxEstimator] = [.rloo, .relax, .relaxRLOO, .surrogate]
    let trainings = try estimators.map { try BlackBoxSteps($0) }
    var rates = [[Double]](repeating: [], count: estimators.count)
    for _ in 0..<repeats {
      for (index, training) in trainings.enumerated() {
        rates[index] += try measure(repeats: 1) { try training.step() }
      }
    }
    for (estimator, found) in zip(estimators, rates) {
      let cost = zip(rates[0], found).map { $0 / $1 }
      print(
        """
        {"benchmark": "estimators", "name": "\(estimator.rawValue)-\(BlackBoxSteps.variables)-bits", \
        "samples": \(BlackBoxSteps.samples), "steps_per_second": \(Int(median(found))), \
        "min": \(Int(found.min() ?? 0)), "max": \(Int(found.max() ?? 0)), \
        "times_the_cost_of_rloo": \(median(cost)), "cost_min": \(cost.min() ?? 0), \
        "cost_max": \(cost.max() ?? 0)}
        """)
    }
  }

  private func isChosen(_ name: String) -> Bool { only.isEmpty || name.contains(only) }

  /// Calls per second of processor time.
  private func measure(repeats: Int? = nil, _ body: () throws -> Void) throws -> [Double] {
    func time(_ count: Int) throws -> Double {
      let start = threadSeconds()
      for _ in 0..<count { try body() }
      return threadSeconds() - start
    }
    var count = 1
    while try time(count) < seconds / 10 { count *= 2 }
    count *= 5
    return try (0..<(repeats ?? self.repeats)).map { _ in Double(count) / (try time(count)) }
  }
}

/// E[(b − 0.499)²] over one Bernoulli variable, batch 1; independent runs as rows.
private final class OneVariable {
  private let logits: ParameterSet<Float>
  private let phi: ParameterSet<Float>
  private let gradients: (logits: ParameterSet<Float>, phi: ParameterSet<Float>)
  private let optimizers: (logits: Optimizer<Float>, phi: Optimizer<Float>)
  private let program: Program<Float>
  private let noise: [UnsafeMutablePointer<Float>]
  private let runs: Int
  private var stream = RandomStream(seed: 1, purpose: "benchmark-noise")

  init(runs: Int, usesRELAX: Bool) throws {
    self.runs = runs
    let units = 10
    logits = ParameterSet([ParameterEntry("logit", [runs, 1])])
    phi = ParameterSet(
      usesRELAX
        ? [
          ParameterEntry("weight1", [runs, units]), ParameterEntry("bias1", [runs, units]),
          ParameterEntry("weight2", [runs, units]), ParameterEntry("bias2", [runs, 1]),
        ] : [])
    var start = RandomStream(seed: 1, purpose: "benchmark-network")
    phi.values = phi.values.map { _ in Float(0.3 * start.gaussian()) }
    gradients = (ParameterSet(logits.layout), ParameterSet(phi.layout))
    optimizers = (Optimizer(.adam(), for: logits.layout), Optimizer(.adam(), for: phi.layout))
    let graph = Graph()
    let logit = graph.input("logit", shape: [runs, 1])
    let tensors = ParameterTensors(phi.layout, inputsOf: graph)
    let inputs = (0..<(usesRELAX ? 2 : 1)).map { graph.input("noise\($0)", shape: [runs, 1]) }
    let bernoulli = Bernoulli(logits: logit)
    let z = bernoulli.relaxedSample(noise: inputs[0])
    let value = bernoulli.value(ofRelaxed: z)
    let signal = (value - 0.499).squared().reshaped([runs])
    var outputs: [ProgramOutput] = []
    if usesRELAX {
      let estimate = RELAX().estimate(
        bernoulli, relaxed: z, conditionalNoise: inputs[1], signal: signal
      ) { z in
        let blocks = z.reshaped([2, runs, 1]).tanh()
        let hidden = (blocks * tensors["weight1"] + tensors["bias1"]).tanh()
        return ((hidden * tensors["weight2"]).sum(axis: 2, keepingAxis: true) + tensors["bias2"])
          .reshaped([2 * runs])
      }
      let objective = estimate.squaredNorm(weights: graph.constant(1, shape: [runs]))
      outputs = [
        ProgramOutput("gradient", estimate.distributionGradient),
        ProgramOutput("phi", gradient(of: objective, withRespectTo: tensors.tensors)),
      ]
    } else {
      let estimate = ScoreFunction().estimate(bernoulli, value: value, signal: signal)
      outputs = [ProgramOutput("gradient", estimate.distributionGradient)]
    }
    program = try Program<Float>(
      stages: [ProgramStage(outputs: outputs)],
      bindings: [ProgramBinding(logit, logits.pointer, ownedBy: logits)]
        + tensors.bindings(to: phi),
      destinations: ["gradient": gradients.logits.pointer, "phi": gradients.phi.pointer])
    noise = inputs.map { [program] in program.inputPointer($0) }
  }

  func step() throws {
    for input in noise { for run in 0..<runs { input[run] = Float(stream.logistic()) } }
    program.run()
    try optimizers.logits.update(logits, gradient: gradients.logits, learningRate: 0.01)
    if phi.count > 0 {
      try optimizers.phi.update(phi, gradient: gradients.phi, learningRate: 0.01)
    }
  }
}

/// f = ‖b W − x‖² of 200 variables and 784 outputs, with a 200-200 ReLU network as control variate.
private final class ManyVariables {
  static let batch = 24
  private static let (variables, width, hidden) = (200, 784, 200)

  /// What the step cannot do without: f once; the network on z and z̃ forward, its derivative by its
  /// input, that derivative's derivatives by weights and by what was propagated, and the weights'
  /// share in c(z̃).
  static var operations: Double {
    let network = Double(2 * 2 * batch * (variables * hidden + hidden * hidden + hidden))
    return Double(2 * batch * variables * width) + 4.5 * network
  }

  private let theta: ParameterSet<Float>
  private let phi: ParameterSet<Float>
  private let gradients: (theta: ParameterSet<Float>, phi: ParameterSet<Float>)
  private let optimizers: (theta: Optimizer<Float>, phi: Optimizer<Float>)
  private let program: Program<Float>
  private let noise: [UnsafeMutableBufferPointer<Float>]
  private var stream = RandomStream(seed: 1, purpose: "benchmark-noise")

  init() throws {
    let (batch, variables, width) = (Self.batch, Self.variables, Self.width)
    theta = ParameterSet([ParameterEntry("logits", [1, variables])])
    var layout = ParameterLayout()
    let network = MLP(
      "control",
      MLPConfiguration(
        inputSize: variables, hiddenSizes: [Self.hidden, Self.hidden], outputSize: 1,
        activation: .relu), in: &layout)
    phi = ParameterSet(layout)
    var start = RandomStream(seed: 1, purpose: "benchmark-network")
    network.initialize(phi, from: &start)
    gradients = (ParameterSet(theta.layout), ParameterSet(layout))
    optimizers = (Optimizer(.adam(), for: theta.layout), Optimizer(.adam(), for: layout))

    let graph = Graph()
    let logits = graph.input("logits", shape: [1, variables])
    let tensors = ParameterTensors(layout, inputsOf: graph)
    let inputs = (0..<2).map { graph.input("noise\($0)", shape: [batch, variables]) }
    let matrix = graph.literal(
      (0..<variables * width).map { _ in 0.07 * start.gaussian() }, shape: [variables, width])
    let data = graph.literal(
      (0..<batch * width).map { _ in start.gaussian() }, shape: [batch, width])
    let bernoulli = Bernoulli(logits: logits.broadcast(to: [batch, variables]))
    let z = bernoulli.relaxedSample(noise: inputs[0])
    let value = bernoulli.value(ofRelaxed: z)
    let signal = (value.matrixProduct(matrix) - data).squared().sum(axis: 1)
    let estimate = RELAX().estimate(
      bernoulli, relaxed: z, conditionalNoise: inputs[1], signal: signal
    ) { z in network(z, parameters: tensors).reshaped([z.shape[0]]) }
    let weights = graph.constant(1 / Double(batch), shape: [batch])
    program = try Program<Float>(
      stages: [
        ProgramStage(outputs: [
          ProgramOutput("gradient", estimate.pulledBack(to: [logits], weights: weights)),
          ProgramOutput(
            "phi",
            gradient(
              of: estimate.squaredNorm(weights: weights), withRespectTo: tensors.tensors)),
        ])
      ],
      bindings: [ProgramBinding(logits, theta.pointer, ownedBy: theta)]
        + tensors.bindings(to: phi),
      destinations: ["gradient": gradients.theta.pointer, "phi": gradients.phi.pointer])
    noise = inputs.map { [program] in
      UnsafeMutableBufferPointer(start: program.inputPointer($0), count: batch * variables)
    }
  }

  /// Floating-point operations of the matrix products that the program makes.
  var executed: Int { program.cost(ofStage: 0).matrixFlops }

  func step() throws {
    for buffer in noise {
      var span = buffer.mutableSpan
      stream.fillLogistic(&span)
    }
    program.run()
    try optimizers.theta.update(theta, gradient: gradients.theta, learningRate: 1e-3)
    try optimizers.phi.update(phi, gradient: gradients.phi, learningRate: 1e-3)
  }
}
