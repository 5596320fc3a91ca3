import GSL
import ReinforcementLearning

extension EnvironmentServer {
  /// The most columns and rows of an image that is sent; one in this shape has all of them.
  private static var largest: (width: Int, height: Int) { (400, 300) }

  /// Whether the task draws its states.
  var hasPictures: Bool {
    var environment = prototype
    var row = [E.Observation](repeating: .zero, count: layout.observationSize)
    var span = row.mutableSpan
    environment.reset(using: RandomStream(seed: 0, purpose: "environment"), observation: &span)
    return environment.render(after: nil) != nil
  }

  func draw(_ request: Request, _ writer: inout ByteWriter) throws(RequestProblem) {
    try requireEnvironments(request)
    guard request.environments.count == 1 else {
      throw RequestProblem(
        "bad-request",
        "One environment is drawn at a time, not \(request.environments.count).")
    }
    let slot = slots[Int(request.environments[0])]
    guard slot.isActive || slot.step > 0 else {
      throw RequestProblem(
        "not-reset", "Environment \(request.environments[0]) has not begun an episode.",
        environment: Int(request.environments[0]))
    }
    let image = slot.environment.render(after: slot.action)?
      .pixels(within: Self.largest.width, Self.largest.height)
    ImageMessage.write(&writer, image, id: request.id ?? 0, isBinary: isBinary)
  }
}
