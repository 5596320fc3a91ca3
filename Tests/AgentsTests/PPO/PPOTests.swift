import Environments
import GSL
import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// How `ppo` divides a rollout, weights its parts, stops and refuses.
@Suite struct `Minibatches of ppo` {
  @Test(arguments: [[70], [21, 21, 21, 7], [1, 5, 64], [3, 3]], [1, 6, 32, 70, 1000])
  func `have exactly their size over all shards and every row once`(rows: [Int], size: Int) {
    let plan = MinibatchPlan(rows: rows, size: size)
    let total = rows.reduce(0, +)
    #expect(plan.count == (total + size - 1) / size)
    for minibatch in 0..<plan.count {
      let shares = rows.indices.map { plan.share(ofShard: $0, in: minibatch) }
      #expect(shares.map(\.count).reduce(0, +) == min(size, total - minibatch * size))
      for (shard, share) in shares.enumerated() {
        // In proportion to what the shard has, to within a row.
        let exact = Double(min(size, total - minibatch * size) * rows[shard]) / Double(total)
        #expect(abs(Double(share.count) - exact) < 2)
        #expect(share.count <= plan.largestShare(ofShard: shard))
      }
    }
    for shard in rows.indices {
      let all = (0..<plan.count).flatMap { Array(plan.share(ofShard: shard, in: $0)) }
      #expect(all == Array(0..<rows[shard]))
    }
  }

  /// With parameters that stay, minibatches weighted with their sizes add up to the whole rollout's gradient.
  @Test(arguments: [1, 7, 32, 69])
  func `of any size have gradients that add up to that of the rollout`(size: Int) throws {
    func gradients(of size: Int) throws -> [[[Double]]] {
      let training = PPOTraining("parts", MaskedWalk.self) {
        $0.minibatchSize = size
        $0.normalizeAdvantages = false
        $0.learningRate = .constant(0)
        $0.valueLearningRate = .constant(0)
        $0.policyOutputGain = 1
      }
      let agent = try training.loop().agent
      for shard in agent.shards { _ = try shard.collect(clock: 0) }
      var found: [[[Double]]] = []
      for pass in 0..<agent.passCount / 2 {
        for shard in agent.shards { shard.writeGradient(pass) }
        let parts = agent.shards.map { $0.gradients(of: pass) }
        try agent.reduction.sum(parts)
        try agent.receive(gradient: pass, at: RunPosition(step: 70, of: 700))
        if pass > 0 { found.append(parts[0].map { $0.values.map(Double.init) }) }
      }
      return found
    }
    let whole = try gradients(of: 70)
    let parts = try gradients(of: size)
    #expect(whole.count == 1 && parts.count == (70 + size - 1) / size)
    var unequal = 0.0
    for network in 0..<2 {
      for index in whole[0][network].indices {
        var (sum, mean) = (0.0, 0.0)
        for (number, part) in parts.enumerated() {
          let rows = min(size, 70 - number * size)
          sum += part[network][index] * Double(rows) / 70
          mean += part[network][index] / Double(parts.count)
        }
        #expect(abs(sum - whole[0][network][index]) < 2e-6)
        unequal = max(unequal, abs(mean - whole[0][network][index]))
      }
    }
    // The control: minibatches that all count the same do not, where one of them is smaller.
    #expect(size == 1 || size == 7 || unequal > 1e-4)
  }

  @Test func `are in an order of their own in every epoch and update`() throws {
    let loop = try PPOTraining("orders", CartPole.self) { $0.learningRate = .constant(0) }.loop()
    var seen: Set<[Int32]> = []
    for _ in 0..<5 {
      let shard = loop.agent.shards[1]
      _ = try shard.collect(clock: 0)
      for epoch in 0..<2 {
        shard.writeGradient(epoch * (loop.agent.passCount / 2))
        #expect(shard.order.sorted() == Array(0..<21))
        seen.insert(shard.order)
      }
      shard.finishUpdate()
    }
    #expect(seen.count == 10)
  }

