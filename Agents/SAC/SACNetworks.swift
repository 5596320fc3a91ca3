import Differentiation
import Foundation
import Networks
import ReinforcementLearning

/// Actor, critics and temperature with their optimizers, and the targets that follow the critics slowly.
struct SACNetworks {
  /// π.
  let policy: SACPolicy
  /// Q₁(s, a) and Q₂(s, a) of actions within ±1.
  let critics: TwinCritics
  /// Q₁' and Q₂'.
  let targets: TargetNetworks
  /// log α.
  let logTemperature: ParameterSet<Float>
  /// Of its loss.
  let temperatureGradient: ParameterSet<Float>
  /// What moves it.
  let temperatureOptimizer: Optimizer<Float>

  init(
    _ configuration: SACConfiguration, observationSize: Int, actionSize: Int
  ) throws(MemoryError) {
    policy = try SACPolicy(
      configuration, observationSize: observationSize, actionSize: actionSize)
    critics = try TwinCritics(
      configuration, observationSize: observationSize, actionSize: actionSize)
    targets = TargetNetworks(of: critics.networks)
    let layout = ParameterLayout([ParameterEntry("log_temperature", [1])])
    logTemperature = ParameterSet(layout)
    logTemperature.fill(Float(Foundation.log(configuration.initialTemperature)))
    temperatureGradient = ParameterSet(layout)
    temperatureOptimizer = Optimizer(.adam(beta2: configuration.adamBeta2), for: layout)
  }

  /// The trained networks.
  var trained: [TrainedNetwork] { [policy.network] + critics.networks }

  /// α.
  var temperature: Double { Foundation.exp(Double(logTemperature.pointer[0])) }

  func saveTemperature(to checkpoint: inout SafetensorsFile) {
    checkpoint.tensors += logTemperature.safetensorsEntries()
    checkpoint.tensors += temperatureOptimizer.safetensorsEntries(
      prefix: "optimizer.log_temperature.")
  }

  func restoreTemperature(from checkpoint: SafetensorsFile) throws {
    try logTemperature.restore(from: checkpoint)
    try temperatureOptimizer.restore(from: checkpoint, prefix: "optimizer.log_temperature.")
  }
}
