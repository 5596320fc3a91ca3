import RelaxRL

/// Estimators with control variates along the trajectory at one policy.
///
/// What is measured is an episode's gradient, on episodes that nothing has learned from. What Γ and the gate
/// learn from must not be what c was fitted to either, or c would look better than it is: c learns from each
/// half of the training episodes in turn, and they learn from the gradients of the other half.
struct TrajectoryStudy {
  let policies: FrozenPolicies
  let point: FrozenPolicies.Point
  let seed: UInt64
  /// Episodes to learn from.
  let training: Int
  /// Episodes that are measured.
  let episodes: Int
  let updates: Int
  let criticRate: Double
  let gaeLambda: Double
  /// Whether V and c see which share of the step limit has passed: where there is one, and observations are no images.
  private let seesTime: Bool
  /// Whether Γ is possible: observations are no images, and not too large.
  private let hasFuture: Bool

  init(
    policies: FrozenPolicies, point: FrozenPolicies.Point, seed: UInt64, training: Int,
    episodes: Int, updates: Int, criticRate: Double, gaeLambda: Double
  ) throws {
    (self.policies, self.point, self.seed) = (policies, point, seed)
    (self.training, self.episodes) = (training, episodes)
    (self.updates, self.criticRate, self.gaeLambda) = (updates, criticRate, gaeLambda)
    var configuration = Self.withValue(policies)
    configuration.value.seesTime = true
    seesTime = try policies.suits(configuration)
    configuration.value.seesTime = false
    configuration.controlVariate.future = true
    hasFuture = try policies.suits(configuration)
  }

  /// An estimator and its gradients.
  struct Result {
    let name: String
    var isUnbiased = true
    let sample: GradientSample
    fileprivate let returns: [Double]
  }

  // Streams of their own, apart from those of the training of the policy.
  private var trainingSeed: UInt64 { seed &+ 0x1000_0000 }
  private var testSeed: UInt64 { seed &+ 0x2000_0000 }

  /// The mean return of the measured episodes.
  func meanReturn(_ results: [Result]) -> Double {
    results[0].returns.reduce(0, +) / Double(max(1, results[0].returns.count))
  }

  private static func withValue(_ policies: FrozenPolicies) -> ActorCriticConfiguration {
    var configuration = policies.frozenConfiguration()
    configuration.estimator = .scoreFunction
    configuration.value.baseline = true
    return configuration
  }

  private func configuration(
    _ change: (inout ActorCriticConfiguration) -> Void = { _ in }
  ) -> ActorCriticConfiguration {
    var configuration = Self.withValue(policies)
    configuration.value.seesTime = seesTime
    configuration.controlVariate.future = hasFuture
    change(&configuration)
    return configuration
  }

  private func critics(
    _ configuration: ActorCriticConfiguration, from part: Range<Int>
  ) throws -> [String: [Float]] {
    try policies.critics(
      configuration, at: point, episodes: training, seed: trainingSeed, learningFrom: part,
      updates: max(1, updates * part.count / training), rate: criticRate)
  }

  private func measured(
    _ configuration: ActorCriticConfiguration, _ critics: [String: [Float]]
  ) throws -> EpisodeGradients {
    try policies.episodeGradients(
      configuration, at: point, critics: critics, count: episodes, seed: testSeed)
  }

  /// Critics that have learned from the first half of the training episodes, and from the second.
  private typealias Halves = (first: [String: [Float]], second: [String: [Float]])

  private func criticsOfHalves(_ configuration: ActorCriticConfiguration) throws -> Halves {
    let half = training / 2
    return (
      try critics(configuration, from: 0..<half), try critics(configuration, from: half..<training)
    )
  }

  /// Gradients of the training episodes with critics that have learned from the other half of them.
  private func crossFitted(
    _ configuration: ActorCriticConfiguration, _ critics: Halves
  ) throws -> EpisodeGradients {
    let half = training / 2
    func gradients(_ critics: [String: [Float]]) throws -> EpisodeGradients {
      try policies.episodeGradients(
        configuration, at: point, critics: critics, count: training, seed: trainingSeed)
    }
    let (first, second) = (try gradients(critics.second), try gradients(critics.first))
    return EpisodeGradients(
      gradients: Array(first.gradients.prefix(half) + second.gradients.dropFirst(half)),
      // None without Γ.
      features: Array(first.features.prefix(half) + second.features.dropFirst(half)))
  }

  /// Gradients with a c of the wrong sign: they are linear in c, and those with V alone have none.
  private func mistaken(_ along: EpisodeGradients, withoutControl plain: EpisodeGradients)
    -> [[Float]]
  {
    zip(plain.gradients, along.gradients).map { zip($0, $1).map { 2 * $0 - $1 } }
  }

  /// All estimators on the same episodes, those without a baseline and with V(s) first.
  func results() throws -> [Result] {
    let whole = 0..<training
    let plain = configuration {
      $0.value.baseline = false
      $0.value.seesTime = false
    }
    let none = try measured(plain, [:])
    let withValue = configuration()
    let valueCritics = try critics(withValue, from: whole)
    let value = try measured(withValue, valueCritics)
    let gae = try measured(
      configuration {
        $0.returns = .episodeGAE
        $0.gaeLambda = gaeLambda
        // Its advantages do not see the entropy of the rest of an episode.
        $0.entropyInReturns = false
      }, valueCritics)
    let step = configuration { policies.chooseControlVariate(&$0) }
    let ofStep = try measured(step, try critics(step, from: whole))
    let trajectory = configuration {
      policies.chooseControlVariate(&$0)
      $0.controlVariate.reach = .trajectory
    }
    let alongCritics = try critics(trajectory, from: whole)
    let along = try measured(trajectory, alongCritics)
    let pastValue = try crossFitted(withValue, try criticsOfHalves(withValue))
    let alongHalves = try criticsOfHalves(trajectory)
    let pastAlong = try crossFitted(trajectory, alongHalves)
    // V as it was learned beside c.
    let wrong = mistaken(along, withoutControl: try measured(withValue, alongCritics))
    let pastWrong = mistaken(
      pastAlong, withoutControl: try crossFitted(withValue, alongHalves))
    /// Measured gradients as far as earlier ones of the same kind had less variance than those with V(s).
    func gated(_ measured: [[Float]], past: [[Float]]) -> [[Float]] {
      var gate = VarianceGate()
      for (plain, reduced) in zip(pastValue.gradients, past) {
        gate.add(plain: plain, reduced: reduced)
      }
      return zip(value.gradients, measured).map { gate.combined(plain: $0, reduced: $1) }
    }
    func result(_ name: String, _ gradients: [[Float]], isUnbiased: Bool = true) -> Result {
      Result(
        name: name, isUnbiased: isUnbiased, sample: GradientSample(gradients),
        returns: none.returns)
    }
    var results = [
      result("no baseline", none.gradients),
      result("V(s)", value.gradients),
      result("GAE(\(gaeLambda)) with that V", gae.gradients, isUnbiased: gaeLambda == 1),
      result("c of the step", ofStep.gradients),
      result("TW", along.gradients),
      result("TW gated", gated(along.gradients, past: pastAlong.gradients)),
      result("TW with −c", wrong),
      result("TW with −c gated", gated(wrong, past: pastWrong)),
    ]
    guard hasFuture else { return results }
    let future = LinearFuture(pastAlong)
    let withFuture = future.corrected(along)
    results += [
      result("V(s) + Γ", LinearFuture(pastValue).corrected(value)),
      result("TW + Γ", withFuture),
      result("TW + Γ gated", gated(withFuture, past: future.crossFitted(pastAlong))),
    ]
    return results
  }
}
