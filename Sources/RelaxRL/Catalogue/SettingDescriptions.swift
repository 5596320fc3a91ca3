// Made by scripts/describe-settings from the comments of these structures; `make lint` compares.
import Agents
import Environments
import ReinforcementLearning
import Runs

// swift-format-ignore
extension RunSettings: DescribedSettings {
  /// What each setting means.
  package static var descriptions: [String: String] {
    [
      "agent":
        "The agent's name.",
      "env":
        "The environment's name.",
      "seed":
        "Of parameters, noise and environments.",
      "steps":
        "Environment steps, rounded up to whole updates.",
      "stopWhenSolved":
        "Whether training ends when the task counts as solved.",
      "progressInterval":
        "Environment steps between two rows of `progress.csv`.",
      "checkpointInterval":
        "Environment steps between two checkpoints.",
    ]
  }
}

// swift-format-ignore
extension EvaluationSettings: DescribedSettings {
  /// What each setting means.
  package static var descriptions: [String: String] {
    [
      "evalEvery":
        "Environment steps of training between two evaluations, at least 1.",
      "evalEpisodes":
        "Whole episodes of each; ten tell a solved task of Gymnasium's from most others.",
      "evalDeterministic":
        "Whether the likeliest actions are taken; else they are drawn, as in training.",
    ]
  }
}

// swift-format-ignore
extension SimulatorSettings: DescribedSettings {
  /// What each setting means.
  public static var descriptions: [String: String] {
    [
      "command":
        "What starts it, split into words as a shell does; empty where the environment's name says it.",
      "args":
        "Arguments of the environment where its name says what starts it, such as `size=8,obs_type=ram`.",
      "processes":
        "Processes over which the environments of a shard are spread.",
      "encoding":
        "How steps travel.",
      "startTimeout":
        "Seconds from the start to the answer to `hello`; 0 for no limit.",
      "resetTimeout":
        "Seconds for a reset, or for saving or restoring states; 0 for no limit.",
      "stepTimeout":
        "Seconds for a step; 0 for no limit.",
      "closeTimeout":
        "Seconds to end in when asked to, before it is made to.",
      "restarts":
        "How often in a run a simulator that crashed or hung is started again.",
      "strict":
        "Whether a crash ends the run at once.",
      "sameCore":
        "Whether simulators share the core of the trainer's thread: for ones so fast that waking another core would take longer than they do.",
    ]
  }
}

// swift-format-ignore
extension ActorCriticConfiguration {
  /// What each setting means.
  public static var descriptions: [String: String] {
    [
      "estimator":
        "The estimator of the policy gradient.",
      "envs":
        "Environments stepped side by side.",
      "envsPerShard":
        "Environments per shard; results depend on it, and never on the number of threads.",
      "returns":
        "What follows each action.",
      "rolloutSteps":
        "Steps of each environment per update; not used with `monte-carlo` and `gae-episodes`.",
      "episodesPerUpdate":
        "Whole episodes of each environment per update; used with `monte-carlo` and `gae-episodes`.",
      "discount":
        "γ.",
      "gaeLambda":
        "λ of generalized advantage estimation.",
      "discountedWeights":
        "Whether rows are weighted by γ^t, as the gradient of the discounted return asks.",
      "samples":
        "K, the actions for each observation with `rloo`: the environments are copies, K of each.",
      "hiddenSizes":
        "Units of the hidden layers, the same for policy, V and c.",
      "activation":
        "What follows each hidden layer.",
      "policyOutputGain":
        "The standard deviation of the policy's first logits is about this: small, so that it starts close to uniform.",
      "optimizer":
        "The optimizer of all three networks.",
      "rmspropDecay":
        "Share of the past in RMSProp's average.",
      "rmspropEpsilon":
        "RMSProp's ε; Stable-Baselines3's value for A2C.",
      "adamBeta2":
        "Adam's second decay.",
      "learningRate":
        "Learning rate of the policy.",
      "maxGradientNorm":
        "Largest norm of the policy's gradient; 0 for no limit.",
      "entropyCoefficient":
        "Weight of the policy's entropy.",
      "entropyInReturns":
        "Whether what follows an action includes the weighted entropies of later steps, as the gradient of the return plus the entropies asks.",
      "normalizeObservations":
        "Whether observations are shifted and scaled by running statistics.",
      "normalizeRewards":
        "Whether rewards are scaled by the running deviation of the return.",
      "varianceInterval":
        "The variance of the policy's gradient takes in every so many updates.",
      "value":
        "V(s).",
      "controlVariate":
        "c_φ.",
      "gaussian":
        "The policy of real actions.",
    ]
  }
}

