import Environments
import GSL
import ReinforcementLearning
import Testing

struct PictureTests {
  /// Plays with random actions that are allowed, and takes a picture at the start and after every step.
  private func pictures<E: Environment>(
    _ prototype: E, steps: Int = 60, wrappers: [EnvironmentWrapper] = []
  ) throws -> [Pixels] {
    let plain: any VectorEnvironment = try EnvironmentBatch(prototype, count: 1, seed: 3)
    let batch = try wrappers.reduce(plain) { try $1($0, seed: 3) }
    var memory = EnvironmentMemory(for: batch)
    try memory.reset(batch)
    var stream = RandomStream(seed: 4, purpose: "picture-test")
    var pictures: [Pixels] = []
    func take() throws {
      pictures.append(try #require(try batch.render(lane: 0)).pixels(within: 200, 150))
    }
    try take()
    while pictures.count <= steps, !batch.isWaiting(0) {
      switch batch.actionSpace {
      case .box(let box):
        let action = zip(box.lower, box.upper).map { Float(stream.uniform(in: $0...$1)) }
        try memory.step(batch, actions: action, atEnd: .wait)
      case .discrete, .multiDiscrete, .multiBinary:
        var start = 0
        let action = batch.actionSpace.choices.map { choice in
          let allowed = (0..<choice.count).filter {
            memory.masks.isEmpty || memory.masks[start + $0] == 1
          }
          start += choice.count
          return Int32(choice.start + allowed[stream.index(below: allowed.count)])
        }
        try memory.step(batch, actions: action, atEnd: .wait)
      }
      try take()
    }
    return pictures
  }

  private func check(_ pictures: [Pixels], _ name: String) {
    #expect(pictures.count >= 2, "\(name)")
    for picture in pictures {
      // Nearly as large as what was asked for, and not all of one color.
      #expect(picture.width == 200 || picture.height == 150, "\(name)")
      let colors = Set(
        (0..<picture.height).flatMap { y in (0..<picture.width).map { x in picture[x, y] } })
      #expect(colors.count > 1, "\(name)")
    }
    #expect(Set(pictures).count > 1, "The picture of \(name) never changes.")
  }

  private func check<E: Environment>(_ prototype: E) throws {
    check(try pictures(prototype), E.spec.name)
  }

  @Test func `every built-in environment is drawn, and changes along an episode`() throws {
    try check(CartPole())
    try check(MountainCar())
    try check(MountainCarContinuous())
    try check(Acrobot())
    try check(Pendulum())
    try check(BernoulliBandit())
    try check(GaussianBandit())
    try check(ContextualBandit())
    try check(Corridor())
    try check(RandomMDP())
    try check(Orchard())
    try check(Quadratic())
    try check(IsingEnvironment())
    try check(NKEnvironment())
    try check(MaximumCutEnvironment())
    try check(ContextualQuadraticEnvironment())
    try check(MultilabelEnvironment())
    try check(CopyEnvironment())
    try check(MinAtarAsterix())
    try check(MinAtarBreakout())
    try check(MinAtarFreeway())
    try check(MinAtarSeaquest())
    try check(MinAtarSpaceInvaders())
  }

  @Test func `parameters of any size are drawn`() throws {
    try check(Corridor(length: 300, slipProbability: 0))
    try check(RandomMDP(stateCount: 40, actionCount: 2, seed: 1))
    try check(Orchard(size: 60))
    try check(Quadratic(variables: 1, interaction: 0, seed: 1))
    try check(Quadratic(variables: 1000, interaction: 0, seed: 1))
    try check(GaussianBandit(means: [-5], standardDeviation: 0))
    try check(GaussianBandit(means: Array(repeating: 0, count: 90), standardDeviation: 0))
    try check(BernoulliBandit(probabilities: [0, 0]))
    var copy = CopyEnvironment.Parameters()
    (copy.length, copy.vocabulary) = (55, 2)
    try check(CopyEnvironment(copy))
    var box = MultilabelEnvironment.Parameters()
    (box.labels, box.observed) = (3, 200)
    try check(MultilabelEnvironment(box))
  }

  @Test func `states that no episode leads to are drawn, whatever they are`() {
    var cart = CartPole()
    for number in [Double.nan, .infinity, 1e300, -1e18] {
      (cart.position, cart.angle) = (number, number)
      #expect(cart.render(after: 1)?.pixels(within: 40, 30).width == 40)
    }
    var pendulum = Pendulum()
    pendulum.angle = .nan
    #expect(pendulum.render(after: .nan)?.pixels(within: 40, 30).width == 40)
    var car = MountainCar()
    car.position = .infinity
    #expect(car.render(after: 2)?.pixels(within: 40, 30).width == 40)
  }

  @Test(arguments: WrapperTests.wrappers)
  func `wrappers show what is wrapped`(wrappers: [EnvironmentWrapper]) throws {
    check(try pictures(CartPole(), wrappers: wrappers), "\(wrappers)")
  }

  @Test func `what is done shows in the picture`() throws {
    let cart = CartPole()
    let pictures = [nil, 0, 1].map { cart.render(after: $0) }
    #expect(Set(pictures).count == 3)
    let bits = Quadratic()
    var chosen = Array(repeating: 0, count: 20)
    let before = bits.render(after: chosen)
    chosen[7] = 1
    #expect(before != bits.render(after: chosen) && before != bits.render(after: nil))
  }
}
