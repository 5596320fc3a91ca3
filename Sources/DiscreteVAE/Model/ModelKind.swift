/// The three models of the published tables.
package enum ModelKind: String, Sendable, Codable, CaseIterable {
  /// One layer of latents, linear maps in both directions.
  case linear1
  /// Two layers of latents, linear maps between.
  case linear2
  /// One layer of latents, two hidden layers of tanh units in both directions.
  case nonlinear

  /// Layers of latents.
  package var layerCount: Int { self == .linear2 ? 2 : 1 }
}
