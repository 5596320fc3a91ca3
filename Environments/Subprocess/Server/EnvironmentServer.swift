import Foundation
import GSL
import ReinforcementLearning

/// Offers an environment to another program, over the protocol in which this one uses others'.
///
/// The seed of an episode is the client's: the episode's random numbers are the stream of that seed and
/// the purpose "environment".
public final class EnvironmentServer<E: Environment> {
  struct Slot: Codable {
    var environment: E
    var step = 0
    var isActive = false
    /// What was done last in the episode, for pictures; not saved.
    var action: E.Action?

    private enum CodingKeys: String, CodingKey { case environment, step, isActive }
  }

  let prototype: E
  let spec: EnvironmentSpec
  private let maximumCount: Int
  let layout: MessageLayout
  let bounds: ActionBounds
  private let decoder: RequestDecoder
  var slots: [Slot] = []
  private var rows = ReplyRows()
  private(set) var isBinary = false
  private var hasGreeted = false

  /// A server that has not begun.
  ///
  /// - Parameters:
  ///   - prototype: copied for each environment.
  ///   - spec: name, limit and threshold.
  ///   - maximumCount: the most environments that a client gets.
  public init(_ prototype: E = E(), spec: EnvironmentSpec = E.spec, maximumCount: Int) {
    self.prototype = prototype
    self.spec = spec
    self.maximumCount = maximumCount
    layout = MessageLayout(
      observations: prototype.observationSpace, actions: prototype.actionSpace,
      hasActionMask: prototype.hasActionMask)
    bounds = ActionBounds(prototype.actionSpace)
    decoder = RequestDecoder(layout: layout)
  }

  /// Answers requests until the client has had enough.
  ///
  /// - Parameters:
  ///   - input: the descriptor that requests come from.
  ///   - output: the descriptor that replies go to.
  /// - Returns: whether the conversation came to a proper end, by `close` or the end of the input.
  public func run(input: Int32 = STDIN_FILENO, output: Int32 = STDOUT_FILENO) -> Bool {
    signal(SIGPIPE, SIG_IGN)
    var reader = MessageReader(input)
    var writer = ByteWriter()
    while true {
      writer.removeAll()
      let isOver: Bool
      do throws(MessageReader.Failure) {
        isOver = try reader.next(isBinary: isBinary) { bytes in
          guard let bytes else { return true }
          return answer(bytes, &writer)
        }
      } catch {
        reply(&writer, RequestProblem("parse", "\(error.reason)"), id: nil)
        _ = writer.send(to: output)
        return false
      }
      guard writer.send(to: output) else { return false }
      if isOver { return true }
    }
  }

  /// - Returns: whether that was the last request.
  private func answer(_ bytes: UnsafeRawBufferPointer, _ writer: inout ByteWriter) -> Bool {
    var id: UInt32?
    do throws(RequestProblem) {
      let request =
        isBinary ? try decoder.decode(frame: bytes) : try decoder.decode(json: bytes)
      id = request.id
      guard hasGreeted || request.kind == .hello else {
        throw RequestProblem("bad-request", "The first request must be hello.")
      }
      switch request.kind {
      case .hello: try greet(bytes, &writer)
      case .reset, .step: try play(request, &writer)
      case .snapshot: try save(request, &writer)
      case .restore: try load(request, &writer)
      case .render: try draw(request, &writer)
      case .ping: write(&writer, "{\"type\":\"ping\",\"id\":\(request.id ?? 0)}", id: id)
      case .close:
        write(&writer, "{\"type\":\"close\",\"id\":\(request.id ?? 0)}", id: id)
        return true
      }
    } catch {
      reply(&writer, error, id: id)
    }
    return false
  }

  private func greet(
    _ bytes: UnsafeRawBufferPointer, _ writer: inout ByteWriter
  ) throws(RequestProblem) {
    guard !hasGreeted else { throw RequestProblem("bad-request", "There was a hello before.") }
    guard let hello = try? JSONDecoder().decode(Hello.self, from: Data(bytes)) else {
      throw RequestProblem(
        "parse", "hello must have protocol, encodings and num_envs: \(quoted(bytes))")
    }
    guard hello.version.split(separator: ".").first.flatMap({ Int($0) }) == ProtocolVersion.major
    else {
      throw RequestProblem(
        "version", "This is version \(ProtocolVersion.text), the trainer's is \(hello.version).")
    }
    guard (1...maximumCount).contains(hello.envs) else {
      throw RequestProblem(
        "usage", "num_envs must be from 1 to \(maximumCount), but is \(hello.envs).")
    }
    let known = [SimulatorEncoding.binaryName, SimulatorEncoding.jsonName]
    guard let encoding = hello.encodings.first(where: known.contains) else {
      throw RequestProblem(
        "usage", "encodings must have one of \(known), but is \(hello.encodings).")
    }
    slots = Array(repeating: Slot(environment: prototype), count: hello.envs)
    let ready = Ready(
      id: hello.id, encoding: encoding, name: spec.name, envs: hello.envs,
      observationSpace: WireSpace(prototype.observationSpace),
      actionSpace: WireSpace(prototype.actionSpace), stepLimit: spec.stepLimit,
      rewardThreshold: spec.rewardThreshold,
      capabilities: (layout.maskSize > 0 ? [Ready.maskCapability] : [])
        + [Ready.snapshotCapability] + (hasPictures ? [Ready.renderCapability] : []))
    guard let text = try? encodeState(ready) else { return }
    writer.write(text: text)
    writer.write("\n")
    hasGreeted = true
    isBinary = encoding == SimulatorEncoding.binaryName
  }

