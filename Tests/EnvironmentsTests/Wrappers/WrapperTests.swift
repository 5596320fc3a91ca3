import EnvironmentContract
import Environments
import GSL
import ReinforcementLearning
import Testing

struct WrapperTests {
  static let wrappers: [[EnvironmentWrapper]] = [
    [.frameStack(3)], [.clipReward(0.5)], [.scaleReward(-2)], [.stickyActions(0.25)],
    [.timeLimit(7)], [.repeatSteps(3)],
    [.stickyActions(0.25), .repeatSteps(2), .frameStack(4), .timeLimit(9), .clipReward(1)],
    [.timeLimit(5), .repeatSteps(2), .frameStack(2), .frameStack(2)],
  ]

  @Test(arguments: wrappers) func `wrapped environments keep the contract`(
    wrappers: [EnvironmentWrapper]
  ) {
    func report<E: Environment>(_ type: E.Type) -> ContractReport {
      checkVectorEnvironment("\(wrappers)") { seed, count, firstLane in
        try wrappers.lanes(E.self, count: count, seed: seed, firstLane: firstLane)
      }
    }
    for report in [
      report(CartPole.self), report(Pendulum.self), report(EchoTask.self),
      report(MinAtarBreakout.self),
    ] {
      #expect(report.isKept, "\(report)")
    }
  }

