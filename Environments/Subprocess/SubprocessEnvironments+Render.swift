import ReinforcementLearning

/// Pictures that a simulator draws.
extension SubprocessEnvironments {
  /// Draws what a lane shows now; nil where the simulator lacks the capability, or shows nothing.
  public func render(lane: Int) throws(EnvironmentError) -> Picture? {
    try requireNoStep()
    guard simulator.description.hasPictures,
      let host = hosts.first(where: { $0.lanes.contains(lane) })
    else { return nil }
    guard let connection = host.connection else {
      throw .outOfTurn(environment: name, reason: "a simulator has failed; call reset.")
    }
    host.requested = [Int32(lane)]
    let id = connection.send(json: {
      "{\"type\":\"render\",\"id\":\($0),\"env_ids\":[\(lane - host.lanes.lowerBound)]}"
    })
    // The first picture may take as long as a reset: libraries are loaded then.
    SimulatorConnection.wait(
      for: CollectionOfOne(connection), seconds: simulator.settings.resetTimeout,
      stop: .answering(simulator.stopSignal))
    let isBinary = connection.isBinary
    do throws(SimulatorFault) {
      let image = try connection.takeReply { bytes throws(SimulatorFault) in
        do throws(ReplyProblem) {
          return try ImageMessage.read(bytes, id: id, isBinary: isBinary)
        } catch {
          throw SimulatorFault(error)
        }
      }
      return image.map { Picture($0) }
    } catch {
      throw failure(error, of: host, in: "render")
    }
  }
}