  // MARK: Episodes

  private func play(_ request: Request, _ writer: inout ByteWriter) throws(RequestProblem) {
    let kind: RequestKind = request.kind == .reset ? .reset : .step
    try requireEnvironments(request)
    if let seeds = request.seeds, seeds.count != request.environments.count {
      throw RequestProblem(
        "bad-request", "\(request.environments.count) seeds are needed, there are \(seeds.count).")
    }
    if kind == .reset {
      guard let seeds = request.seeds else {
        throw RequestProblem("bad-request", "A reset needs seeds.")
      }
      prepare(request)
      for (row, environment) in request.environments.enumerated() {
        begin(Int(environment), row, seed: seeds[row])
      }
    } else {
      try requireActions(request)
      prepare(request)
      rows.finalObservations = rows.observations
      for row in request.environments.indices { step(request, row) }
    }
    for (row, environment) in request.environments.enumerated() where layout.maskSize > 0 {
      withRow(&rows.masks, row, layout.maskSize) {
        slots[Int(environment)].environment.writeActionMask(&$0)
      }
    }
    for row in request.environments.indices {
      let range = row * layout.observationSize..<(row + 1) * layout.observationSize
      guard rows.rewards[row].isFinite, range.allSatisfy({ canTravel(rows.observations[$0]) }),
        !rows.outcomes[row].isEnd || range.allSatisfy({ canTravel(rows.finalObservations[$0]) })
      else {
        throw RequestProblem(
          "sim-failure", "A number is not finite, or does not fit the type of the observation.",
          environment: Int(request.environments[row]))
      }
    }
    ReplyEncoder(layout: layout, isBinary: isBinary)
      .write(&writer, rows, kind: kind, id: request.id ?? 0)
  }

  /// Whether a number of an observation is one that its type can hold.
  private func canTravel(_ number: Float) -> Bool {
    switch layout.element {
    case .single: number.isFinite
    case .byte: number >= 0 && number < 256
    case .whole: Int32(exactly: number.rounded()) != nil
    }
  }

  private func prepare(_ request: Request) {
    let count = request.environments.count
    rows.observations = Array(repeating: 0, count: count * layout.observationSize)
    rows.rewards = Array(repeating: 0, count: count)
    rows.outcomes = Array(repeating: .ongoing, count: count)
    rows.masks = Array(repeating: 1, count: count * layout.maskSize)
  }

  private func begin(_ index: Int, _ row: Int, seed: UInt64) {
    slots[index].step = 0
    slots[index].isActive = true
    slots[index].action = nil
    observe(row) {
      slots[index].environment.reset(
        using: RandomStream(seed: seed, purpose: "environment"), observation: &$0)
    }
  }

  /// Lets the environment write an observation, and takes it over as numbers.
  private func observe<Result>(
    _ row: Int, _ body: (inout MutableSpan<E.Observation>) -> Result
  ) -> Result {
    let width = layout.observationSize
    var observation = [E.Observation](repeating: .zero, count: width)
    var span = observation.mutableSpan
    let result = body(&span)
    for element in 0..<width {
      rows.observations[row * width + element] = Float(observation[element].number)
    }
    return result
  }

  private func step(_ request: Request, _ row: Int) {
    let index = Int(request.environments[row])
    let width = layout.actionElements
    let action = request.actions.withUnsafeBytes {
      // `ActionBounds` has checked that they are of the kind that the space wants, which the batch
      // that every environment is tested in compares with the type of the action.
      E.Action(
        components: UnsafeBufferPointer(
          rebasing: $0.bindMemory(to: E.Action.Component.self)[row * width..<(row + 1) * width]
        ).span)
    }
    let transition = observe(row) { slots[index].environment.step(action, observation: &$0) }
    slots[index].step += 1
    slots[index].action = action
    rows.rewards[row] = transition.reward
    let isAtLimit = spec.stepLimit.map { slots[index].step >= $0 } ?? false
    guard transition.isTerminated || isAtLimit else { return }
    rows.outcomes[row] = transition.isTerminated ? .terminated : .truncated
    for element in row * layout.observationSize..<(row + 1) * layout.observationSize {
      rows.finalObservations[element] = rows.observations[element]
    }
    if let seeds = request.seeds {
      begin(index, row, seed: seeds[row])
    } else {
      slots[index].isActive = false
    }
  }

  private func withRow<Result>(
    _ memory: inout [Float], _ row: Int, _ width: Int,
    _ body: (inout MutableSpan<Float>) -> Result
  ) -> Result {
    memory.withUnsafeMutableBufferPointer { memory in
      var span = UnsafeMutableBufferPointer(rebasing: memory[row * width..<(row + 1) * width])
        .mutableSpan
      return body(&span)
    }
  }

  // MARK: Replies

  private func reply(_ writer: inout ByteWriter, _ problem: RequestProblem, id: UInt32?) {
    writer.removeAll()
    let error = ErrorReply(
      id: id.map { Int($0) },
      error: ErrorReply.Content(
        code: problem.code, message: problem.message, environment: problem.environment,
        isFatal: false))
    if let text = try? encodeState(error) { write(&writer, text, id: id) }
  }

  func write(_ writer: inout ByteWriter, _ text: String, id: UInt32?) {
    guard isBinary else {
      writer.write(text: text)
      writer.write("\n")
      return
    }
    let start = writer.count
    FrameHeader.begin(&writer, kind: FrameHeader.jsonKind, id: id ?? 0)
    writer.write(text: text)
    FrameHeader.end(&writer, startingAt: start)
  }
}
