import RelaxRL

/// What `--set` and files can set, and `config.yaml` keeps.
struct Settings: AgentSettings {
  var envs = 8
  var rolloutSteps = 16
  var hiddenSizes = [32]
  var discount = 0.98
  var gaeLambda = 0.95
  var learningRate = Schedule.linear(from: 0.01, to: 0)

  func validate() throws {
    try require((1...4096).contains(envs), "envs", envs, "from 1 to 4096")
    try require((1...4096).contains(rolloutSteps), "rollout_steps", rolloutSteps, "from 1 to 4096")
    try require((0...1).contains(discount), "discount", discount, "in [0, 1]")
    try require((0...1).contains(gaeLambda), "gae_lambda", gaeLambda, "in [0, 1]")
    try require(learningRate.isRate, "learning_rate", learningRate, "finite and not negative")
  }
}

/// Policy and V follow the first gradient of an update, φ the second one: that of the first one's
/// squared norm, which is its variance but for what φ does not change.
final class MiniRelax: NetworkAgent {
  let settings: Settings
  let networks: [TrainedNetwork]
  let shards: [MiniShard]
  let passCount = 2

  init(_ settings: Settings, _ context: AgentContext) throws {
    let (hidden, seed) = (settings.hiddenSizes, context.seed)
    let lanes = try context.lanes(settings.envs, perShard: 8)
    let (size, choices) = (lanes[0].observationSize, lanes[0].actions.noiseSize)
    let networks = [
      try TrainedNetwork("policy", [size] + hidden + [choices], outputGain: 0.01, seed: seed),
      try TrainedNetwork("value", [size] + hidden + [1], seed: seed),
      try TrainedNetwork("control", [size + choices] + hidden + [1], seed: seed),
    ]
    shards = try lanes.map { try MiniShard($0, networks, settings, seed: seed) }
    (self.settings, self.networks) = (settings, networks)
  }

  func finishUpdate(at position: RunPosition) throws {
    for network in networks { try network.update(settings.learningRate, at: position) }
    for shard in shards { shard.finishUpdate() }
  }
}

/// The lanes that one thread works on at a time, and the gradients on what they have met.
final class MiniShard: CollectingShard {
  let collector: any Collector
  let actor: PolicyActor
  private let program: Program<Float>
  private let advantages: StepAdvantages
  private let sums: [[ParameterSet<Float>]]

  init(_ lanes: Lanes, _ networks: [TrainedNetwork], _ settings: Settings, seed: UInt64) throws {
    // R = T·N rows. w is the gradient of the policy, which the first pass sums over all shards.
    let (count, choices) = (settings.rolloutSteps * lanes.count, lanes.actions.noiseSize)
    let rows = ExperienceGraph(rows: count, lanes: lanes.count)
    let x = rows.input(.observation, width: lanes.observationSize)
    let mask = rows.input(.mask, width: choices)
    let noise = [ColumnName.noise, .conditionalNoise].map { rows.input($0, width: choices) }
    let advantage = rows.input("advantage", isComputed: true)
    let counts = rows.input("counts", isComputed: true)
    let parameters = networks.map { rows.parameters($0.parameters) }
    let (theta, omega, phi) = (parameters[0], parameters[1], parameters[2])
    let w = rows.parameters(networks[0].gradient)

    let weight = counts / Double(settings.envs * settings.rolloutSteps)
    // The action b = H(z) and z come from the same noise; c sees z and z̃, one above the other.
    let policy = Categorical(logits: networks[0](x, parameters: theta), mask: mask)
    let z = policy.relaxedSample(noise: noise[0])
    let states = Tensor.concatenate([x, x], axis: 0)
    let estimate = RELAX().estimate(
      policy, relaxed: z, conditionalNoise: noise[1], signal: advantage
    ) { networks[2](states, $0.softmax(), parameters: phi).reshaped([2 * count]) }
    let variance = estimate.innerProduct(along: theta.directions(w), weights: -weight)
    let controlGradient = gradient(of: 2 * variance, withRespectTo: phi.tensors)
    let value = networks[1](x, parameters: omega).reshaped([count])
    let valueLoss = 0.5 * (weight * (value - (value + advantage).stopGradient()).squared()).sum()

    let gradients = networks.map { $0.gradient(ofFirstShard: lanes.firstLane == 0) }
    sums = [[gradients[0], gradients[1]], [gradients[2]]]
    program = try rows.compile([
      ProgramStage(rowInputs: [x, mask, noise[0]], outputs: [rows.output(.action, z.argMax())]),
      ProgramStage(outputs: [rows.output("value", value, isComputed: true)]),
      ProgramStage(outputs: [
        rows.output(estimate.pulledBack(to: theta.tensors, weights: -weight), to: gradients[0]),
        rows.output(gradient(of: valueLoss, withRespectTo: omega.tensors), to: gradients[1]),
      ]),
      ProgramStage(outputs: [rows.output(controlGradient, to: gradients[2])]),
    ])
    actor = PolicyActor(program, in: rows.experience, of: lanes, seed: seed)
    collector = StepCollector(lanes, actor, into: rows.experience, lanesInAll: settings.envs)
    advantages = try StepAdvantages(
      rows.experience, of: lanes, value: networks[1], discount: settings.discount,
      lambda: settings.gaeLambda)
  }

  func writeGradient(_ pass: Int) {
    guard pass == 0 else { return program.run(stage: 3) }
    let rows = collector.experience
    program.run(stage: 1)
    advantages.write(into: rows["advantage"], values: rows["value"])
    rows.writeWeights(1, into: rows["counts"])
    program.run(stage: 2)
  }

  func gradients(of pass: Int) -> [ParameterSet<Float>] { sums[pass] }
}
