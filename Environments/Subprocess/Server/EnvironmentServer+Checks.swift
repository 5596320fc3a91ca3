import ReinforcementLearning

extension EnvironmentServer {
  func requireEnvironments(_ request: Request) throws(RequestProblem) {
    guard !request.environments.isEmpty else {
      throw RequestProblem("bad-request", "env_ids is missing or empty.")
    }
    for environment in request.environments where !slots.indices.contains(Int(environment)) {
      throw RequestProblem(
        "bad-request", "There is no environment \(environment); there are \(slots.count).",
        environment: Int(environment))
    }
  }

  func requireActions(_ request: Request) throws(RequestProblem) {
    for environment in request.environments where !slots[Int(environment)].isActive {
      throw RequestProblem(
        "not-reset", "Environment \(environment) has no episode under way.",
        environment: Int(environment))
    }
    let count = request.environments.count * layout.actionElements
    guard request.actions.count == count else {
      throw RequestProblem(
        "bad-action", "\(count) numbers of actions are needed, there are \(request.actions.count).")
    }
    let problem: EnvironmentError? = request.actions.withUnsafeBytes { actions in
      do throws(EnvironmentError) {
        if layout.hasWholeActions {
          try bounds.requireInside(
            actions.bindMemory(to: Int32.self).span, environment: spec.name,
            actionSpace: prototype.actionSpace, firstLane: 0, isActive: { _ in true })
        } else {
          try bounds.requireInside(
            actions.bindMemory(to: Float.self).span, environment: spec.name,
            actionSpace: prototype.actionSpace, firstLane: 0, isActive: { _ in true })
        }
        return nil
      } catch {
        return error
      }
    }
    guard case .invalidAction(_, let row, _, _, _) = problem else { return }
    throw RequestProblem(
      "bad-action", problem.map { "\($0)" } ?? "", environment: Int(request.environments[row]))
  }
}
