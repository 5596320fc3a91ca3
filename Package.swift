// swift-tools-version: 6.2
import PackageDescription

/// Every target is held to the same rules: the Swift 6 language mode and no warnings.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

func module(_ name: String, _ dependencies: [Target.Dependency], path: String? = nil) -> Target {
  .target(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

func tests(
  of name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []
) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.byName(name: name), "TestSupport"] + dependencies,
    exclude: exclude, swiftSettings: strict)
}

let package = Package(
  name: "RelaxRL",
  products: [
    .library(name: "RelaxRL", targets: ["RelaxRL"]),
    .library(name: "Estimators", targets: ["Estimators", "Distributions", "Differentiation"]),
    .library(name: "EnvironmentContract", targets: ["EnvironmentContract"]),
    .executable(name: "rl-train", targets: ["rl-train"]),
    .executable(name: "relax-lab", targets: ["relax-lab"]),
    .executable(name: "rl-bench", targets: ["rl-bench"]),
  ],
  traits: [
    .trait(name: "MPI", description: "Training in several processes, on one machine or several.")
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .systemLibrary(name: "CGSL", providers: [.apt(["libgsl-dev"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
      name: "CMPI", pkgConfig: "mpi-c", providers: [.apt(["libopenmpi-dev", "openmpi-bin"])]),
    .target(name: "CKernels", linkerSettings: [.linkedLibrary("m")]),
    .target(name: "CAllocations"),
    .target(name: "CProcess"),

    module("GSL", ["CGSL"]),
    module("Formats", ["CZlib"]),
    module("Differentiation", ["CKernels"]),
    module("Distributions", ["Differentiation"]),
    module("Noise", ["Distributions", "GSL"]),
    module("Networks", ["Differentiation", "CKernels", "GSL", "Formats"]),
    module("Estimators", ["Differentiation", "Distributions"]),
    module("BlackBoxes", ["GSL"]),
    module("ReinforcementLearning", ["GSL", "Networks", "Formats"]),
    module("EnvironmentContract", ["ReinforcementLearning", "GSL"]),
    // Empty without the trait, so that nobody needs MPI who does not ask for it.
    module(
      "MPI",
      [
        .target(name: "CMPI", condition: .when(traits: ["MPI"])), "ReinforcementLearning", "GSL",
      ]),
    .target(
      name: "Environments",
      dependencies: ["ReinforcementLearning", "BlackBoxes", "GSL", "Formats", "CProcess"],
      path: "Environments",
      // In the program itself, so that a copied binary finds them wherever it is.
      resources: [
        .embedInCode("Subprocess/Python/relaxrl.py"),
        .embedInCode("Subprocess/Python/gymnasium_bridge.py"),
        .embedInCode("Subprocess/Python/atari_bridge.py"),
      ], swiftSettings: strict),
    module(
      "Agents",
      [
        "ReinforcementLearning", "Estimators", "Distributions", "Noise", "Networks",
        "Differentiation", "GSL", "Formats",
      ],
      path: "Agents"),
    module(
      "Runs",
      ["Formats", "ReinforcementLearning", "Networks", "Differentiation", "GSL", "Yams"]),
    .target(
      name: "RelaxRL",
      dependencies: [
        "Agents", "Environments", "EnvironmentContract", "ReinforcementLearning", "Estimators",
        "Distributions", "Networks", "Differentiation", "GSL", "Formats", "Runs",
        .target(name: "MPI", condition: .when(traits: ["MPI"])),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      resources: [
        .embedInCode("Presets/actor-critic.yaml"), .embedInCode("Presets/control-variate.yaml"),
        .embedInCode("Presets/reinforce.yaml"), .embedInCode("Presets/relax-a2c.yaml"),
        .embedInCode("Presets/relax-ddpg.yaml"), .embedInCode("Presets/ppo.yaml"),
        .embedInCode("Presets/ddpg.yaml"), .embedInCode("Presets/td3.yaml"),
        .embedInCode("Presets/sac.yaml"), .embedInCode("Presets/dqn.yaml"),
        .embedInCode("Presets/es.yaml"),
        .embedInCode("Tuning/ranges.yaml"),
      ], swiftSettings: strict),

    module(
      "DiscreteVAE",
      [
        "Runs", "ReinforcementLearning", "Estimators", "Distributions", "Networks",
        "Differentiation", "GSL", "Formats",
      ]),

    module(
      "BlackBoxOptimization",
      [
        "BlackBoxes", "Estimators", "Distributions", "Networks", "Differentiation", "Noise", "GSL",
      ]),

    .executableTarget(name: "rl-train", dependencies: ["RelaxRL"], swiftSettings: strict),
    .executableTarget(
      name: "relax-lab",
      dependencies: [
        "RelaxRL", "DiscreteVAE", "BlackBoxOptimization", "BlackBoxes", "Runs", "Noise", "Formats",
        "Differentiation",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "rl-bench",
      dependencies: [
        "RelaxRL", "DiscreteVAE", "BlackBoxOptimization", "BlackBoxes", "Runs", "Differentiation",
        "Environments",
        "ReinforcementLearning", "GSL", "Networks",
        "CKernels", "CAllocations",
        .target(name: "MPI", condition: .when(traits: ["MPI"])),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    .target(
      name: "TestSupport", dependencies: ["Differentiation", "Distributions", "Noise", "GSL"],
      path: "Tests/TestSupport",
      swiftSettings: strict),
    tests(of: "GSL"),
    tests(of: "Formats", ["GSL"], exclude: ["Reference"]),
    tests(of: "Differentiation", ["CAllocations", "CKernels", "GSL"], exclude: ["Reference"]),
    tests(of: "Distributions"),
    tests(of: "Networks", ["Differentiation", "GSL"], exclude: ["Reference"]),
    tests(of: "Estimators"),
    tests(of: "BlackBoxes", ["GSL"]),
    tests(of: "BlackBoxOptimization", ["BlackBoxes", "Estimators", "GSL"]),
    tests(of: "ReinforcementLearning"),
    tests(
      of: "Environments", ["EnvironmentContract", "BlackBoxes", "CAllocations"],
      exclude: ["Golden", "Simulators"]),
    tests(
      of: "Agents", ["Environments", "EnvironmentContract"],
      exclude: ["PPO/Reference", "OffPolicy/Reference"]),
    tests(
      of: "Runs", ["ReinforcementLearning", "Networks", "Formats", "GSL", "Yams"],
      exclude: ["Reference"]),
    tests(of: "DiscreteVAE", ["Networks", "Runs", "Formats"]),
    // The tests of the command line run the built programs.
    tests(
      of: "RelaxRL", ["rl-train", "relax-lab", "Runs", "Differentiation"], exclude: ["Golden"]),
  ],
  swiftLanguageModes: [.v6]
)
