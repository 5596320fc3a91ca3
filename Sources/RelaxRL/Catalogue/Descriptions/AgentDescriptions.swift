// Made by scripts/describe-settings from the comments of these structures; `make lint` compares.
import Agents
import ReinforcementLearning

// swift-format-ignore
extension DDPGConfiguration {
  /// What each setting means.
  public static var descriptions: [String: String] {
    [
      "envs":
        "Environments stepped side by side.",
      "bufferSize":
        "Transitions that are remembered; the oldest are forgotten first.",
      "batchSize":
        "Transitions of one gradient update, drawn with replacement.",
      "learningStarts":
        "Environment steps before the first gradient update.",
      "warmUp":
        "How those steps are acted in.",
      "trainEvery":
        "Steps of each environment between two rounds of updates.",
      "updatesPerStep":
        "Gradient updates per environment step, those before the first update not counted.",
      "discount":
        "γ.",
      "targetRate":
        "τ, how far the target networks go towards the trained ones in each update; the paper has 0.001.",
      "hiddenSizes":
        "Units of the hidden layers, the same for actor and critic.",
      "activation":
        "What follows each hidden layer.",
      "policyOutputGain":
        "The gain of the actor's output weights: small, so that tanh is far from saturated.",
      "learningRate":
        "Learning rate of the actor.",
      "criticLearningRate":
        "Learning rate of the critic.",
      "adamBeta2":
        "Adam's second decay, for both.",
      "maxGradientNorm":
        "Largest norm of the actor's gradient; 0 for no limit.",
      "maxCriticGradientNorm":
        "Largest norm of the critic's gradient; 0 for no limit.",
      "noise":
        "What is added to the actor's choice.",
      "noiseDeviation":
        "σ, in units of half the width of each action's range.",
      "noiseReversion":
        "θ of an Ornstein–Uhlenbeck process, the rate at which it returns to 0.",
      "noiseTimeStep":
        "Time that passes for an Ornstein–Uhlenbeck process in one step.",
      "varianceInterval":
        "The variance of the actor's gradient takes in every so many updates.",
    ]
  }
}

// swift-format-ignore
extension TD3Configuration {
  /// What each setting means.
  public static var descriptions: [String: String] {
    [
      "envs":
        "Environments stepped side by side.",
      "bufferSize":
        "Transitions that are remembered; the oldest are forgotten first.",
      "batchSize":
        "Transitions of one gradient update, drawn with replacement.",
      "learningStarts":
        "Environment steps before the first gradient update.",
      "warmUp":
        "How those steps are acted in.",
      "trainEvery":
        "Steps of each environment between two rounds of updates.",
      "updatesPerStep":
        "Gradient updates per environment step, those before the first update not counted.",
      "discount":
        "γ.",
      "targetRate":
        "τ, how far the target networks go towards the trained ones, whenever the actor moves.",
      "policyDelay":
        "Updates of the critics for one of the actor and the targets.",
      "targetNoiseDeviation":
        "σ of the noise on the actions of targets, in units of half the width of each action's range.",
      "targetNoiseLimit":
        "Where that noise is cut off, in the same units.",
      "hiddenSizes":
        "Units of the hidden layers, the same for actor and critics.",
      "activation":
        "What follows each hidden layer.",
      "policyOutputGain":
        "The gain of the actor's output weights: small, so that tanh is far from saturated.",
      "learningRate":
        "Learning rate of the actor.",
      "criticLearningRate":
        "Learning rate of the critics.",
      "adamBeta2":
        "Adam's second decay, for all.",
      "maxGradientNorm":
        "Largest norm of the actor's gradient; 0 for no limit.",
      "maxCriticGradientNorm":
        "Largest norm of each critic's gradient; 0 for no limit.",
      "noise":
        "What is added to the actor's choice.",
      "noiseDeviation":
        "σ, in units of half the width of each action's range.",
      "noiseReversion":
        "θ of an Ornstein–Uhlenbeck process, the rate at which it returns to 0.",
      "noiseTimeStep":
        "Time that passes for an Ornstein–Uhlenbeck process in one step.",
    ]
  }
}

