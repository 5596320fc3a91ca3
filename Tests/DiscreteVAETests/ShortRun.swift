@testable import DiscreteVAE

/// A run on generated images that takes a fraction of a second.
func settings(
  _ estimator: VAEEstimator = .rebar, model: ModelKind = .linear1, steps: Int = 40
) -> VAEConfiguration {
  var estimation = EstimationSettings(estimator)
  estimation.controlUnits = [8, 8]
  var configuration = VAEConfiguration(model: model, estimation: estimation)
  configuration.dataset = .generated
  configuration.latents = 6
  configuration.steps = steps
  configuration.progressInterval = 10
  configuration.evaluationInterval = 15
  configuration.checkpointInterval = 20
  configuration.boundSamples = 5
  return configuration
}
