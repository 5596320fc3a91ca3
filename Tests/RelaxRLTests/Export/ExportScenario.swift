import RelaxRL
import Runs
import TestSupport
import Testing

@testable import RelaxRL

/// A policy of some agent with random parameters in a task of some action space.
struct ExportScenario: CustomTestStringConvertible {
  let agent: String
  let actionSpace: Space
  let hasMask: Bool
  let settings: [String]
  /// Whether observations are images, instead of five numbers.
  var hasImages = false

  init(_ agent: String, _ actionSpace: Space, hasMask: Bool = false, _ settings: [String] = []) {
    self.agent = agent
    self.actionSpace = actionSpace
    self.hasMask = hasMask
    self.settings = settings
  }

  var testDescription: String {
    "\(agent), \(actionSpace)\(hasMask ? ", mask" : "")\(hasImages ? ", images" : "") "
      + settings.joined(separator: " ")
  }

  /// A policy that sees images by convolutions.
  static func images(_ agent: String, _ settings: [String]) -> ExportScenario {
    var scenario = ExportScenario(
      agent, .discrete(3), settings + ["hidden_sizes=9", "activation=tanh"])
    scenario.hasImages = true
    return scenario
  }

  private static let bounded = Space.box(lower: [-2, 0.5, -1], upper: [2, 3, 1])
  private static let small = ["buffer_size=500", "learning_starts=100"]

  /// Every agent, every kind of action, every kind of network and distribution.
  static let all = [
    ExportScenario("a2c", .discrete(3, start: -1)),
    ExportScenario("reinforce", .discrete(4), hasMask: true, ["activation=relu"]),
    ExportScenario("relax-a2c", .multiDiscrete([3, 2, 2, 4]), hasMask: true),
    ExportScenario("relax-a2c", .discrete(5), ["normalize_observations=true", "activation=elu"]),
    ExportScenario("a2c", .multiDiscrete([2, 5])),
    ExportScenario("ppo", .multiBinary(4)),
    ExportScenario("ppo", .multiBinary(3), hasMask: true, ["hidden_sizes=7"]),
    ExportScenario(
      "a2c", .box(BoxSpace(shape: [2], lower: [-2, 3], upper: [1, 6], elementType: .int32))),
    ExportScenario(
      "a2c", bounded,
      ["squash_actions=true", "gaussian.deviation=state-dependent", "normalize_observations=true"]),
    ExportScenario(
      "relax-ddpg", .box(lower: [-.infinity, 0, -1], upper: [.infinity, .infinity, 1])),
    ExportScenario("ppo", bounded, ["normalize_observations=true", "activation=relu"]),
    ExportScenario("ddpg", bounded, small),
    ExportScenario("td3", bounded, small + ["activation=elu"]),
    ExportScenario("sac", bounded, small),
    ExportScenario("dqn", .discrete(6), hasMask: true, small),
    ExportScenario("dqn", .discrete(2, start: 7), small),
    ExportScenario("es", bounded, ["hidden_sizes=[]", "normalize_observations=true"]),
    ExportScenario("es", .multiDiscrete([3, 3]), hasMask: true),
    .images("a2c", ["network.shared_torso=true", "network.channels=5"]),
    .images("ppo", ["network.channels=4,5", "network.kernels=3,2", "network.strides=2,1"]),
    .images("dqn", small + ["network.channels=3,4", "network.kernels=2,3", "network.strides=1,2"]),
  ]

  private var environment: EnvironmentEntry {
    if hasImages { return EnvironmentEntry(ImageTask.self) }
    let spec = SpaceTask<Int>.spec
    return switch actionSpace {
    case .discrete: EnvironmentEntry(SpaceTask<Int>(actionSpace, hasMask: hasMask), spec: spec)
    case .box: EnvironmentEntry(SpaceTask<[Float]>(actionSpace, hasMask: hasMask), spec: spec)
    default: EnvironmentEntry(SpaceTask<[Int]>(actionSpace, hasMask: hasMask), spec: spec)
    }
  }

