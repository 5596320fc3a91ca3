/// What a batch refuses, and how it says so.
extension EnvironmentBatch {
  func requireNoStep() throws(EnvironmentError) {
    guard pendingEnd == nil else {
      throw .outOfTurn(
        environment: name, reason: "a step is under way; call finishStep before anything else.")
    }
  }

  func requireCount(_ received: Int, _ expected: Int, of what: String) throws(EnvironmentError) {
    guard received == expected else {
      throw .wrongShape(environment: name, what: what, expected: expected, received: received)
    }
  }

  /// Checks everything about a step but the values of its actions.
  func requireReady(actionCount: Int) throws(EnvironmentError) {
    try requireNoStep()
    try requireCount(actionCount, count * actionSize, of: "actions")
    var isAnyActive = false
    for clock in lanes.clocks {
      if clock.isActive {
        isAnyActive = true
        break
      }
    }
    guard isAnyActive else {
      throw .noEpisode(environment: name, lane: count == 1 ? firstLane : nil)
    }
  }

  /// Throws for the first lane, among those not waiting, whose action its mask forbids.
  func refuseMasked(_ actions: Span<Int32>, start: Int) throws(EnvironmentError) {
    for lane in 0..<count where lanes.clocks[lane].isActive {
      var span = mask.mutableSpan
      lanes.environments[lane].writeActionMask(&span)
      var offset = 0
      for component in 0..<actionSize {
        let choice = Int(actions[lane * actionSize + component]) - start
        guard mask[offset + choice] != 0 else {
          let size = componentSizes[component]
          let allowed = (0..<size).filter { mask[offset + $0] != 0 }.map { $0 + start }
          throw .maskedAction(
            environment: name, lane: firstLane + lane, action: choice + start, allowed: allowed,
            element: actionSize > 1 ? component : nil)
        }
        offset += componentSizes[component]
      }
    }
  }

  /// Throws for the first lane, among those not waiting, whose mask allows nothing in some choice.
  func requireSomeAction(_ masks: Span<Float>, width: Int) throws(EnvironmentError) {
    for lane in 0..<count where lanes.clocks[lane].isActive {
      var start = lane * width
      for (component, size) in componentSizes.enumerated() {
        guard (start..<start + size).contains(where: { masks[$0] != 0 }) else {
          throw .emptyMask(
            environment: name, lane: firstLane + lane, element: actionSize > 1 ? component : nil)
        }
        start += size
      }
    }
  }

  func requireFiniteObservations<Element: ObservationElement>(
    _ observations: Span<Element>
  ) throws(EnvironmentError) {
    guard !Element.areAllFinite(observations) else { return }
    for lane in 0..<count where lanes.clocks[lane].isActive {
      let range = lane * observationSize..<(lane + 1) * observationSize
      let row = observations.extracting(range)
      if let fault = EnvironmentFault(row: row, reward: 0, lane: lane, clock: lanes.clocks[lane]) {
        throw fault.error(environment: name, firstLane: firstLane)
      }
    }
  }

  func requireFiniteRewards(_ rewards: Span<Double>) throws(EnvironmentError) {
    guard !rewards.areAllFinite else { return }
    for lane in 0..<count {
      if let fault = EnvironmentFault(
        row: Span<Float>(), reward: rewards[lane], lane: lane, clock: lanes.clocks[lane])
      {
        throw fault.error(environment: name, firstLane: firstLane)
      }
    }
  }
}

extension Span<Float> {
  /// Whether no element is infinite or not a number.
  ///
  /// Both have an exponent of all ones, and adding one to it then sets the highest bit. Without a
  /// branch and with a pointer the loop vectorises, at a tenth of the time.
  package var areAllFinite: Bool {
    withUnsafeBufferPointer { elements in
      var bits: UInt32 = 0
      for element in elements { bits |= (element.bitPattern & 0x7F80_0000) &+ 0x0080_0000 }
      return bits & 0x8000_0000 == 0
    }
  }
}

extension Span<Double> {
  /// Whether no element is infinite or not a number.
  var areAllFinite: Bool {
    withUnsafeBufferPointer { elements in
      var bits: UInt64 = 0
      for element in elements {
        bits |= (element.bitPattern & 0x7FF0_0000_0000_0000) &+ 0x0010_0000_0000_0000
      }
      return bits & 0x8000_0000_0000_0000 == 0
    }
  }
}
