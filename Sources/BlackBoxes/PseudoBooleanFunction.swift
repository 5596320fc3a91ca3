import GSL

/// A reward f of D bits, whose mean under independent bits is known exactly.
///
/// To an estimator it is a black box: it sees values of f alone. The mean and its derivative are there to
/// say how good a policy is, and how far its gradient estimates are off.
public protocol PseudoBooleanFunction: Sendable {
  /// D.
  var variableCount: Int { get }

  /// f, to be made large.
  ///
  /// - Parameter bits: D numbers, each 0 or 1.
  /// - Returns: a finite number.
  func value(of bits: Span<Float>) -> Double

  /// E f when the bits are independent, and its derivative by each probability.
  ///
  /// E f is linear in each probability, so that the derivative by one of them is
  /// E[f | its bit is 1] − E[f | its bit is 0].
  ///
  /// - Parameters:
  ///   - probabilities: D numbers in [0, 1], those of a bit being 1.
  ///   - gradient: D numbers, overwritten.
  /// - Returns: E f.
  func expectation(_ probabilities: [Double], gradient: inout [Double]) -> Double

  /// E f alone, where its derivative takes longer.
  func expectation(_ probabilities: [Double]) -> Double
}

extension PseudoBooleanFunction {
  /// E f alone.
  public func expectation(_ probabilities: [Double]) -> Double {
    var gradient = [Double](repeating: 0, count: variableCount)
    return expectation(probabilities, gradient: &gradient)
  }
}

/// A reward of D bits that also depends on what was observed before they were chosen.
public protocol ContextualBlackBox: Sendable {
  /// The length of what is observed.
  var contextSize: Int { get }
  /// D.
  var variableCount: Int { get }

  /// Draws an observation, `contextSize` numbers.
  func context(from stream: inout RandomStream) -> [Float]

  /// The reward that remains a function of the bits alone.
  func function(at context: [Float]) -> any PseudoBooleanFunction
}

/// A function of the bits alone, as one that depends on nothing else.
public struct FixedFunction: ContextualBlackBox {
  private let function: any PseudoBooleanFunction

  /// Takes a function.
  public init(_ function: some PseudoBooleanFunction) { self.function = function }

  /// Nothing is observed.
  public var contextSize: Int { 0 }

  /// D.
  public var variableCount: Int { function.variableCount }

  /// Nothing.
  public func context(from stream: inout RandomStream) -> [Float] { [] }

  /// The function.
  public func function(at context: [Float]) -> any PseudoBooleanFunction { function }
}

/// y = ±1 of a probability: its mean.
@inline(__always)
func spin(_ probability: Double) -> Double { 2 * probability - 1 }
