import Differentiation
import Foundation
import GSL
import Networks

/// φ: the temperatures, scales and networks of a control variate, or learned baselines.
///
/// It owns no numbers: it knows the names of its parameters in a layout.
package struct ControlVariate: Sendable {
  /// φ; empty for estimators without one.
  package let layout: ParameterLayout
  private let networks: [any Network]
  private let settings: EstimationSettings

  /// λ = ½ and η = 1, as in the authors' code.
  private static let firstTemperature = 0.5

  init(_ model: DiscreteVAE, _ settings: EstimationSettings) {
    self.settings = settings
    var layout = ParameterLayout()
    var networks: [any Network] = []
    for layer in 0..<model.layerCount {
      if settings.estimator.hasRelaxation {
        layout.add(Self.temperature(layer), [])
        let scales =
          settings.scope == .layer
          ? [Self.scale(layer)] : model.encoderParameters(layer).map(Self.scale)
        for name in scales { layout.add(name, []) }
      }
      let below = layer == 0 ? [] : [(name: "below", size: model.latents)]
      let image = [(name: "image", size: model.pixels)] + below
      if settings.estimator.hasNetwork {
        networks.append(
          JoinedNetwork(
            "network.\(layer)", inputs: image + [(name: "sample", size: model.latents)],
            hiddenSizes: settings.controlUnits, activation: .relu, in: &layout))
      } else if settings.estimator.hasBaseline {
        networks.append(
          JoinedNetwork(
            "baseline.\(layer)", inputs: image, hiddenSizes: [settings.baselineUnits],
            activation: .tanh, in: &layout))
      }
    }
    self.layout = layout
    self.networks = networks
  }

  /// The name of log λ of a layer.
  static func temperature(_ layer: Int) -> String { "log_temperature.\(layer)" }
  /// The name of η of a layer.
  static func scale(_ layer: Int) -> String { "scale.\(layer)" }
  /// The name of η of a parameter of the encoder.
  static func scale(_ parameter: String) -> String { "scale.\(parameter)" }

  /// Draws φ anew.
  package func initialize<Scalar>(_ phi: ParameterSet<Scalar>, from stream: inout RandomStream) {
    for view in layout.views where view.shape.isEmpty {
      phi[view.name] = [view.name.hasPrefix("scale.") ? 1 : Scalar(log(Self.firstTemperature))]
    }
    for network in networks { network.initialize(phi, from: &stream) }
  }

  /// λ of each layer.
  func temperatures(_ phi: ParameterTensors, layers: Int) -> [Tensor] {
    (0..<layers).map { phi[Self.temperature($0)].exp() }
  }

  /// The network r of a layer, or its baseline.
  ///
  /// - Parameters:
  ///   - layer: which one.
  ///   - inputs: the centered image, 2b − 1 of the layer below if there is one, and z for r.
  ///   - phi: the parameters.
  /// - Returns: one number per row of the input with the most.
  func network(_ layer: Int, _ inputs: [Tensor], _ phi: ParameterTensors) -> Tensor {
    networks[layer](inputs, parameters: phi)
  }
}
