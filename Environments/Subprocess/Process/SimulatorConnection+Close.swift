extension SimulatorConnection {
  /// Asks the simulator to end, and makes it after a while.
  ///
  /// - Parameter patience: seconds in which to end by itself.
  func close(patience: Double) { Self.close(CollectionOfOne(self), patience: patience) }

  /// Asks all of them to end and makes those that do not, in the time that one would take.
  static func close(_ connections: some Collection<SimulatorConnection>, patience: Double) {
    /// - Returns: those that have not ended after a time.
    func wait(for connections: [SimulatorConnection], _ seconds: Double) -> [SimulatorConnection] {
      let deadline = monotonicSeconds() + seconds
      var rest = connections
      var pause = 0.0001
      while true {
        for connection in rest { connection.drainErrors() }
        rest.removeAll { $0.process.hasEnded() }
        guard !rest.isEmpty, monotonicSeconds() < deadline else { return rest }
        sleepBriefly(pause)
        pause = min(2 * pause, 0.02)
      }
    }
    var asked: [SimulatorConnection] = []
    var hung: [SimulatorConnection] = []
    for connection in connections where !connection.process.hasEnded() {
      if patience > 0, connection.isIdle {
        connection.send(json: { "{\"type\":\"close\",\"id\":\($0)}" })
        asked.append(connection)
      } else {
        hung.append(connection)
      }
    }
    var rest = wait(for: asked, patience) + hung
    if patience > 0, !rest.isEmpty {
      for connection in rest { connection.process.terminate() }
      rest = wait(for: rest, min(patience, 1))
    }
    for connection in rest { connection.process.end(patience: 0) }
    for connection in connections { connection.drainErrors() }
  }
}