  @Test(arguments: wrappers) func `what a wrapper says beforehand of spaces and limits is so`(
    wrappers: [EnvironmentWrapper]
  ) throws {
    let plain = try EnvironmentBatch<CartPole>(count: 1, seed: 1)
    let wrapped = try wrappers.lanes(CartPole.self, count: 1)
    #expect(
      wrapped.observationSpace
        == wrappers.reduce(plain.observationSpace) { $1.observationSpace($0) })
    #expect(wrapped.stepLimit == wrappers.reduce(plain.stepLimit) { $1.stepLimit($0) })
  }

  @Test func `a stack is the last observations, and after a start the first one alone`() throws {
    let (plain, stacked) = (
      try Played([EnvironmentWrapper]().lanes(EchoTask.self)),
      try Played([EnvironmentWrapper.frameStack(3)].lanes(EchoTask.self))
    )
    var histories = (0..<3).map { lane in Array(repeating: plain.row(lane), count: 3) }
    var stream = RandomStream(seed: 2, purpose: "actions")
    var ends = 0
    for _ in 0..<100 {
      let actions = (0..<3).map { _ in Int32(stream.index(below: 10)) }
      try plain.step(actions)
      try stacked.step(actions)
      #expect(stacked.outcomes == plain.outcomes && stacked.rewards == plain.rewards)
      for lane in 0..<3 {
        if plain.outcomes[lane].isEnd {
          ends += 1
          let last = histories[lane].dropFirst() + [plain.finalRow(lane)]
          #expect(stacked.finalRow(lane) == last.flatMap { $0 })
          histories[lane] = Array(repeating: plain.row(lane), count: 3)
        } else {
          histories[lane] = histories[lane].dropFirst() + [plain.row(lane)]
        }
        #expect(stacked.row(lane) == histories[lane].flatMap { $0 })
      }
    }
    #expect(ends == 6)
  }

  @Test func `stacked pictures keep their planes side by side, as bytes and as numbers`() throws {
    let stacked = try [EnvironmentWrapper.frameStack(2)].lanes(MinAtarBreakout.self, count: 1)
    #expect(stacked.observationSpace.description == "box([10, 10, 8], 0.0…1.0, uint8)")
    #expect(stacked.givesBytes)
    let plain = try Played([EnvironmentWrapper]().lanes(MinAtarBreakout.self, count: 1))
    let numbers = try Played(
      [EnvironmentWrapper.frameStack(2)].lanes(MinAtarBreakout.self, count: 1))
    var bytes = [UInt8](repeating: 7, count: 800)
    var finals = bytes
    var rewards = [0.0]
    var outcomes = [Outcome.ongoing]
    var span = bytes.mutableSpan
    var finalSpan = finals.mutableSpan
    var rewardSpan = rewards.mutableSpan
    var outcomeSpan = outcomes.mutableSpan
    try stacked.reset(observations: &span)
    var before = plain.row(0)
    for step in 0..<60 {
      let action = [Int32(step % 3)]
      try stacked.beginStep(actions: action.span, atEnd: .startNext)
      try stacked.finishStep(
        observations: &span, finalObservations: &finalSpan, rewards: &rewardSpan,
        outcomes: &outcomeSpan)
      try numbers.step(action)
      try plain.step(action)
      if plain.outcomes[0].isEnd { before = plain.row(0) }
      let present = plain.row(0)
      var expected: [Float] = []
      for cell in stride(from: 0, to: 400, by: 4) {
        expected += before[cell..<cell + 4]
        expected += present[cell..<cell + 4]
      }
      #expect(numbers.row(0) == expected)
      #expect((0..<800).map { Float(span[$0]) } == expected)
      before = plain.row(0)
    }
  }

  @Test func `a grey picture gets an axis of frames`() {
    let grey = Space.box(BoxSpace(shape: [2, 3], bounds: 0...255, elementType: .uint8))
    let stacked = EnvironmentWrapper.frameStack(4).observationSpace(grey)
    #expect(stacked.description == "box([2, 3, 4], 0.0…255.0, uint8)")
    let uneven = Space.box(lower: [0, -1], upper: [1, 2])
    #expect(
      EnvironmentWrapper.frameStack(2).observationSpace(uneven)
        == .box(lower: [0, -1, 0, -1], upper: [1, 2, 1, 2]))
  }

  @Test(arguments: [EpisodeEnd.startNext, .wait])
  func `a repeated step is so many steps, with the sum of their rewards`(atEnd: EpisodeEnd) throws {
    let times = 3
    let (plain, repeated) = (
      try Played([EnvironmentWrapper]().lanes(CartPole.self)),
      try Played([EnvironmentWrapper.repeatSteps(times)].lanes(CartPole.self))
    )
    var stream = RandomStream(seed: 3, purpose: "actions")
    var ends = 0
    for _ in 0..<200 {
      let actions = (0..<3).map { _ in Int32(stream.index(below: 2)) }
      var sums = [0.0, 0, 0]
      var outcomes = [Outcome](repeating: .ongoing, count: 3)
      for _ in 0..<times where !(0..<3).allSatisfy({ plain.environment.isWaiting($0) }) {
        try plain.step(actions, atEnd: .wait)
        for lane in 0..<3 where outcomes[lane] == .ongoing {
          sums[lane] += plain.rewards[lane]
          outcomes[lane] = plain.outcomes[lane]
        }
      }
      try repeated.step(actions, atEnd: atEnd)
      #expect(repeated.rewards == sums && repeated.outcomes == outcomes)
      for lane in 0..<3 where outcomes[lane].isEnd {
        ends += 1
        #expect(repeated.finalRow(lane) == plain.finalRow(lane))
      }
      if atEnd == .startNext {
        if (0..<3).contains(where: { plain.environment.isWaiting($0) }) {
          try plain.startWaitingLanes()
        }
      } else if (0..<3).allSatisfy({ plain.environment.isWaiting($0) }) {
        try plain.startWaitingLanes()
        try repeated.startWaitingLanes()
      }
      #expect(repeated.observations == plain.observations)
    }
    #expect(ends > 20)
  }

  @Test func `a sticky step repeats the action before as often as it should`() throws {
    let probability = 0.25
    let played = try Played(
      [EnvironmentWrapper.stickyActions(probability)].lanes(EchoTask.self, count: 50))
    var before = Array(repeating: Float(-1), count: 50)
    var (repeats, steps) = (0, 0)
    for step in 0..<400 {
      // Never the same twice, so that a repetition shows.
      try played.step(Array(repeating: Int32(step % 10), count: 50))
      for lane in 0..<50 {
        let isFirst = before[lane] == -1
        let row = played.outcomes[lane].isEnd ? played.finalRow(lane) : played.row(lane)
        let isRepeat = row[1] != Float(step % 10)
        if isRepeat { #expect(row[1] == before[lane]) }
        if isFirst {
          #expect(!isRepeat)
        } else {
          (repeats, steps) = (repeats + (isRepeat ? 1 : 0), steps + 1)
        }
        #expect(played.rewards[lane] == Double(row[1]))
        before[lane] = played.outcomes[lane].isEnd ? -1 : row[1]
      }
    }
    let error = (probability * (1 - probability) / Double(steps)).squareRoot()
    #expect(steps == 50 * (400 - 10))
    #expect(abs(Double(repeats) / Double(steps) - probability) < 6.5 * error)
    // A control: another probability is noticed.
    #expect(abs(Double(repeats) / Double(steps) - 0.3) > 6.5 * error)
  }

  @Test func `an action outside the space is refused even if it would not be taken`() throws {
    let played = try Played([EnvironmentWrapper.stickyActions(0.9)].lanes(EchoTask.self, count: 4))
    try played.step([1, 2, 3, 4])
    let saved = try played.environment.snapshot()
    for _ in 0..<20 {
      #expect(throws: EnvironmentError.self) { try played.step([1, 2, 10, 4]) }
    }
    #expect(try played.environment.snapshot() == saved)
  }

  @Test func `a time limit cuts episodes off with their last observation`() throws {
    let (plain, limited) = (
      try Played([EnvironmentWrapper]().lanes(EchoTask.self, count: 2)),
      try Played([EnvironmentWrapper.timeLimit(6)].lanes(EchoTask.self, count: 2))
    )
    let first = limited.row(1)
    for step in 1...6 {
      try plain.step([1, 2])
      try limited.step([1, 2])
      #expect(limited.outcomes == Array(repeating: step == 6 ? .truncated : .ongoing, count: 2))
      if step < 6 { #expect(limited.observations == plain.observations) }
    }
    #expect(limited.finalRow(1) == plain.row(1))
    #expect(limited.row(1).prefix(2) == [0, -1] && limited.row(1) != first)
    for _ in 1...6 { try limited.step([3, 4], atEnd: .wait) }
    #expect((0..<2).allSatisfy { limited.environment.isWaiting($0) })
    #expect(limited.row(0).prefix(2) == [6, 3] && limited.finalRow(0) == limited.row(0))
    try limited.startWaitingLanes()
    #expect(limited.row(0).prefix(2) == [0, -1])
  }

  @Test func `agents learn from changed rewards, and episodes count with those there were`() throws
  {
    let wrappers: [EnvironmentWrapper] = [.clipReward(3), .scaleReward(0.5), .timeLimit(4)]
    let environment = try wrappers.lanes(EchoTask.self, count: 1)
    #expect(environment.trainingRewards(9) == 1.5 && environment.trainingRewards(2) == 1)
    let lanes = Lanes(environment, actions: try ActionModel(environment.actionSpace, of: "echo"))
    try lanes.reset()
    let (drawn, rewards) = (
      ExperienceColumn<Float>("action", width: 1, capacity: 1),
      ExperienceColumn<Float>("reward", width: 1, capacity: 1)
    )
    var seen: [Float] = []
    for action in [9, 2, 0, 5] as [Float] {
      drawn.buffer[0] = action
      try lanes.step(drawn, rows: 0..<1, atEnd: .startNext, rewards: rewards)
      seen.append(rewards.buffer[0])
    }
    #expect(seen == [1.5, 1, 0, 1.5])
    #expect(lanes.episodes.takeFinished().map(\.totalReward) == [16])
  }

  @Test(arguments: [
    (EnvironmentWrapper.clipReward(2), EnvironmentWrapper.scaleReward(-3), -6.0, 3.0),
    (.scaleReward(-3), .clipReward(2), -2.0, 2.0),
  ])
  func `rewards are changed in the order that was asked for`(
    first: EnvironmentWrapper, second: EnvironmentWrapper, large: Double, small: Double
  ) throws {
    let transform = try [first, second].lanes(EchoTask.self).trainingRewards
    #expect(transform(100) == large)
    #expect(transform(-1) == small)
    #expect(try [EnvironmentWrapper]().lanes(EchoTask.self).trainingRewards.isIdentity)
  }

  @Test func `wrappers are refused where they do not fit`() throws {
    func refusal<E: Environment>(_ wrapper: EnvironmentWrapper, _ type: E.Type) -> String {
      do {
        _ = try [wrapper].lanes(E.self)
        return "nothing"
      } catch {
        return "\(error)"
      }
    }
    #expect(refusal(.frameStack(4), Corridor.self).contains("in a box, which discrete(5) is not"))
    #expect(refusal(.frameStack(0), CartPole.self).contains("from 1 to 1000 but is 0"))
    #expect(refusal(.stickyActions(0.1), Orchard.self).contains("action masks may forbid"))
    #expect(refusal(.repeatSteps(2), Orchard.self).contains("action masks may forbid"))
    #expect(refusal(.stickyActions(1), CartPole.self).contains("in [0, 1) but is 1.0"))
    #expect(refusal(.clipReward(.nan), CartPole.self).contains("above 0 and finite but is nan"))
    #expect(refusal(.scaleReward(0), CartPole.self).contains("not 0 but is 0.0"))
    #expect(refusal(.timeLimit(0), CartPole.self).contains("at least 1 but is 0"))
    #expect(refusal(.timeLimit(1), Corridor.self) == "nothing")
  }

  @Test func `a snapshot that was tampered with is refused`() throws {
    let wrappers: [EnvironmentWrapper] = [.stickyActions(0.5), .frameStack(2), .timeLimit(9)]
    let played = try Played(wrappers.lanes(EchoTask.self, count: 2))
    for step in 0..<5 { try played.step([Int32(step), 3]) }
    let saved = try played.environment.snapshot()
    func refusal(_ bytes: [UInt8]) throws -> String {
      let environment = try wrappers.lanes(EchoTask.self, count: 2)
      let error = #expect(throws: EnvironmentError.self) { try environment.restore(bytes) }
      return error.map { "\($0)" } ?? ""
    }
    /// Of the same length, so that what is refused is what was changed.
    func changed(_ old: String, _ new: String) throws -> [UInt8] {
      let range = try #require(saved.firstRange(of: Array(old.utf8)))
      return saved[..<range.lowerBound] + Array(new.utf8) + saved[range.upperBound...]
    }
    #expect(
      try refusal(changed("\"steps\":[5,5]", "\"steps\":[9,5]")).contains("as many steps as"))
    #expect(try refusal(changed("\"taken\":[", "\"taken\":x")).contains("cannot be decoded"))
    #expect(try refusal(changed("\"stacks\":[\"", "\"stacks\":[7")).contains("cannot be decoded"))
    #expect(try refusal(Array(saved.dropLast(1))).contains("does not fit"))
    #expect(try refusal([]).contains("wrapped"))
    let other = try wrappers.lanes(EchoTask.self, count: 2, seed: 2)
    #expect(throws: EnvironmentError.self) { try other.restore(saved) }
    let same = try wrappers.lanes(EchoTask.self, count: 2)
    try same.restore(saved)
    #expect(try same.snapshot() == saved)
  }
}
