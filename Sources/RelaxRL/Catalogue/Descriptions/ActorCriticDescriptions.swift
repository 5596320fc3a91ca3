// Made by scripts/describe-settings from the comments of these structures; `make lint` compares.
import Agents
import ReinforcementLearning

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
        "K, the actions for each observation with `rloo`, `arms`, `relax-rloo` and `linear-surrogate`: the environments are copies, K of each.",
      "hiddenSizes":
        "Units of the hidden layers, the same for policy, V and c; of an image, those behind the convolutions.",
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
      "network":
        "Which network sees observations.",
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
        "Whether V(s) is subtracted; with estimators of several actions, which have a baseline of their own, there is no V.",
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
        "The divergence from the old policy at which an update's remaining passes are dropped; 0 for none. They are dropped at one and a half times this number, as in Stable-Baselines3.",
      "normalizeAdvantages":
        "Whether the advantages of a minibatch are shifted and scaled to mean 0 and deviation 1.",
      "hiddenSizes":
        "Units of the hidden layers, the same for policy and V; of an image, those behind the convolutions.",
      "activation":
        "What follows each hidden layer.",
      "network":
        "Which network sees observations.",
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
