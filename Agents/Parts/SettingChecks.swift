import Networks
import ReinforcementLearning

// Checks that the settings of several agents have in common.

/// Refuses layers that no network has.
func requireHiddenSizes(_ sizes: [Int]) throws(ConfigurationValueError) {
  try require(
    (1...64).contains(sizes.count) && sizes.allSatisfy { (1...8192).contains($0) },
    "hidden_sizes", sizes, "one to 64 sizes from 1 to 8192, such as [64, 64]")
}

/// Refuses a gain that no output has.
func requireOutputGain(_ gain: Double) throws(ConfigurationValueError) {
  try require(
    gain.isFinite && gain >= 0, "policy_output_gain", gain, "finite and not negative")
}

/// Refuses learning rates that are none.
func requireRates(_ rates: [(name: String, rate: Schedule)]) throws(ConfigurationValueError) {
  for (name, rate) in rates { try require(rate.isRate, name, rate, "finite and not negative") }
}

/// Refuses largest norms of gradients that are none; 0 stands for no limit.
func requireNorms(_ norms: [(name: String, norm: Double)]) throws(ConfigurationValueError) {
  for (name, norm) in norms {
    try require(norm.isFinite && norm >= 0, name, norm, "0 for no limit, or above")
  }
}
