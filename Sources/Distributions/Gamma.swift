import Differentiation

/// D independent gamma variables per row, from logarithms of shapes and of rates.
///
/// Its samples b = z / β come from z ~ Gamma(α, 1), which is no function of α and of noise that is simple and smooth. So z
/// is drawn outside the graph, with what is known of dz/dα there: see `GammaDraw`.
public struct Gamma {
  /// log α, `[R, D]`.
  public let logShape: Tensor
  /// log β, `[R, D]`.
  public let logRate: Tensor

  /// A distribution of `[R, D]` log shapes and log rates.
  ///
  /// - Parameters:
  ///   - logShape: log α.
  ///   - logRate: log β, of the same shape; broadcast it if rows share it.
  public init(logShape: Tensor, logRate: Tensor) {
    demand(
      logShape.shape.rank == 2 && logShape.shape == logRate.shape,
      "Gamma needs log shapes and log rates [rows, variables] of one shape, not "
        + "\(logShape.shape) and \(logRate.shape).")
    self.logShape = logShape
    self.logRate = logRate
  }

  /// The log shapes and the log rates.
  public var parameters: [Tensor] { [logShape, logRate] }

  /// α / β, `[R, D]`.
  public var mean: Tensor { (logShape - logRate).exp() }

  /// b = z / β, `[R, D]`, differentiable by both parameters, once.
  public func sample(_ draw: GammaDraw) -> Tensor {
    let shape = logShape.exp()
    // Its value is z, and its derivative by α the one that was drawn with it.
    let standard = draw.standard + draw.derivative * (shape - shape.stopGradient())
    return standard * (-logRate).exp()
  }
}

/// What was drawn for gamma variables: z ~ Gamma(α, 1), and how it moves with α.
public struct GammaDraw {
  /// z, `[R, D]`, an input.
  public let standard: Tensor
  /// dz/dα, `[R, D]`, an input: of a transformation whose noise may itself depend on α.
  public let derivative: Tensor

  /// Takes inputs of one shape.
  ///
  /// - Parameters:
  ///   - standard: z.
  ///   - derivative: dz/dα.
  public init(standard: Tensor, derivative: Tensor) {
    demand(
      standard.shape == derivative.shape,
      "A draw and its derivative must have one shape, not \(standard.shape) and \(derivative.shape)."
    )
    self.standard = standard
    self.derivative = derivative
  }
}

/// D independent beta variables per row, from logarithms of both shapes.
///
/// b = x / (x + y) of x ~ Gamma(α, 1) and y ~ Gamma(β, 1), whose derivatives b inherits.
public struct Beta {
  /// All x and, behind them, all y: `[R, 2 D]`.
  public let gammas: Gamma

  /// A distribution of `[R, D]` log shapes.
  ///
  /// - Parameters:
  ///   - logAlpha: log α, of what pulls to 1.
  ///   - logBeta: log β, of what pulls to 0; of the same shape.
  public init(logAlpha: Tensor, logBeta: Tensor) {
    let shapes = Tensor.concatenate([logAlpha, logBeta], axis: 1)
    gammas = Gamma(
      logShape: shapes, logRate: shapes.graph.constant(0, shape: shapes.shape))
  }

  /// b, `[R, D]`.
  ///
  /// - Parameter gammas: values `[R, 2 D]` of all x and y.
  /// - Returns: x / (x + y).
  public static func value(ofGammas gammas: Tensor) -> Tensor {
    let count = gammas.shape[1] / 2
    let first = gammas.slice(axis: 1, 0..<count)
    return first / (first + gammas.slice(axis: 1, count..<2 * count))
  }
}