// swift-format-ignore
extension SACConfiguration {
  /// What each setting means.
  public static var descriptions: [String: String] {
    [
      "envs":
        "Environments stepped side by side.",
      "bufferSize":
        "Transitions that are remembered; the oldest are forgotten first.",
      "batchSize":
        "Transitions of one gradient update, drawn with replacement.",
      "learningStarts":
        "Environment steps before the first gradient update, acted in with uniform actions.",
      "trainEvery":
        "Steps of each environment between two rounds of updates.",
      "updatesPerStep":
        "Gradient updates per environment step, those before the first update not counted.",
      "discount":
        "γ.",
      "targetRate":
        "τ, how far the target networks go towards the trained ones in each update.",
      "initialTemperature":
        "α at the start: the reward is worth as much as 1/α nats of entropy.",
      "temperatureLearningRate":
        "Learning rate of log α; 0 keeps α as it is.",
      "targetEntropyPerAction":
        "The entropy that α makes the policy have, for each component of an action in units in which its range is ±1. A uniform one would have log 2 = 0.69.",
      "hiddenSizes":
        "Units of the hidden layers, the same for actor and critics.",
      "activation":
        "What follows each hidden layer.",
      "policyOutputGain":
        "The gain of the actor's output weights: small, so that it begins with means of 0 and deviations of 1 everywhere.",
      "learningRate":
        "Learning rate of the actor.",
      "criticLearningRate":
        "Learning rate of the critics.",
      "adamBeta2":
        "Adam's second decay, for all.",
      "maxGradientNorm":
        "Largest norm of the actor's gradient; 0 for no limit.",
      "maxCriticGradientNorm":
        "Largest norm of each critic's gradient; 0 for no limit.",
    ]
  }
}

// swift-format-ignore
extension NetworkSettings: DescribedSettings {
  /// What each setting means.
  public static var descriptions: [String: String] {
    [
      "kind":
        "The kind: `automatic` takes convolutions where observations are bytes with three axes, layers of units elsewhere.",
      "channels":
        "Numbers that each convolution has for a window.",
      "kernels":
        "Rows and columns of each convolution's windows.",
      "strides":
        "Rows and columns from one window to the next, for each convolution.",
      "sharedTorso":
        "Whether policy, V and c see the features of one torso of convolutions, where there are such; else each has its own.",
      "valueWeight":
        "Weight of V's gradient in what moves a shared torso; Stable-Baselines3's for A2C and PPO.",
    ]
  }
}

// swift-format-ignore
extension DQNConfiguration {
  /// What each setting means.
  public static var descriptions: [String: String] {
    [
      "envs":
        "Environments stepped side by side.",
      "bufferSize":
        "Transitions that are remembered; the oldest are forgotten first.",
      "batchSize":
        "Transitions of one gradient update, drawn with replacement.",
      "learningStarts":
        "Environment steps before the first gradient update.",
      "trainEvery":
        "Steps of each environment between two rounds of updates.",
      "updatesPerStep":
        "Gradient updates per environment step, those before the first update not counted.",
      "discount":
        "γ.",
      "returnSteps":
        "n: rewards of so many steps are added up before Q stands for what follows. Beyond 1 they are those of earlier policies, for which nothing is corrected.",
      "doubleQ":
        "Whether the trained network chooses the action whose value the target network gives.",
      "targetRate":
        "τ, how far the target network goes towards the trained one at a time; 1 copies it.",
      "targetEvery":
        "Gradient updates from one such time to the next.",
      "epsilonStart":
        "ε at the start.",
      "epsilonEnd":
        "ε in the end.",
      "epsilonSteps":
        "Environment steps, of all environments together, in which ε goes there in a straight line.",
      "hiddenSizes":
        "Units of the hidden layers; of an image, those behind the convolutions.",
      "activation":
        "What follows each hidden layer.",
      "network":
        "Which network sees observations.",
      "learningRate":
        "Learning rate.",
      "adamBeta2":
        "Adam's second decay.",
      "maxGradientNorm":
        "Largest norm of the gradient; 0 for no limit. Mnih et al. bound each error, which Huber's loss does.",
    ]
  }
}

// swift-format-ignore
extension EvolutionConfiguration {
  /// What each setting means.
  public static var descriptions: [String: String] {
    [
      "envs":
        "Environments stepped side by side, each with a policy of its own: the population, two of a pair.",
      "envsPerShard":
        "Environments per shard; results depend on it, and never on the number of threads.",
      "episodesPerUpdate":
        "Whole episodes of each member of the population per update.",
      "noiseDeviation":
        "σ, the standard deviation of the noise that is added to each parameter.",
      "hiddenSizes":
        "Units of the hidden layers; none makes a linear policy.",
      "activation":
        "What follows each hidden layer.",
      "policyOutputGain":
        "The gain of the policy's output weights.",
      "squashActions":
        "Whether tanh keeps real actions within their bounds; otherwise they are clipped.",
      "learningRate":
        "Learning rate of Adam.",
      "adamBeta2":
        "Adam's second decay.",
      "weightDecay":
        "What is added to the gradient for each parameter, times the parameter; the paper has 0.005.",
      "normalizeObservations":
        "Whether observations are shifted and scaled by running statistics.",
    ]
  }
}
