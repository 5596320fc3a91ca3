import EnvironmentContract
import Environments
import ReinforcementLearning
import Testing

struct ContractTests {
  @Test func `every built-in environment keeps the contract`() {
    let reports = [
      checkEnvironment(CartPole()), checkEnvironment(CartPole(), spec: CartPole.specV0),
      checkEnvironment(MountainCar()), checkEnvironment(MountainCarContinuous(), steps: 1200),
      checkEnvironment(Pendulum()), checkEnvironment(Acrobot()),
      checkEnvironment(BernoulliBandit()), checkEnvironment(GaussianBandit()),
      checkEnvironment(ContextualBandit()), checkEnvironment(Corridor()),
      checkEnvironment(RandomMDP()), checkEnvironment(Quadratic()), checkEnvironment(Orchard()),
      checkEnvironment(IsingEnvironment()), checkEnvironment(NKEnvironment()),
      checkEnvironment(MaximumCutEnvironment()), checkEnvironment(ContextualQuadraticEnvironment()),
      checkEnvironment(MultilabelEnvironment()), checkEnvironment(CopyEnvironment()),
      checkEnvironment(MaskedTask()), checkEnvironment(WideTask()),
    ]
    for report in reports {
      #expect(report.isKept, "\(report)")
      #expect(report.checks.count == 13)
    }
  }

  @Test(arguments: Defect.allCases) func `every kind of broken environment is caught`(
    defect: Defect
  ) throws {
    let report = checkEnvironment(BrokenTask(defect))
    let broken = report.violations.map(\.rule)
    #expect(broken.contains(defect.brokenRule), "\(report)")
    #expect(report.description.contains("breaks"))
  }

  @Test(arguments: BrokenVector.Defect.allCases)
  func `every kind of broken vector environment is caught`(defect: BrokenVector.Defect) {
    let report = checkVectorEnvironment("broken") { seed, count, firstLane in
      BrokenVector(
        try EnvironmentBatch<CartPole>(count: count, seed: seed, firstLane: firstLane), defect)
    }
    #expect(report.violations.map(\.rule).contains(defect.brokenRule), "\(report)")
  }

  @Test func `a task without randomness keeps the contract, and that is noted`() {
    let report = checkEnvironment(CountingUp())
    #expect(report.isKept, "\(report)")
    let notes = report.checks.compactMap(\.note)
    #expect(notes.contains { $0.contains("where nothing is random") }, "\(report)")
    #expect(report.description.contains("  note    different seeds and lanes differ"))
  }

  @Test func `the report says in words what was found`() {
    let text = checkEnvironment(BrokenTask(.leavesSpace)).description
    #expect(text.contains("observations are finite and inside the space"))
    #expect(text.contains("is not in box"))
    #expect(checkEnvironment(CartPole()).description.hasSuffix("cartpole keeps the contract."))
  }
}
