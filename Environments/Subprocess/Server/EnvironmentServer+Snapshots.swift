import ReinforcementLearning

extension EnvironmentServer {
  func save(_ request: Request, _ writer: inout ByteWriter) throws(RequestProblem) {
    try requireEnvironments(request)
    let texts = request.environments.map { try? encodeState(slots[Int($0)]) }
    guard let list = try? encodeState(texts.map { $0 ?? "" }) else { return }
    write(
      &writer, "{\"type\":\"snapshot\",\"id\":\(request.id ?? 0),\"states\":\(list)}",
      id: request.id)
  }

  func load(_ request: Request, _ writer: inout ByteWriter) throws(RequestProblem) {
    try requireEnvironments(request)
    guard request.states.count == request.environments.count else {
      throw RequestProblem(
        "bad-request",
        "\(request.environments.count) states are needed, there are \(request.states.count).")
    }
    var restored: [Slot] = []
    for (environment, text) in zip(request.environments, request.states) {
      guard let slot: Slot = try? decodeState(text, named: "state") else {
        throw RequestProblem(
          "bad-request", "The state is none of \(spec.name).", environment: Int(environment))
      }
      if let problem = problem(with: slot) {
        throw RequestProblem(
          "bad-request", "The state is none of \(spec.name): \(problem)",
          environment: Int(environment))
      }
      restored.append(slot)
    }
    for (environment, slot) in zip(request.environments, restored) {
      slots[Int(environment)] = slot
    }
    write(&writer, "{\"type\":\"restore\",\"id\":\(request.id ?? 0)}", id: request.id)
  }

  /// What is wrong with a state that a client has sent, or nil.
  private func problem(with slot: Slot) -> String? {
    let limit = spec.stepLimit ?? 1 << 53
    guard (0...limit).contains(slot.step), !slot.isActive || slot.step < limit else {
      return "an episode of at most \(limit) steps cannot be at step \(slot.step)."
    }
    return slot.environment.restorationProblem(prototype: prototype)
  }
}
