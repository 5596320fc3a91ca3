import Agents
import Environments
import ReinforcementLearning
import Foundation
import Networks

var configuration = ActorCriticConfiguration()
let arguments = CommandLine.arguments
configuration.envs = arguments.count > 2 ? Int(arguments[2]) ?? 8 : 8
if arguments.contains("relax") { configuration.estimator = .relax }
if arguments.contains("all") { configuration.estimator = .allAction }
let threads = arguments.contains("t2") ? 2 : 1
let agent = try ActorCritic(configuration, seed: 1) { try EnvironmentBatch<CartPole>(count: $0, seed: 1, firstLane: $1) }
let loop = TrainingLoop(agent, threads: threads, rewardThreshold: 475)
let total = arguments.count > 1 ? Int(arguments[1]) ?? 100_000 : 100_000
let start = Date()
while loop.progress.steps < total {
  try loop.update(of: total)
  if loop.progress.updates % (total / 10 / (configuration.envs * 5)) == 0 { print(loop.progress.steps, loop.log.meanReturn ?? .nan, agent.metrics) }
}
let seconds = Date().timeIntervalSince(start)
print("steps/s", Double(loop.progress.steps) / seconds, loop.progress)
