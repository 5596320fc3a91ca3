import BlackBoxOptimization

extension TunedSettings {
  /// The table; `relax-lab blackbox --tune` prints a row of it.
  static let all: [TunedSettings] = [
    TunedSettings(
      task: .quadratic,
      sizes: BlackBoxSizes(
        interaction: 0.3, variables: 100, entropy: 0.15,
        updates: 400, samples: 4, contexts: 1),
      settings: [
        .relax: BlackBoxSettings(rate: 0.128, falls: true, second: 0.01),
        .relaxRLOO: BlackBoxSettings(rate: 0.128, falls: true, second: 0.01),
        .rloo: BlackBoxSettings(rate: 0.128, falls: true, second: 0.0),
        .average: BlackBoxSettings(rate: 0.128, falls: true, second: 0.8),
        .surrogate: BlackBoxSettings(rate: 0.16, falls: true, second: 0.995),
        .surrogateNetwork: BlackBoxSettings(rate: 0.128, falls: true, second: 0.01),
        .disarm: BlackBoxSettings(rate: 0.119, falls: true, second: 0.0),
        .arms: BlackBoxSettings(rate: 0.119, falls: true, second: 0.0),
      ]),
    TunedSettings(
      task: .quadratic,
      sizes: BlackBoxSizes(
        interaction: 0.3, variables: 200, entropy: 0.15,
        updates: 600, samples: 4, contexts: 1),
      settings: [
        .relax: BlackBoxSettings(rate: 0.08, falls: true, second: 0.005),
        .relaxRLOO: BlackBoxSettings(rate: 0.08, falls: true, second: 0.005),
        .rloo: BlackBoxSettings(rate: 0.0696, falls: true, second: 0.0),
        .average: BlackBoxSettings(rate: 0.064, falls: true, second: 0.8),
        .surrogate: BlackBoxSettings(rate: 0.1, falls: true, second: 0.995),
        .surrogateNetwork: BlackBoxSettings(rate: 0.08, falls: true, second: 0.01),
        .disarm: BlackBoxSettings(rate: 0.0685, falls: true, second: 0.0),
        .arms: BlackBoxSettings(rate: 0.064, falls: true, second: 0.0),
      ]),
    TunedSettings(
      task: .quadratic,
      sizes: BlackBoxSizes(
        interaction: 1.0, variables: 100, entropy: 0.15,
        updates: 600, samples: 4, contexts: 1),
      settings: [
        .relax: BlackBoxSettings(rate: 0.16, falls: true, second: 0.01),
        .relaxRLOO: BlackBoxSettings(rate: 0.16, falls: true, second: 0.01),
        .rloo: BlackBoxSettings(rate: 0.1488, falls: true, second: 0.0),
        .average: BlackBoxSettings(rate: 0.16, falls: true, second: 0.9),
        .surrogate: BlackBoxSettings(rate: 0.2, falls: true, second: 0.99),
        .surrogateNetwork: BlackBoxSettings(rate: 0.16, falls: true, second: 0.01),
        .disarm: BlackBoxSettings(rate: 0.1488, falls: true, second: 0.0),
        .arms: BlackBoxSettings(rate: 0.137, falls: true, second: 0.0),
      ]),
    TunedSettings(
      task: .quadratic,
      sizes: BlackBoxSizes(
        interaction: 0.3, variables: 100, entropy: 0.0,
        updates: 400, samples: 4, contexts: 1),
      settings: [
        .relax: BlackBoxSettings(rate: 0.256, falls: false, second: 0.01),
        .relaxRLOO: BlackBoxSettings(rate: 0.256, falls: false, second: 0.01),
        .rloo: BlackBoxSettings(rate: 0.2944, falls: false, second: 0.0),
        .average: BlackBoxSettings(rate: 0.256, falls: false, second: 0.5),
        .surrogate: BlackBoxSettings(rate: 0.256, falls: false, second: 0.95),
      ]),
    TunedSettings(
      task: .quadratic,
      sizes: BlackBoxSizes(
        interaction: 1.0, variables: 100, entropy: 0.0,
        updates: 600, samples: 4, contexts: 1),
      settings: [
        .relax: BlackBoxSettings(rate: 0.256, falls: false, second: 0.01),
        .relaxRLOO: BlackBoxSettings(rate: 0.256, falls: false, second: 0.02),
        .rloo: BlackBoxSettings(rate: 0.256, falls: false, second: 0.0),
        .average: BlackBoxSettings(rate: 0.256, falls: false, second: 0.5),
        .surrogate: BlackBoxSettings(rate: 0.256, falls: false, second: 0.97),
      ]),
    TunedSettings(
      task: .ising,
      sizes: BlackBoxSizes(
        interaction: 0.0, variables: 100, entropy: 0.2,
        updates: 800, samples: 4, contexts: 1),
      settings: [
        .relax: BlackBoxSettings(rate: 0.16, falls: true, second: 0.003),
        .relaxRLOO: BlackBoxSettings(rate: 0.16, falls: true, second: 0.01),
        .rloo: BlackBoxSettings(rate: 0.174, falls: true, second: 0.0),
        .average: BlackBoxSettings(rate: 0.16, falls: true, second: 0.95),
        .surrogate: BlackBoxSettings(rate: 0.2, falls: true, second: 0.995),
        .surrogateNetwork: BlackBoxSettings(rate: 0.2, falls: true, second: 0.001),
        .disarm: BlackBoxSettings(rate: 0.128, falls: true, second: 0.0),
        .arms: BlackBoxSettings(rate: 0.1488, falls: true, second: 0.0),
      ]),
    TunedSettings(
      task: .nk,
      sizes: BlackBoxSizes(
        interaction: 0.0, variables: 100, entropy: 0.2,
        updates: 800, samples: 4, contexts: 1),
      settings: [
        .relax: BlackBoxSettings(rate: 0.016, falls: true, second: 0.001),
        .relaxRLOO: BlackBoxSettings(rate: 0.012, falls: true, second: 0.001),
        .rloo: BlackBoxSettings(rate: 0.0104, falls: true, second: 0.0),
        .average: BlackBoxSettings(rate: 0.012, falls: true, second: 0.95),
        .surrogate: BlackBoxSettings(rate: 0.016, falls: true, second: 0.999),
        .surrogateNetwork: BlackBoxSettings(rate: 0.012, falls: true, second: 0.003),
        .disarm: BlackBoxSettings(rate: 0.0104, falls: true, second: 0.0),
        .arms: BlackBoxSettings(rate: 0.0104, falls: true, second: 0.0),
      ]),
    TunedSettings(
      task: .maxcut,
      sizes: BlackBoxSizes(
        interaction: 0.0, variables: 100, entropy: 0.2,
        updates: 800, samples: 4, contexts: 1),
      settings: [
        .relax: BlackBoxSettings(rate: 0.012, falls: true, second: 0.001),
        .relaxRLOO: BlackBoxSettings(rate: 0.012, falls: true, second: 0.001),
        .rloo: BlackBoxSettings(rate: 0.0104, falls: true, second: 0.0),
        .average: BlackBoxSettings(rate: 0.012, falls: true, second: 0.95),
        .surrogate: BlackBoxSettings(rate: 0.012, falls: true, second: 0.995),
        .surrogateNetwork: BlackBoxSettings(rate: 0.012, falls: true, second: 0.01),
        .disarm: BlackBoxSettings(rate: 0.0104, falls: true, second: 0.0),
        .arms: BlackBoxSettings(rate: 0.0104, falls: true, second: 0.0),
      ]),
    TunedSettings(
      task: .contextual,
      sizes: BlackBoxSizes(
        interaction: 0.3, variables: 30, entropy: 0.15,
        updates: 600, samples: 1, contexts: 8),
      settings: [
        .relax: BlackBoxSettings(rate: 0.064, falls: true, second: 0.005),
        .average: BlackBoxSettings(rate: 0.04, falls: true, second: 0.9),
        .value: BlackBoxSettings(rate: 0.04, falls: true, second: 0.02),
      ]),
    TunedSettings(
      task: .contextual,
      sizes: BlackBoxSizes(
        interaction: 0.3, variables: 30, entropy: 0.15,
        updates: 600, samples: 4, contexts: 8),
      settings: [
        .relax: BlackBoxSettings(rate: 0.08, falls: true, second: 0.005),
        .relaxRLOO: BlackBoxSettings(rate: 0.08, falls: true, second: 0.005),
        .rloo: BlackBoxSettings(rate: 0.0696, falls: true, second: 0.0),
        .average: BlackBoxSettings(rate: 0.05, falls: true, second: 0.8),
        .surrogate: BlackBoxSettings(rate: 0.08, falls: true, second: 0.995),
        .value: BlackBoxSettings(rate: 0.05, falls: true, second: 0.02),
      ]),
    TunedSettings(
      task: .multilabel,
      sizes: BlackBoxSizes(
        interaction: 0.0, variables: 30, entropy: 0.0,
        updates: 600, samples: 4, contexts: 8),
      settings: [
        .relax: BlackBoxSettings(rate: 0.064, falls: false, second: 0.001),
        .relaxRLOO: BlackBoxSettings(rate: 0.2, falls: false, second: 0.001),
        .rloo: BlackBoxSettings(rate: 0.2944, falls: false, second: 0.0),
        .average: BlackBoxSettings(rate: 0.16, falls: false, second: 0.95),
        .value: BlackBoxSettings(rate: 0.1, falls: false, second: 0.005),
        .surrogate: BlackBoxSettings(rate: 0.256, falls: false, second: 0.995),
      ]),
    TunedSettings(
      task: .copy,
      sizes: BlackBoxSizes(
        interaction: 0.0, variables: 20, entropy: 0.0,
        updates: 500, samples: 4, contexts: 8),
      settings: [
        .relax: BlackBoxSettings(rate: 0.1, falls: false, second: 0.005),
        .relaxRLOO: BlackBoxSettings(rate: 0.16, falls: false, second: 0.001),
        .rloo: BlackBoxSettings(rate: 0.1392, falls: false, second: 0.0),
        .average: BlackBoxSettings(rate: 0.1, falls: false, second: 0.5),
        .value: BlackBoxSettings(rate: 0.128, falls: false, second: 0.005),
      ]),
  ]
}
