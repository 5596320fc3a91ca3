import RelaxRL

// `OwnTask own-agent` trains the agent of this package on its task; anything else is what `rl-train`
// does, with one more environment: `OwnTask --agent relax-a2c --env lamps`.
if CommandLine.arguments.dropFirst().first == "own-agent" {
  let loop = TrainingLoop(try LinearAgent(seed: 1), rewardThreshold: Lamps.spec.rewardThreshold)
  while loop.progress.solvedAtStep == nil && loop.progress.steps < 100_000 {
    try loop.update(of: 100_000)
  }
  print("solved after \(loop.progress.solvedAtStep ?? -1) steps")
} else {
  RelaxRL.main(environments: [Lamps.self])
}
