import Differentiation
import Distributions
import Environments
import GSL
import ReinforcementLearning
import Testing

@testable import Agents

/// How the actions of several choices are drawn, worked out by hand.
///
/// The number of an action has the choices as digits, the first one lowest.
struct ChoiceDraw {
  let kind: PolicyKind
  let counts: [Int]
  /// `[S, W]`, the policy's logits.
  let logits: [Double]
  /// `[S][A]`, flags for every value of every choice; empty where all are allowed.
  let masks: [[Double]]

  private var noiseSize: Int { kind == .bernoulli ? counts.count : counts.reduce(0, +) }

  func variates(from stream: inout RandomStream) -> [Double] {
    (0..<noiseSize).map { _ in
      if kind != .bernoulli { return stream.exponential() }
      let uniform = stream.uniform()
      return uniform.logarithm - (1 - uniform).logarithm
    }
  }

  func mask(in state: Int) -> [Double] { masks.isEmpty ? [] : masks[state] }

  func action(in state: Int, _ variates: [Double]) -> Int {
    var (number, stride, start) = (0, 1, 0)
    for (choice, count) in counts.enumerated() {
      func isAllowed(_ value: Int) -> Bool { masks.isEmpty || masks[state][start + value] != 0 }
      /// What the largest of decides.
      func height(_ value: Int) -> Double {
        if kind == .bernoulli {
          return value == 1 ? logits[state * noiseSize + choice] + variates[choice] : 0
        }
        return logits[state * noiseSize + start + value] - variates[start + value].logarithm
      }
      let allowed = (0..<count).filter(isAllowed)
      number += stride * (allowed.max { height($0) < height($1) } ?? 0)
      stride *= count
      start += count
    }
    return number
  }
}

extension PolicyKind {
  /// The number of an action that consists of several; one choice as it is.
  func jointAction(_ action: Tensor) -> Tensor {
    let counts: [Int]
    switch self {
    case .categorical, .gaussian: return action
    case .categoricals(let all): counts = all
    case .bernoulli: counts = Array(repeating: 2, count: action.shape[1])
    }
    var strides = [1.0]
    for count in counts.dropLast() { strides.append((strides.last ?? 1) * Double(count)) }
    return action.matrixProduct(action.graph.literal(strides, shape: [counts.count, 1]))
      .reshaped([action.shape[0]])
  }

  /// log π of every action, `[S, A]`, of the policy's outputs.
  func logProbabilities(_ outputs: Tensor, mask: Tensor?) -> Tensor {
    switch self {
    case .categoricals(let counts):
      CategoricalProduct(logits: outputs, counts: counts, mask: mask).supportLogProbabilities()
    case .bernoulli:
      Bernoulli(logits: outputs, mask: mask).supportLogProbabilities()
    case .categorical, .gaussian: outputs.logSoftmax()
    }
  }
}

/// A process whose actions are those of several choices, on which gradients are compared with enumeration.
struct ChoiceScenario: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let kind: PolicyKind
  let counts: [Int]
  let horizon: Int
  let process: MarkovDecisionProcess
  let masks: [[Double]]

  static let states = 4

  /// - Parameters:
  ///   - name: for messages.
  ///   - kind: several choices.
  ///   - counts: the number of values of each.
  ///   - horizon: the most steps of an episode.
  ///   - isMasked: whether each state forbids something, another value of another choice.
  init(_ name: String, _ kind: PolicyKind, _ counts: [Int], horizon: Int, isMasked: Bool = false) {
    testDescription = name
    self.kind = kind
    self.counts = counts
    self.horizon = horizon
    do {
      process = try RandomMDP(
        stateCount: Self.states, actionCount: counts.reduce(1, *), seed: 3
      ).process
    } catch { fatalError("\(error)") }
    let width = counts.reduce(0, +)
    masks =
      isMasked
      ? (0..<Self.states).map { state in
        var row = [Double](repeating: 1, count: width)
        let choice = state % counts.count
        row[counts[..<choice].reduce(0, +) + (state + 1) % counts[choice]] = 0
        return row
      } : []
  }

  static let all = [
    ChoiceScenario("3 bits", .bernoulli, [2, 2, 2], horizon: 1),
    ChoiceScenario("2 and 3 values", .categoricals([2, 3]), [2, 3], horizon: 1),
    ChoiceScenario("2 bits, several steps", .bernoulli, [2, 2], horizon: 4),
    ChoiceScenario(
      "3, 3 and 2 values, several steps", .categoricals([3, 3, 2]), [3, 3, 2], horizon: 4),
    ChoiceScenario("3 bits, masks", .bernoulli, [2, 2, 2], horizon: 3, isMasked: true),
    ChoiceScenario(
      "3 and 3 values, masks", .categoricals([3, 3]), [3, 3], horizon: 3, isMasked: true),
  ]

  var noiseSize: Int { kind == .bernoulli ? counts.count : counts.reduce(0, +) }

  func networks(_ configuration: ActorCriticConfiguration) throws -> DoubleNetworks {
    let networks = try DoubleNetworks(
      configuration, observationSize: Self.states, actionCount: noiseSize, seed: Scenario.seed,
      kind: kind)
    return networks
  }

  func policy(
    _ networks: DoubleNetworks, on process: MarkovDecisionProcess? = nil
  ) throws -> TabularPolicy {
    try TabularPolicy(
      process ?? self.process, horizon: horizon, network: networks.networks.policy.network,
      parameters: networks.policy
    ) { outputs in
      let width = kind.maskSize(noiseSize)
      return kind.logProbabilities(
        outputs,
        mask: masks.isEmpty
          ? nil : outputs.graph.literal(masks.flatMap { $0 }, shape: [Self.states, width]))
    }
  }

  /// The agent's own graph in double precision.
  func program(
    _ configuration: ActorCriticConfiguration, _ networks: DoubleNetworks
  ) throws -> GradientProgram {
    try GradientProgram(
      GradientGraph(
        configuration, networks.networks, rows: GradientProgram.rows,
        observationSize: Self.states, actionCount: noiseSize, hasMask: !masks.isEmpty),
      networks)
  }

  /// Plays episodes and hands them over in batches.
  func sample(
    batches: Int, of episodes: Int, policy: TabularPolicy, purpose: StreamPurpose,
    _ body: (EpisodeSamples) throws -> Void
  ) rethrows {
    var stream = RandomStream(seed: Scenario.seed, purpose: purpose)
    let chooser = ChoiceDraw(kind: kind, counts: counts, logits: policy.outputs, masks: masks)
    for _ in 0..<batches {
      var samples = EpisodeSamples()
      for _ in 0..<episodes {
        samples.play(process, chooser, horizon: horizon, from: &stream)
      }
      try body(samples)
    }
  }
}
