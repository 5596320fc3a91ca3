import Foundation
import GSL
import Networks

/// A multilayer perceptron with tanh, worked out by hand from a parameter set.
struct PlainNetwork {
  private let layers: [(weight: [Double], bias: [Double])]

  init(_ parameters: ParameterSet<Float>) {
    let names = parameters.layout.names
    layers = names.filter { $0.hasSuffix(".weight") }.map { name in
      let bias = name.dropLast("weight".count) + "bias"
      return (parameters[name].map(Double.init), parameters[String(bias)].map(Double.init))
    }
  }

  func callAsFunction(_ input: [Double]) -> [Double] {
    var x = input
    for (index, layer) in layers.enumerated() {
      x = layer.bias.indices.map { output in
        x.indices.reduce(layer.bias[output]) {
          $0 + x[$1] * layer.weight[$1 * layer.bias.count + output]
        }
      }
      if index < layers.count - 1 { x = x.map { tanh($0) } }
    }
    return x
  }
}

/// θ / Σ θ for θ = e^logits.
func softmax(_ logits: [Double]) -> [Double] {
  let masses = logits.map { exp($0) }
  let sum = masses.reduce(0, +)
  return masses.map { $0 / sum }
}

extension ParameterSet<Float> {
  /// Draws every element from a normal distribution.
  func fillRandomly(deviation: Double, seed: UInt64) {
    var stream = RandomStream(seed: seed, purpose: "test-parameters")
    values = (0..<count).map { _ in Float(deviation * stream.gaussian()) }
  }
}
