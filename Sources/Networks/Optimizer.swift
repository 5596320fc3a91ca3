import GSL

/// An optimizer with its state: it turns gradients into updates of one parameter set.
///
/// Like the parameters it belongs to one thread at a time.
public final class Optimizer<Scalar: ParameterScalar> {
  /// Which optimizer this is, with its fixed settings.
  public let configuration: OptimizerConfiguration

  /// The running averages in the order of ``OptimizerConfiguration/momentNames``, in the layout of
  /// the parameters.
  public let moments: [(name: String, values: ParameterSet<Scalar>)]

  /// How many updates were made.
  public internal(set) var stepCount = 0

  /// No element of a gradient since this object was made, clipped if it was, was larger.
  var largestGradient = 0.0

  // Kept at hand: looked up anew for each update, they take longer than updating a few parameters.
  private let layout: ParameterLayout
  private let count: Int64
  private let kernels: OptimizerKernels<Scalar>
  /// The memory of the moments, which live as long as this object.
  private let memory: [UnsafeMutablePointer<Scalar>]

  /// An optimizer that has made no update.
  ///
  /// - Parameters:
  ///   - configuration: valid settings; see ``OptimizerConfiguration/validate()``.
  ///   - layout: that of the parameters to update.
  public init(_ configuration: OptimizerConfiguration, for layout: ParameterLayout) {
    do { try configuration.validate() } catch { fatalError(error.description) }
    self.configuration = configuration
    moments = configuration.momentNames.map { ($0, ParameterSet(layout)) }
    memory = moments.map(\.values.pointer)
    self.layout = layout
    count = Int64(layout.count)
    kernels = Scalar.optimizerKernels
  }

  /// Updates the parameters once.
  ///
  /// With a maximal norm the gradient g is scaled by min(1, maximum / (‖g‖ + 1e-6)), as PyTorch's
  /// `clip_grad_norm_` does; the buffer of the gradient stays as it is.
  ///
  /// - Parameters:
  ///   - parameters: changed in place.
  ///   - gradient: in the layout of the parameters.
  ///   - learningRate: η of this update, finite and not negative.
  ///   - maximumNorm: the largest Euclidean norm of the gradient, over all parameters together; nil
  ///     does not clip.
  ///   - norm: the gradient's Euclidean norm where ``ParameterSet/finiteNorm()`` has given it already.
  /// - Returns: the Euclidean norm of the gradient before clipping.
  /// - Throws: ``GradientError`` when the gradient or its norm is not finite; parameters, averages
  ///   and step count are then as before. Also when the update has made a parameter or an average
  ///   infinite, after which only a restore is of use.
  @discardableResult
  public func update(
    _ parameters: ParameterSet<Scalar>, gradient: ParameterSet<Scalar>, learningRate: Double,
    maximumNorm: Double? = nil, norm: Double? = nil
  ) throws(GradientError) -> Double {
    insist(
      parameters.layout == layout && gradient.layout == layout,
      "The optimizer, the parameters and the gradient must have the same layout.")
    insist(
      learningRate >= 0 && learningRate.isFinite,
      "The learning rate must be finite and not negative but is \(learningRate).")
    if let maximumNorm {
      insist(
        maximumNorm > 0, "The largest gradient norm must be positive but is \(maximumNorm).")
    }
    let gradientNorm: Double
    if let norm {
      gradientNorm = norm
    } else {
      let own = kernels.sumOfSquares(count, gradient.pointer).squareRoot()
      // What is not finite is named there.
      gradientNorm = own.isFinite ? own : try gradient.finiteNorm()
    }
    // The constant keeps the quotient finite at a gradient of zero; it is PyTorch's.
    let scale = maximumNorm.map { min(1, $0 / (gradientNorm + 1e-6)) } ?? 1
    stepCount += 1
    step(parameters, gradient, learningRate: learningRate, gradientScale: scale)
    try requireFinite(
      parameters, afterGradient: gradientNorm * scale, learningRate: learningRate)
    return gradientNorm
  }

  private func step(
    _ parameters: ParameterSet<Scalar>, _ gradient: ParameterSet<Scalar>, learningRate: Double,
    gradientScale: Double
  ) {
    switch configuration {
    case .sgd(let momentum):
      kernels.sgd(
        count, parameters.pointer, gradient.pointer, memory[0], learningRate,
        momentum, gradientScale)
    case .rmsProp(let decay, let epsilon):
      kernels.rmsProp(
        count, parameters.pointer, gradient.pointer, memory[0], learningRate,
        decay, epsilon, gradientScale)
    case .adam(let beta1, let beta2, let epsilon):
      kernels.adam(
        count, parameters.pointer, gradient.pointer, memory[0],
        memory[1], learningRate, beta1, beta2, epsilon,
        1 - power(beta1, stepCount), 1 - power(beta2, stepCount), gradientScale)
    }
  }
}

/// Why a gradient cannot be used for an update.
public enum GradientError: Error, Hashable, CustomStringConvertible {
  /// An element is NaN or infinite.
  case notFinite(parameter: String, element: Int, label: String, value: Double)
  /// Every element is finite, but the sum of their squares is not.
  case normOverflows
  /// The update itself made a parameter, or a running average, infinite or not a number.
  case updateNotFinite(label: String, value: String, learningRate: Double)

  /// What is wrong, the value received and what would be right.
  public var description: String {
    switch self {
    case .notFinite(_, _, let label, let value):
      "The gradient of \(label) is \(value). The parameters were not updated; look for the first "
        + "non-finite value of the step, or lower the learning rate."
    case .normOverflows:
      "The norm of the gradient overflows although its elements are finite. The parameters were "
        + "not updated; scale the loss or lower the learning rate."
    case .updateNotFinite(let label, let value, let learningRate):
      "An update with the learning rate \(learningRate) made \(label) \(value), which must stay "
        + "finite. Scale the rewards, limit the gradient's norm or lower the learning rate."
    }
  }
}

extension ParameterSet {
  /// The Euclidean norm of all elements together.
  ///
  /// - Throws: ``GradientError`` that names the first element which is not finite.
  public func finiteNorm() throws(GradientError) -> Double {
    let norm = Scalar.optimizerKernels.sumOfSquares(Int64(count), pointer).squareRoot()
    // A finite sum of squares has finite terms, so the usual case reads the elements once.
    if norm.isFinite { return norm }
    guard let element = firstNonFinite else { throw .normOverflows }
    let view = layout.view(containing: element)
    throw .notFinite(
      parameter: view.name, element: element - view.range.lowerBound,
      label: layout.label(ofElement: element), value: Double(pointer[element]))
  }
}

/// base to a whole power by repeated squaring: the same digits with every C library.
private func power(_ base: Double, _ exponent: Int) -> Double {
  var result = 1.0
  var square = base
  var rest = exponent
  while rest > 0 {
    if rest & 1 == 1 { result *= square }
    square *= square
    rest >>= 1
  }
  return result
}
