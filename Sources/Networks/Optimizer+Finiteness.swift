/// What an update has to leave finite: the parameters and the moments.
///
/// Reading every number after every update would cost a few percent of it. But how far an update can
/// go is known beforehand from the norm of the gradient, and as long as that is nowhere near the end
/// of the numbers there is nothing to find.
extension Optimizer {
  /// Squares of gradients below this have a finite sum with any finite average of such squares.
  static var largestSafeGradient: Double { 1e19 }

  /// Steps below this take a finite parameter beyond the largest number only after many updates.
  static var largestSafeStep: Double { 1e30 }

  /// The updates after which everything is read whatever the bounds say.
  static var longestUnread: Int { 1024 }

  /// Checks what an update has changed.
  ///
  /// - Parameters:
  ///   - parameters: those that were updated.
  ///   - gradient: no element of the scaled gradient was larger than that.
  ///   - learningRate: η of the update.
  /// - Throws: ``GradientError/updateNotFinite(label:value:learningRate:)`` for the first parameter,
  ///   or else moment, that is not finite.
  func requireFinite(
    _ parameters: ParameterSet<Scalar>, afterGradient gradient: Double, learningRate: Double
  ) throws(GradientError) {
    largestGradient = max(largestGradient, gradient)
    // Written so that a bound which is not a number is none.
    // A rate beyond single precision is infinite there, and infinity times 0 no number.
    if gradient < Self.largestSafeGradient, learningRate < Self.largestSafeStep,
      longestStep(learningRate) < Self.largestSafeStep,
      !stepCount.isMultiple(of: Self.longestUnread)
    {
      return
    }
    for (name, values) in [("", parameters)] + moments.map({ ("\($0.name) of ", $0.values) }) {
      guard let element = values.firstNonFinite else { continue }
      throw .updateNotFinite(
        label: name + values.layout.label(ofElement: element),
        value: "\(values.pointer[element])", learningRate: learningRate)
    }
  }

  /// How far a parameter can have moved, given the largest gradient so far.
  private func longestStep(_ learningRate: Double) -> Double {
    switch configuration {
    case .sgd(let momentum): learningRate * largestGradient / (1 - momentum)
    case .rmsProp(_, let epsilon), .adam(_, _, let epsilon):
      learningRate * largestGradient / epsilon
    }
  }
}
