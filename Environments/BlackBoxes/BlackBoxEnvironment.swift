import BlackBoxes
import GSL
import ReinforcementLearning

/// A black box of bits as a task of one step: D choices at once, and one number for all of them.
///
/// What a task adds is its name, its parameters and how its function is drawn. The function is drawn once,
/// from the parameter `seed`, and is not shown; what it depends on besides the bits is observed, or the constant
/// 1 where that is nothing.
public protocol BlackBoxEnvironment: ParameterizedEnvironment
where Action == [Int], Observation == Float, Parameters: BlackBoxParameters {
  /// The function and what is observed of it now.
  var state: BlackBoxState<Parameters> { get set }

  /// Takes a state.
  init(state: BlackBoxState<Parameters>)

  /// Draws the function.
  ///
  /// - Parameters:
  ///   - parameters: which one.
  ///   - stream: where it comes from.
  /// - Returns: the function.
  /// - Throws: `EnvironmentError.invalidDeclaration` for parameters that cannot be.
  static func draw(
    _ parameters: Parameters, from stream: inout RandomStream
  ) throws(EnvironmentError) -> any ContextualBlackBox
}

/// The parameters of a black box.
public protocol BlackBoxParameters: EnvironmentParameters, Equatable {
  /// Names the draw.
  var seed: UInt64 { get }
}

/// A black box that was drawn, and what is observed of it.
public struct BlackBoxState<Parameters: BlackBoxParameters>: Sendable {
  /// Which one it is.
  public let parameters: Parameters
  /// The function.
  public let box: any ContextualBlackBox
  /// What it depends on now besides the bits.
  public fileprivate(set) var context: [Float]

  fileprivate init<E: BlackBoxEnvironment>(
    _ parameters: Parameters, of type: E.Type
  ) throws(EnvironmentError) where E.Parameters == Parameters {
    var stream = RandomStream(seed: parameters.seed, purpose: StreamPurpose(rawValue: E.spec.name))
    box = try E.draw(parameters, from: &stream)
    self.parameters = parameters
    context = [Float](repeating: 0, count: box.contextSize)
  }
}

/// What of a state is saved: the function is drawn again.
private struct SavedState<Parameters: Codable>: Codable {
  let parameters: Parameters
  let context: [Float]
}

extension BlackBoxEnvironment {
  /// Draws the usual function.
  public init() {
    // The usual parameters pass the checks of `draw`, which a test makes sure of.
    do { try self.init(Parameters()) } catch { fatalError("\(error)") }
  }

  /// Draws a function.
  ///
  /// - Throws: `EnvironmentError.invalidDeclaration`.
  public init(_ parameters: Parameters) throws(EnvironmentError) {
    self.init(state: try BlackBoxState(parameters, of: Self.self))
  }

  /// What the function depends on, or the constant 1.
  public var observationSpace: Space {
    let size = state.context.count
    return size == 0
      ? .box(lower: [1], upper: [1])
      : .box(
        lower: Array(repeating: -.infinity, count: size),
        upper: Array(repeating: .infinity, count: size))
  }

  /// D bits.
  public var actionSpace: Space { .multiBinary(state.box.variableCount) }

  /// Draws what the function depends on.
  public mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    var stream = stream
    state.context = state.box.context(from: &stream)
    observe(&observation)
  }

  /// Evaluates the bits.
  public mutating func step(_ action: [Int], observation: inout MutableSpan<Float>) -> Transition {
    observe(&observation)
    return Transition(reward: value(of: action), isTerminated: true)
  }

  /// The reward of some bits, at what is observed now.
  ///
  /// - Parameter bits: D numbers, each 0 or 1.
  /// - Returns: f.
  public func value(of bits: [Int]) -> Double {
    state.box.function(at: state.context).value(of: bits.map { Float($0) }.span)
  }

  private func observe(_ observation: inout MutableSpan<Float>) {
    if state.context.isEmpty { observation[0] = 1 }
    for index in state.context.indices { observation[index] = state.context[index] }
  }

  /// Draws the bits that were chosen, above bars for what is observed.
  public func render(after action: [Int]?) -> Picture? {
    let bits = Picture.bits(state.box.variableCount, action)
    guard !state.context.isEmpty else { return bits }
    return bits.above(bars: state.context)
  }

  /// Says whether the function is another one.
  public func problemOfRestoring(into prototype: Self) -> String? {
    if state.parameters != prototype.state.parameters { return "its function is another one." }
    return state.context.allSatisfy(\.isFinite) ? nil : "its observation is not finite."
  }

  /// Draws the function again that was saved.
  public init(from decoder: any Decoder) throws {
    let saved = try SavedState<Parameters>(from: decoder)
    try self.init(saved.parameters)
    guard saved.context.count == state.context.count else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: decoder.codingPath,
          debugDescription:
            "\(state.context.count) numbers are observed, not \(saved.context.count)."))
    }
    state.context = saved.context
  }

  /// Saves parameters and observation.
  public func encode(to encoder: any Encoder) throws {
    try SavedState(parameters: state.parameters, context: state.context).encode(to: encoder)
  }

  /// Refuses a number of bits, labels or vertices.
  static func requireVariables(_ count: Int, atLeast least: Int = 1) throws(EnvironmentError) {
    guard (least...10_000).contains(count) else {
      throw .invalidDeclaration(
        environment: spec.name, reason: "it has \(least) to 10000 variables, not \(count).")
    }
  }

  /// Refuses the length of an observation.
  static func requireContext(_ size: Int) throws(EnvironmentError) {
    guard (1...10_000).contains(size) else {
      throw .invalidDeclaration(
        environment: spec.name, reason: "1 to 10000 numbers are observed, not \(size).")
    }
  }
}
