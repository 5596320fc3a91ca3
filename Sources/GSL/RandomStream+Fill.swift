import CGSL
import Glibc

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
    fill(&out) { -log($0) }
  }

  /// Fills the span with exponential numbers of mean 1, drawn in `Double` and rounded.
  ///
  /// They stay above 0: the smallest `Double` drawn is 2⁻⁵³, far inside the range of `Float`.
  public mutating func fillExponential(_ out: inout MutableSpan<Float>) {
    fill(&out) { Float(-log($0)) }
  }

  /// Fills the span with logistic numbers of location 0 and scale 1.
  public mutating func fillLogistic(_ out: inout MutableSpan<Double>) {
    fill(&out) { log($0 / (1 - $0)) }
  }

  /// Fills the span with logistic numbers of location 0 and scale 1, drawn in `Double` and rounded.
  public mutating func fillLogistic(_ out: inout MutableSpan<Float>) {
    fill(&out) { Float(log($0 / (1 - $0))) }
  }

  /// Fills the span with uniform numbers from the open interval (0, 1).
  ///
  /// In `Double` only: rounded to `Float`, one in 2²⁵ of them would be exactly 1.
  public mutating func fillUniform(_ out: inout MutableSpan<Double>) {
    fill(&out) { $0 }
  }

  /// Fills the span with a function of uniform numbers, eight at a time where a block begins.
  @inline(__always)
  private mutating func fill<Element>(
    _ out: inout MutableSpan<Element>, _ transform: (Double) -> Element
  ) {
    var index = 0
    while index < out.count {
      guard position & 3 == 0 && index + 8 <= out.count else {
        out[index] = transform(uniform())
        index += 1
        continue
      }
      let words = Philox.fourBlocks(first: position >> 2, high: stream, key: key)
      position &+= 16
      for block in 0..<4 {
        out[index + 2 * block] = transform(Self.uniform(words.low[block]))
        out[index + 2 * block + 1] = transform(Self.uniform(words.high[block]))
      }
      index += 8
    }
  }
}
