/// An environment from which agents learn with other rewards than it gives.
final class ChangedRewards: WrappedEnvironment {
  private let transform: RewardTransform

  /// - Parameters:
  ///   - inner: what is wrapped.
  ///   - seed: the run's.
  ///   - change: from the transform there was to the one there is.
  init(
    _ inner: any VectorEnvironment, seed: UInt64, _ change: (RewardTransform) -> RewardTransform
  ) {
    transform = change(inner.trainingRewards)
    super.init(inner, seed: seed)
  }

  override var trainingRewards: RewardTransform { transform }
}
