/// The training and validation bounds that Grathwohl and others (2018) published.
///
/// The paper's columns for Concrete, NVIL and MuProp are those of Tucker and others (2017). Its
/// validation numbers are 100-sample bounds in the authors' code, whatever the paper calls them.
package enum PublishedTable {
  /// The training bounds, by data set, model and estimator.
  private static let training: [Dataset: [ModelKind: [VAEEstimator: Double]]] = [
    .mnist: [
      .nonlinear: [
        .concrete: -102.2, .nvil: -101.5, .muProp: -101.1, .rebar: -81.01, .relaxedREBAR: -78.13,
      ],
      .linear1: [
        .concrete: -111.3, .nvil: -112.5, .muProp: -111.7, .rebar: -111.6, .relaxedREBAR: -111.20,
      ],
      .linear2: [
        .concrete: -99.62, .nvil: -99.6, .muProp: -99.07, .rebar: -98.22, .relaxedREBAR: -98.00,
      ],
    ],
    .omniglot: [
      .nonlinear: [
        .concrete: -110.4, .nvil: -109.58, .muProp: -108.72, .rebar: -56.76, .relaxedREBAR: -56.12,
      ],
      .linear1: [
        .concrete: -117.23, .nvil: -117.44, .muProp: -117.09, .rebar: -116.63,
        .relaxedREBAR: -116.57,
      ],
      .linear2: [
        .concrete: -109.95, .nvil: -109.98, .muProp: -109.55, .rebar: -108.71,
        .relaxedREBAR: -108.54,
      ],
    ],
  ]

  /// The validation bounds, of which only those of the paper's own estimators are known.
  private static let validation: [Dataset: [ModelKind: [VAEEstimator: Double]]] = [
    .mnist: [
      .nonlinear: [.rebar: -111.12, .relaxedREBAR: -119.19],
      .linear1: [.rebar: -114.32, .relaxedREBAR: -113.62],
      .linear2: [.rebar: -101.20, .relaxedREBAR: -100.85],
    ],
    .omniglot: [
      .nonlinear: [.rebar: -127.51, .relaxedREBAR: -128.20],
      .linear1: [.rebar: -122.44, .relaxedREBAR: -122.11],
      .linear2: [.rebar: -115.83, .relaxedREBAR: -115.42],
    ],
  ]

  /// Images for training, validation and tests in the published split, all of 784 pixels.
  private static let splits: [Dataset: [Int]] = [
    .mnist: [50_000, 10_000, 10_000], .omniglot: [23_000, 1_345, 8_070],
  ]

  /// Whether a run has the published split's images and the published models' latents, so that the
  /// published numbers may stand beside its own.
  static func applies(to run: VAESummary, latents: Int) -> Bool {
    splits[run.dataset] == [run.trainImages, run.validationImages, run.testImages]
      && run.pixels == 784 && latents == 200
  }

  /// The highest training bound that was published, if there is one.
  package static func training(
    _ dataset: Dataset, _ model: ModelKind, _ estimator: VAEEstimator
  ) -> Double? { training[dataset]?[model]?[estimator] }

  /// The best validation bound that was published, if there is one.
  package static func validation(
    _ dataset: Dataset, _ model: ModelKind, _ estimator: VAEEstimator
  ) -> Double? { validation[dataset]?[model]?[estimator] }
}