  /// The policy with parameters drawn from a seed; its normalization is that of random play.
  func policy(seed: UInt64 = 1) throws -> Policy {
    let (environment, entry) = (environment, try Catalogue().agent(agent))
    var table = try SettingsResolution.defaults(entry, environment, seed: seed)
    try table.apply(assignments: settings)
    let driver = try entry.makeLoop(
      table,
      TrainingContext(
        environment: environment, seed: seed, threads: 1, reduction: SharedMemoryReduction()))
    var checkpoint = SafetensorsFile()
    try driver.saveAgent(to: &checkpoint)
    var stream = RandomStream(seed: seed, purpose: "export-parameters")
    checkpoint.tensors = checkpoint.tensors.map { entry in
      guard entry.tensor.dtype == .float32, !entry.name.hasPrefix("optimizer.") else {
        return entry
      }
      let values = (0..<entry.tensor.shape.reduce(1, *)).map { _ in Float(0.5 * stream.gaussian()) }
      return SafetensorsFile.Entry(
        entry.name, SafetensorsTensor(values, shape: entry.tensor.shape))
    }
    return try Policy(EnvironmentRecord(environment), agent: agent) { [checkpoint, table] rows in
      try entry.makePolicy(
        table,
        PolicyContext(
          observationSpace: environment.observationSpace, actionSpace: environment.actionSpace,
          checkpoint: checkpoint, rows: rows))
    }
  }

  /// Observations, and masks that allow at least one value of each choice.
  func inputs(_ count: Int) -> [(observation: [Float], mask: [Float]?)] {
    var stream = RandomStream(seed: 7, purpose: "export-observations")
    return (0..<count).map { _ in
      let observation =
        hasImages ? image(&stream) : (0..<5).map { _ in Float(2 * stream.gaussian()) }
      guard hasMask else { return (observation, nil) }
      let mask = actionSpace.choiceCounts.flatMap { count in
        let allowed = stream.index(below: count)
        return (0..<count).map { $0 == allowed || stream.uniform() < 0.5 ? Float(1) : 0 }
      }
      return (observation, mask)
    }
  }

  /// Noise that is brighter in some rows and channels than in others, or all policies would see the same.
  private func image(_ stream: inout RandomStream) -> [Float] {
    (0..<7).flatMap { _ in
      let levels = (0..<2).map { _ in 1 + stream.index(below: 256) }
      return (0..<12).map { Float(stream.index(below: levels[$0 % 2])) }
    }
  }

  /// What a policy does, as numbers.
  func actions(of policy: Policy, _ count: Int) throws -> [[Double]] {
    try inputs(count).map { observation, mask in
      switch actionSpace {
      case .discrete: [Double(try policy.act(observation, mask: mask))]
      case .box: try policy.act(observation, as: [Float].self).map(Double.init)
      default: try policy.act(observation, mask: mask, as: [Int].self).map(Double.init)
      }
    }
  }

  /// How far an action of another program may be from the policy's: nothing where it is whole numbers, 1e-5 of
  /// its range where it is real.
  var tolerances: [Double] {
    guard case .box(let box) = actionSpace, !box.elementType.isWholeNumber else {
      return Array(repeating: 0, count: actionSpace.elementCount)
    }
    // Without bounds the unit is that of a policy whose deviation is 1.
    return zip(box.lower, box.upper).map { 1e-5 * (($1 - $0).isFinite ? $1 - $0 : 2) }
  }

  /// Where some actions differ too much, in words.
  func differences(_ actions: [[Double]], from expected: [[Double]]) -> [String] {
    guard actions.count == expected.count else { return ["\(actions.count) rows"] }
    return zip(actions, expected).enumerated().compactMap { row, pair in
      let isNear =
        pair.0.count == pair.1.count
        && zip(zip(pair.0, pair.1), tolerances).allSatisfy { abs($0.0 - $0.1) <= $1 }
      return isNear ? nil : "row \(row): \(pair.0) instead of \(pair.1)"
    }
  }
}

extension Policy {
  /// One that is computed by something else than a graph.
  static func opaque(_ scenario: ExportScenario) throws -> Policy {
    let policy = try scenario.policy()
    let record = EnvironmentRecord(
      SpaceTask<Int>.spec, observationSpace: policy.observationSpace,
      actionSpace: policy.actionSpace, hasActionMask: false)
    return try Policy(record, agent: "mine") { Opaque(inner: try policy.make($0)) }
  }

  private final class Opaque: TrainedPolicy {
    let inner: any TrainedPolicy
    var rows: Int { inner.rows }

    init(inner: any TrainedPolicy) { self.inner = inner }

    func act(
      observations: Span<Float>, masks: Span<Float>?, streams: inout [RandomStream]?
    ) -> ActionRows {
      inner.act(observations: observations, masks: masks, streams: &streams)
    }
  }
}
