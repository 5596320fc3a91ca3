import GSL

/// A quadratic pseudo-Boolean function whose linear part is a linear function of an observation.
///
/// f(y; x) = (Σ (A x)_i y_i + Σ_{i<j} J_ij y_i y_j) / √D, x ~ N(0, 1), A ~ N(0, 1) / √(length of x) and J as in
/// ``QuadraticPseudoBoolean``. What is the best y changes with x.
public struct ContextualQuadratic: ContextualBlackBox {
  /// The length of x.
  public let contextSize: Int
  /// D.
  public var variableCount: Int { base.variableCount }
  /// A, `[D, contextSize]`.
  private let matrix: [Double]
  private let base: QuadraticPseudoBoolean

  /// A random one.
  ///
  /// - Parameters:
  ///   - variables: D.
  ///   - contextSize: the length of x.
  ///   - interaction: κ.
  ///   - stream: where A and J come from.
  public init(
    variables: Int, contextSize: Int, interaction: Double, from stream: inout RandomStream
  ) {
    self.contextSize = contextSize
    let scale = 1 / Double(contextSize).squareRoot()
    matrix = (0..<variables * contextSize).map { _ in scale * stream.gaussian() }
    base = QuadraticPseudoBoolean(
      linear: [Double](repeating: 0, count: variables),
      couplings: QuadraticPseudoBoolean.couplings(
        variables: variables, interaction: interaction, from: &stream))
  }

  /// x.
  public func context(from stream: inout RandomStream) -> [Float] {
    (0..<contextSize).map { _ in Float(stream.gaussian()) }
  }

  /// f of y alone.
  public func function(at context: [Float]) -> any PseudoBooleanFunction {
    base.with(
      linear: (0..<variableCount).map { row in
        (0..<contextSize).reduce(0) {
          $0 + matrix[row * contextSize + $1] * Double(context[$1])
        }
      })
  }
}