  @Test func `of one row leave its advantage alone`() {
    func moments(_ values: [Double]) -> ElementMoments {
      var moments = ElementMoments(size: 1)
      for value in values { moments.add(value) }
      return moments
    }
    let epoch = PPOEpoch()
    epoch.prepare([[moments([3]), moments([1, 3]), moments([])]], normalizes: true)
    #expect(epoch.minibatches[0].center == 0 && epoch.minibatches[0].scale == 1)
    #expect(epoch.minibatches[1].center == 2 && epoch.minibatches[1].weight == 0.5)
    #expect(abs(epoch.minibatches[1].scale - 0.5.squareRoot()) < 1e-7)
    #expect(epoch.minibatches[2].weight == 0)
    // Shards that share a minibatch share its moments.
    epoch.prepare([[moments([1])], [moments([3])]], normalizes: true)
    #expect(epoch.minibatches[0].center == 2 && epoch.minibatches[0].weight == 0.5)
    epoch.prepare([[moments([1, 3])]], normalizes: false)
    #expect(epoch.minibatches[0].center == 0 && epoch.minibatches[0].scale == 1)
  }
}

@Suite struct `An update of ppo` {
  @Test(arguments: [(0.0, false), (1e-7, true)])
  func `drops the passes that are left once the policy has moved enough`(
    target: Double, stops: Bool
  ) throws {
    let training = PPOTraining("target", CartPole.self) {
      $0.targetKL = target
      $0.learningRate = .constant(0.05)
    }
    let loop = try training.loop()
    for _ in 0..<3 { try loop.update(of: 5_000) }
    let steps = loop.agent.networks.map(\.optimizer.stepCount)
    // Six minibatches an update; the first has the policy that acted.
    #expect(stops ? steps[0] < 18 && steps[0] >= 3 : steps[0] == 18)
    #expect(steps[0] == steps[1])
  }

  @Test func `learns CartPole in few steps`() throws {
    let training = PPOTraining("cartpole", CartPole.self) {
      $0.envs = 8
      $0.envsPerShard = 4
      $0.rolloutSteps = 32
      $0.minibatchSize = 256
      $0.epochs = 20
      $0.discount = 0.98
      $0.gaeLambda = 0.8
      $0.hiddenSizes = [64, 64]
      $0.learningRate = .constant(1e-3)
      $0.valueLearningRate = .constant(1e-3)
    }
    let loop = try training.loop()
    while loop.progress.steps < 40_000 { try loop.update(of: 100_000) }
    #expect(try #require(loop.log.meanReturn) > 150)
  }

  @Test(arguments: [
    ("minibatch_size", "0"), ("epochs", "0"), ("clip_range", "linear:0.0:0.2"),
    ("clip_range", "-0.1"), ("value_clip_range", "-1"), ("target_kl", "nan"), ("discount", "1.5"),
    ("rollout_steps", "0"), ("envs", "0"), ("learning_rate", "-1"), ("entropy_coefficient", "-1"),
    ("max_gradient_norm", "-1"), ("adam_epsilon", "0"), ("hidden_sizes", "[]"),
  ])
  func `is refused with settings out of their range, by name`(key: String, value: String) throws {
    var configuration = PPOConfiguration()
    switch key {
    case "minibatch_size": configuration.minibatchSize = 0
    case "epochs": configuration.epochs = 0
    case "clip_range": configuration.clipRange = try Schedule(parsing: value)
    case "value_clip_range": configuration.valueClipRange = -1
    case "target_kl": configuration.targetKL = .nan
    case "discount": configuration.discount = 1.5
    case "rollout_steps": configuration.rolloutSteps = 0
    case "envs": configuration.envs = 0
    case "learning_rate": configuration.learningRate = .constant(-1)
    case "entropy_coefficient": configuration.entropyCoefficient = -1
    case "max_gradient_norm": configuration.maxGradientNorm = -1
    case "adam_epsilon": configuration.adamEpsilon = 0
    default: configuration.hiddenSizes = []
    }
    let error = #expect(throws: ConfigurationValueError.self) { try configuration.validate() }
    #expect(error?.key == key)
    try PPOConfiguration().validate()
  }

  @Test func `squashes only actions that have bounds`() throws {
    var configuration = PPOConfiguration()
    configuration.squashActions = true
    let unbounded = try ActionModel(
      .box(lower: [-1, -.infinity], upper: [1, .infinity]), of: "a test")
    #expect(throws: ConfigurationValueError.self) { try configuration.validate(for: unbounded) }
    try configuration.validate(for: ActionModel(.discrete(2), of: "a test"))
  }
}
