/// Which optimizer to use, with its fixed settings; the learning rate is given at each update.
///
/// g is the gradient after clipping, θ the parameters, η the learning rate, t the number of the
/// update from 1. Definitions and defaults are those of PyTorch's `torch.optim`.
public enum OptimizerConfiguration: Sendable, Hashable {
  /// Gradient descent: b ← momentum · b + g, θ ← θ − η b.
  case sgd(momentum: Double = 0)

  /// RMSProp, uncentered: v ← decay · v + (1 − decay) g², θ ← θ − η g / (√v + ε).
  ///
  /// Tieleman and Hinton (2012). PyTorch calls the decay alpha. ε stands outside the root;
  /// TensorFlow's original, used by the first A2C code, has it inside.
  case rmsProp(decay: Double = 0.99, epsilon: Double = 1e-8)

  /// Adam: m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g²,
  /// θ ← θ − η m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε).
  ///
  /// Kingma and Ba (2015), algorithm 1.
  case adam(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8)

  /// Checks that every setting lies in its range.
  ///
  /// - Throws: ``OptimizerConfigurationError`` for the first one that does not.
  public func validate() throws(OptimizerConfigurationError) {
    switch self {
    case .sgd(let momentum):
      try requireFraction(momentum, "momentum")
    case .rmsProp(let decay, let epsilon):
      try requireFraction(decay, "decay")
      try requirePositive(epsilon)
    case .adam(let beta1, let beta2, let epsilon):
      try requireFraction(beta1, "beta1")
      try requireFraction(beta2, "beta2")
      try requirePositive(epsilon)
    }
  }

  /// The names of the buffers that the optimizer keeps, each as long as the parameters.
  public var momentNames: [String] {
    switch self {
    case .sgd: ["velocity"]
    case .rmsProp: ["mean_square"]
    case .adam: ["first_moment", "second_moment"]
    }
  }

  /// Those of them that are averages of squares.
  static let squareMomentNames = ["mean_square", "second_moment"]

  private func requireFraction(
    _ value: Double, _ name: String
  ) throws(OptimizerConfigurationError) {
    guard value >= 0 && value < 1 else { throw .notAFraction(name: name, value: value) }
  }

  private func requirePositive(_ epsilon: Double) throws(OptimizerConfigurationError) {
    guard epsilon > 0 && epsilon.isFinite else { throw .epsilonNotPositive(epsilon) }
  }
}

/// Which setting of an optimizer is out of its range.
public enum OptimizerConfigurationError: Error, Hashable, CustomStringConvertible {
  /// A decay or momentum lies outside [0, 1).
  case notAFraction(name: String, value: Double)
  /// The epsilon is zero, negative or not finite.
  case epsilonNotPositive(Double)

  /// What is wrong, the value received and what would be right.
  public var description: String {
    switch self {
    case .notAFraction(let name, let value):
      "The optimizer's \(name) must lie in [0, 1) but is \(value). "
        + "Most tasks here use 0.9 to 0.999."
    case .epsilonNotPositive(let value):
      "The optimizer's epsilon must be positive but is \(value). Most tasks here use 1e-8 to 1e-5."
    }
  }
}
