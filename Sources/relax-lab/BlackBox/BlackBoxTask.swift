import BlackBoxOptimization
import BlackBoxes
import GSL

/// A task of `relax-lab blackbox` with its usual sizes.
enum BlackBoxTask: String, CaseIterable, Sendable {
  case quadratic, ising, nk, maxcut, contextual, multilabel, copy

  /// In one sentence, for the help.
  var title: String {
    switch self {
    case .quadratic: "all pairs of bits interact, by --interaction"
    case .ising: "a spin glass on a sparse random graph"
    case .nk: "an NK landscape, K = 3"
    case .maxcut: "the cut of a sparse random graph"
    case .contextual: "a quadratic function that an observation changes"
    case .multilabel: "labels of an observation, scored by F1"
    case .copy: "a sequence to write down, symbol by symbol, scored at its end by edit distance"
    }
  }

  /// Whether something is observed before the choices.
  var hasContexts: Bool { self == .contextual || self == .multilabel || self == .copy }

  /// Whether J and its gradient are known exactly.
  var hasExactObjective: Bool { self != .copy }

  /// Whether κ is part of it.
  var hasInteraction: Bool { self == .quadratic || self == .contextual }

  /// The sizes it is usually run with.
  var usual: BlackBoxSizes {
    switch self {
    case .quadratic:
      BlackBoxSizes(
        interaction: 0.3, variables: 100, entropy: 0.15, updates: 400, samples: 4, contexts: 1)
    case .ising, .nk, .maxcut:
      BlackBoxSizes(
        interaction: 0, variables: 100, entropy: 0.2, updates: 800, samples: 4, contexts: 1)
    case .contextual:
      BlackBoxSizes(
        interaction: 0.3, variables: 30, entropy: 0.15, updates: 600, samples: 4, contexts: 8)
    case .multilabel:
      BlackBoxSizes(
        interaction: 0, variables: 30, entropy: 0, updates: 600, samples: 4, contexts: 8)
    case .copy:
      BlackBoxSizes(
        interaction: 0, variables: 20, entropy: 0, updates: 500, samples: 4, contexts: 8)
    }
  }

  /// Different symbols of a sequence to be copied.
  static let vocabulary = 20

  /// The length of an observation.
  static let contextSize = 10

  /// Observations that policies are judged by.
  static let judgedContexts = 50

  /// The instance of a seed, the same for every estimator; nil for the copy task, whose sequences are new in
  /// every update.
  func problem(_ sizes: BlackBoxSizes, seed: UInt64) -> BlackBoxProblem? {
    var stream = RandomStream(seed: seed, purpose: "black-box-instance")
    let variables = sizes.variables
    switch self {
    case .quadratic:
      return .fixed(
        QuadraticPseudoBoolean(
          variables: variables, interaction: sizes.interaction, from: &stream))
    case .ising: return .fixed(IsingModel(variables: variables, from: &stream))
    case .nk: return .fixed(NKLandscape(variables: variables, from: &stream))
    case .maxcut: return .fixed(MaximumCut(variables: variables, from: &stream))
    case .contextual:
      return .contextual(
        ContextualQuadratic(
          variables: variables, contextSize: Self.contextSize, interaction: sizes.interaction,
          from: &stream))
    case .multilabel:
      return .contextual(
        MultilabelPrediction(labels: variables, contextSize: Self.contextSize, from: &stream))
    case .copy: return nil
    }
  }
}

/// How large a task is and how long it is trained.
struct BlackBoxSizes: Sendable, Hashable {
  /// κ.
  var interaction: Double
  /// D, or the length of a sequence.
  var variables: Int
  /// τ.
  var entropy: Double
  var updates: Int
  /// K, evaluations for each observation of an update.
  var samples: Int
  /// B, observations of an update.
  var contexts: Int

  /// That of trainings that copy.
  var copyShape: CopyShape {
    CopyShape(
      length: variables, vocabulary: BlackBoxTask.vocabulary, sequences: contexts,
      samples: samples)
  }

  /// That of all others.
  func shape(of task: BlackBoxTask) -> BlackBoxShape {
    BlackBoxShape(
      variables: variables, contextSize: task.hasContexts ? BlackBoxTask.contextSize : 0,
      contexts: task.hasContexts ? contexts : 1, samples: samples, entropyWeight: entropy)
  }
}
