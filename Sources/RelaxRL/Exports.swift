// One import gives a user environments, agents, networks, estimators and random numbers.
@_exported import Agents
@_exported import Differentiation
@_exported import Distributions
@_exported import EnvironmentContract
@_exported import Environments
@_exported import Estimators
@_exported import Formats
@_exported import GSL
@_exported import Networks
@_exported import ReinforcementLearning
