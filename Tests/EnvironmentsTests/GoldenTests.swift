import Environments
import ReinforcementLearning
import Testing

/// Against trajectories of the real gymnasium package, see `scripts/golden_trajectories.py`.
struct GoldenTests {
  static let tasks: [any GoldenTask.Type] = [
    CartPole.self, MountainCar.self, MountainCarContinuous.self, Pendulum.self, Acrobot.self,
  ]

  @Test(arguments: tasks) func `a step from every golden state is Gymnasium's to 1e-6`(
    task: any GoldenTask.Type
  ) throws {
    let file = try GoldenFile(task.goldenName)
    #expect(file.episodes.count >= 20)
    let deviation = task.oneStepDeviation(from: file)
    #expect(deviation.comparisons > 500)
    #expect(deviation.state < 1e-6)
    #expect(deviation.reward < 1e-6)
    #expect(deviation.wrongEnds == 0)
    // Single precision of a number up to 30.
    #expect(deviation.observation < 4e-6)
  }

  @Test(arguments: [CartPole.self, MountainCar.self, Pendulum.self] as [any GoldenTask.Type])
  func `whole episodes are Gymnasium's to 1e-6`(task: any GoldenTask.Type) throws {
    // The pole that is balanced for 500 steps is the exception: played back without feedback, an
    // error grows by e every 0.26 seconds, so that rounding shows after 300 steps.
    let deviation = task.episodeDeviation(from: try GoldenFile(task.goldenName)) {
      task == CartPole.self && $0.kind == "directed" ? 150 : .max
    }
    #expect(deviation.state < 1e-6)
    #expect(deviation.reward < 1e-6)
    #expect(deviation.totalReward < 1e-6)
    #expect(deviation.wrongEnds == 0)
  }

  @Test func `whole episodes of MountainCarContinuous differ by Gymnasium's rounding only`() throws
  {
    // Gymnasium rounds the state to single precision after each of up to 999 steps.
    let deviation = MountainCarContinuous.episodeDeviation(
      from: try GoldenFile(MountainCarContinuous.goldenName))
    #expect(deviation.state < 1e-4)
    #expect(deviation.reward < 1e-6)
    #expect(deviation.totalReward < 1e-6)
    #expect(deviation.wrongEnds == 0)
  }

  @Test func `the first 50 steps of the chaotic Acrobot are Gymnasium's to 1e-6`() throws {
    let deviation = Acrobot.episodeDeviation(
      from: try GoldenFile(Acrobot.goldenName), steps: { _ in 50 })
    #expect(deviation.state < 1e-6)
    #expect(deviation.wrongEnds == 0)
  }

  @Test(arguments: tasks) func `a state disturbed by a millionth is noticed`(
    task: any GoldenTask.Type
  ) throws {
    let deviation = task.oneStepDeviation(from: try GoldenFile(task.goldenName), disturbance: 2e-6)
    #expect(deviation.state > 1e-6)
  }

  @Test func `names, limits and thresholds are Gymnasium's`() throws {
    var specs = Self.tasks.map { $0.spec }
    specs.append(CartPole.specV0)
    var golden: [GoldenFile.Spec] = []
    for task in Self.tasks { golden += try GoldenFile(task.goldenName).specs }
    #expect(golden.count == 6)
    for expected in golden {
      let spec = try #require(specs.first { $0.aliases.contains(expected.identifier) })
      #expect(spec.stepLimit == expected.stepLimit)
      // Gymnasium has none for Pendulum.
      #expect(spec.rewardThreshold == expected.rewardThreshold ?? -200)
    }
  }
}
