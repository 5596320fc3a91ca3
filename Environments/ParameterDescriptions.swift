// Made by scripts/describe-settings from the comments of these structures; `make lint` compares.
import ReinforcementLearning

// swift-format-ignore
extension Pendulum.Parameters {
  /// What each setting means.
  public static var descriptions: [String: String] {
    [
      "g":
        "The acceleration of gravity, in metres per second squared.",
    ]
  }
}

// swift-format-ignore
extension CarParameters {
  /// What each setting means.
  public static var descriptions: [String: String] {
    [
      "goalVelocity":
        "The velocity that the car needs at the flag, within ±0.07.",
    ]
  }
}

// swift-format-ignore
extension Corridor.Parameters {
  /// What each setting means.
  public static var descriptions: [String: String] {
    [
      "length":
        "Number of cells, at least 2.",
      "slipProbability":
        "Probability of going the other way, in [0, 1].",
    ]
  }
}

// swift-format-ignore
extension RandomMDP.Parameters {
  /// What each setting means.
  public static var descriptions: [String: String] {
    [
      "states":
        "S, the number of states, at least 2.",
      "actions":
        "A, the number of actions, at least 1.",
      "seed":
        "Names the draw.",
    ]
  }
}

// swift-format-ignore
extension Quadratic.Parameters {
  /// What each setting means.
  public static var descriptions: [String: String] {
    [
      "variables":
        "D, the number of bits, from 1 to 10000.",
      "interaction":
        "κ, how strong the bits depend on each other, at least 0.",
      "seed":
        "Names the draw.",
    ]
  }
}

// swift-format-ignore
extension Orchard.Parameters {
  /// What each setting means.
  public static var descriptions: [String: String] {
    [
      "size":
        "The cells of a side, from 2 to 100.",
    ]
  }
}

// swift-format-ignore
extension IsingEnvironment.Parameters {
  /// What each setting means.
  public static var descriptions: [String: String] {
    [
      "variables":
        "D, the number of bits, from 2 to 10000.",
      "seed":
        "Names the draw.",
    ]
  }
}

// swift-format-ignore
extension NKEnvironment.Parameters {
  /// What each setting means.
  public static var descriptions: [String: String] {
    [
      "variables":
        "D, the number of bits, from 1 to 10000.",
      "neighbors":
        "K, from 0 to 10, and below D.",
      "seed":
        "Names the draw.",
    ]
  }
}

// swift-format-ignore
extension MaximumCutEnvironment.Parameters {
  /// What each setting means.
  public static var descriptions: [String: String] {
    [
      "variables":
        "D, the number of bits, from 2 to 10000.",
      "seed":
        "Names the draw.",
    ]
  }
}

// swift-format-ignore
extension ContextualQuadraticEnvironment.Parameters {
  /// What each setting means.
  public static var descriptions: [String: String] {
    [
      "variables":
        "D, the number of bits, from 1 to 10000.",
      "observed":
        "Numbers that are observed, from 1 to 10000.",
      "interaction":
        "κ, how strong the bits depend on each other, at least 0.",
      "seed":
        "Names the draw.",
    ]
  }
}

// swift-format-ignore
extension MultilabelEnvironment.Parameters {
  /// What each setting means.
  public static var descriptions: [String: String] {
    [
      "labels":
        "D, the number of labels, from 1 to 10000.",
      "observed":
        "Numbers that are observed, from 1 to 10000.",
      "seed":
        "Names the draw.",
    ]
  }
}

// swift-format-ignore
extension CopyEnvironment.Parameters {
  /// What each setting means.
  public static var descriptions: [String: String] {
    [
      "length":
        "Symbols of a sequence, from 1 to 1000.",
      "vocabulary":
        "Different symbols, from 2 to 1000.",
    ]
  }
}

// swift-format-ignore
extension MinAtarParameters {
  /// What each setting means.
  public static var descriptions: [String: String] {
    [
      "stickyActions":
        "Probability that a step repeats the action of the step before, in [0, 1].",
      "difficultyRamping":
        "Whether the game becomes harder as it goes on, where it does.",
      "minimalActions":
        "Whether only actions that do something in the game can be chosen, instead of all six.",
    ]
  }
}
