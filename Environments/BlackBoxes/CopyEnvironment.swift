import BlackBoxes
import GSL
import ReinforcementLearning

/// A sequence to be written down symbol by symbol, scored at its end by edit distance; see `CopyTask`.
///
/// Observed are the symbol at the present place, as one of V numbers that is 1, and the share of the places that
/// are done.
public struct CopyEnvironment: Environment {
  /// A perfect copy gives 1, 0.9 counts as solved.
  public static let spec = EnvironmentSpec(name: "copy", stepLimit: nil, rewardThreshold: 0.9)

  /// Length and vocabulary.
  public let task: CopyTask
  /// What is to be written.
  public private(set) var sequence: [Int]
  /// What has been.
  public private(set) var written: [Int] = []

  /// 20 symbols of 20 kinds.
  public init() { self.init(CopyTask()) }

  private init(_ task: CopyTask) {
    self.task = task
    sequence = Array(repeating: 0, count: task.length)
  }

  /// The present symbol, and how much is done.
  public var observationSpace: Space {
    let size = task.vocabulary + 1
    return .box(
      lower: Array(repeating: 0, count: size), upper: Array(repeating: 1, count: size))
  }

  /// One of V symbols.
  public var actionSpace: Space { .discrete(task.vocabulary) }

  /// Draws a sequence.
  public mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    var stream = stream
    sequence = task.sequence(from: &stream)
    written = []
    observe(&observation)
  }

  /// Writes a symbol.
  public mutating func step(_ action: Int, observation: inout MutableSpan<Float>) -> Transition {
    written.append(action)
    observe(&observation)
    let isDone = written.count == task.length
    return Transition(
      reward: isDone ? task.reward(of: written, for: sequence) : 0, isTerminated: isDone)
  }

  private func observe(_ observation: inout MutableSpan<Float>) {
    for symbol in 0..<task.vocabulary { observation[symbol] = 0 }
    if written.count < task.length { observation[sequence[written.count]] = 1 }
    observation[task.vocabulary] = Float(written.count) / Float(task.length)
  }

  /// Says what is wrong with a state.
  public func problemOfRestoring(into prototype: CopyEnvironment) -> String? {
    guard task == prototype.task else { return "its sequences are others." }
    let symbols = 0..<task.vocabulary
    guard sequence.count == task.length, sequence.allSatisfy(symbols.contains),
      written.count <= task.length, written.allSatisfy(symbols.contains)
    else { return "its symbols are not \(task.length) of \(task.vocabulary) kinds." }
    return nil
  }
}

extension CopyEnvironment: ParameterizedEnvironment {
  /// What can be set.
  public struct Parameters: EnvironmentParameters {
    /// Symbols of a sequence, from 1 to 1000.
    public var length = 20
    /// Different symbols, from 2 to 1000.
    public var vocabulary = 20

    /// The usual ones.
    public init() {}
  }

  /// Makes the task with parameters of its own.
  ///
  /// - Throws: `EnvironmentError.invalidDeclaration`.
  public init(_ parameters: Parameters) throws(EnvironmentError) {
    guard (1...1000).contains(parameters.length) else {
      throw .invalidDeclaration(
        environment: Self.spec.name,
        reason: "a sequence has 1 to 1000 symbols, not \(parameters.length).")
    }
    guard (2...1000).contains(parameters.vocabulary) else {
      throw .invalidDeclaration(
        environment: Self.spec.name,
        reason: "there are 2 to 1000 kinds of symbols, not \(parameters.vocabulary).")
    }
    self.init(CopyTask(length: parameters.length, vocabulary: parameters.vocabulary))
  }
}