// swift-format-ignore
extension ActorCriticConfiguration.Value: DescribedSettings {
  /// What each setting means.
  public static var descriptions: [String: String] {
    [
      "baseline":
        "Whether V(s) is subtracted; with `rloo`, which has a baseline of its own, there is no V.",
      "learningRate":
        "Learning rate of V.",
      "maxGradientNorm":
        "Largest norm of V's gradient; 0 for no limit.",
      "seesTime":
        "Whether V and c see which share of the step limit has passed; on whole episodes.",
    ]
  }
}

// swift-format-ignore
extension ActorCriticConfiguration.ControlVariate: DescribedSettings {
  /// What each setting means.
  public static var descriptions: [String: String] {
    [
      "objective":
        "How φ learns.",
      "reach":
        "Whether c is subtracted from the return of its own step alone, or also from those of earlier steps.",
      "future":
        "Whether what an action says of later steps' gradients is subtracted too, as far as it is linear: by regression on earlier updates, on whole episodes.",
      "gate":
        "Whether control variates count only as far as they have lowered the variance in earlier updates; on whole episodes, at the price of a second gradient.",
      "freeDraws":
        "Draws of other actions with which the mean of c is estimated in later steps where it has no closed form.",
      "scope":
        "Of what gradient the variance is taken.",
      "form":
        "What c_φ(s, a) of real actions looks like.",
      "hiddenSizes":
        "Units of the hidden layers of c; empty for those of the other networks.",
      "linear":
        "Whether c has a linear part beside its hidden layers.",
      "temperature":
        "λ of the relaxed choices that c sees, at the start: it is a part of φ.",
      "learningRate":
        "Learning rate of φ.",
      "maxGradientNorm":
        "Largest norm of φ's gradient; 0 for no limit.",
    ]
  }
}

// swift-format-ignore
extension ActorCriticConfiguration.Gaussian: DescribedSettings {
  /// What each setting means.
  public static var descriptions: [String: String] {
    [
      "deviation":
        "Where the spread of real actions comes from.",
      "initialLogDeviation":
        "log σ at the start, in units in which the bounds are ±1.",
      "squashActions":
        "Whether tanh keeps actions within their bounds; otherwise they are clipped.",
    ]
  }
}

// swift-format-ignore
extension PPOConfiguration {
  /// What each setting means.
  public static var descriptions: [String: String] {
    [
      "envs":
        "Environments stepped side by side.",
      "envsPerShard":
        "Environments per shard; results depend on it, and never on the number of threads.",
      "rolloutSteps":
        "Steps of each environment per update.",
      "minibatchSize":
        "Steps of all environments together in one minibatch; the last one of an epoch may be smaller.",
      "epochs":
        "How often an update goes through its rollout.",
      "discount":
        "γ.",
      "gaeLambda":
        "λ of generalized advantage estimation.",
      "clipRange":
        "ε, how far the probability of an action may move in an update; by environment steps.",
      "valueClipRange":
        "How far V may move in an update; 0 for no limit, which most find better.",
      "targetKL":
        "They are dropped at one and a half times this number, as in Stable-Baselines3.",
      "normalizeAdvantages":
        "Whether the advantages of a minibatch are shifted and scaled to mean 0 and deviation 1.",
      "hiddenSizes":
        "Units of the hidden layers, the same for policy and V.",
      "activation":
        "What follows each hidden layer.",
      "policyOutputGain":
        "The gain of the policy's output weights: small, so that it starts close to uniform.",
      "initialLogDeviation":
        "log σ of real actions at the start, in units in which the bounds are ±1.",
      "squashActions":
        "Whether tanh keeps real actions within their bounds; otherwise they are clipped.",
      "learningRate":
        "Learning rate of the policy, by environment steps.",
      "valueLearningRate":
        "Learning rate of V, by environment steps.",
      "adamBeta2":
        "Adam's second decay.",
      "adamEpsilon":
        "Adam's ε; Stable-Baselines3's value for PPO.",
      "maxGradientNorm":
        "Largest norm of the policy's gradient; 0 for no limit.",
      "maxValueGradientNorm":
        "Largest norm of V's gradient; 0 for no limit.",
      "entropyCoefficient":
        "Weight of the policy's entropy.",
      "normalizeObservations":
        "Whether observations are shifted and scaled by running statistics.",
      "normalizeRewards":
        "Whether rewards are scaled by the running deviation of the return.",
      "varianceInterval":
        "The variance of the policy's gradient takes in every so many updates.",
    ]
  }
}

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
        "A uniform one would have log 2 = 0.69.",
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
        "Beyond 1 they are those of earlier policies, for which nothing is corrected.",
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
        "Units of the hidden layers.",
      "activation":
        "What follows each hidden layer.",
      "learningRate":
        "Learning rate.",
      "adamBeta2":
        "Adam's second decay.",
      "maxGradientNorm":
        "Mnih et al. bound each error, which Huber's loss does.",
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
