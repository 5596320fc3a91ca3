import CGSL

/// Bulk draws: the same numbers, in the same order, as one draw after the other.
extension RandomStream {
  /// Fills the span with standard normal numbers.
  public mutating func fillGaussian(_ out: inout MutableSpan<Double>) {
    withGenerator { generator in
      for index in out.indices { out[index] = gsl_ran_gaussian_ziggurat(generator, 1) }
    }
  }

  /// Fills the span with standard normal numbers, drawn in `Double` and rounded.
  public mutating func fillGaussian(_ out: inout MutableSpan<Float>) {
    withGenerator { generator in
      for index in out.indices { out[index] = Float(gsl_ran_gaussian_ziggurat(generator, 1)) }
    }
  }

  /// Fills the span with exponential numbers of mean 1.
  public mutating func fillExponential(_ out: inout MutableSpan<Double>) {
    for index in out.indices { out[index] = exponential() }
  }

  /// Fills the span with exponential numbers of mean 1, drawn in `Double` and rounded.
  ///
  /// They stay above 0: the smallest `Double` drawn is 2⁻⁵³, far inside the range of `Float`.
  public mutating func fillExponential(_ out: inout MutableSpan<Float>) {
    for index in out.indices { out[index] = Float(exponential()) }
  }

  /// Fills the span with logistic numbers of location 0 and scale 1.
  public mutating func fillLogistic(_ out: inout MutableSpan<Double>) {
    for index in out.indices { out[index] = logistic() }
  }

  /// Fills the span with logistic numbers of location 0 and scale 1, drawn in `Double` and rounded.
  public mutating func fillLogistic(_ out: inout MutableSpan<Float>) {
    for index in out.indices { out[index] = Float(logistic()) }
  }

  /// Fills the span with uniform numbers from the open interval (0, 1).
  ///
  /// In `Double` only: rounded to `Float`, one in 2²⁵ of them would be exactly 1.
  public mutating func fillUniform(_ out: inout MutableSpan<Double>) {
    for index in out.indices { out[index] = uniform() }
  }
}
