import Formats
import Foundation
import ReinforcementLearning

/// A request as a server sees it.
struct Request {
  enum Kind {
    case hello
    case reset
    case step
    case snapshot
    case restore
    case render
    case ping
    case close
  }

  var kind = Kind.ping
  var id: UInt32?
  var environments: [Int32] = []
  /// Of episodes to begin, one for each environment; nil in a step after whose end environments wait.
  var seeds: [UInt64]?
  /// `[k, C]` numbers, bit for bit `Int32` or `Float` as the layout says.
  var actions: [UInt32] = []
  /// What was saved, for `restore`.
  var states: [String] = []
}

/// Why a request cannot be answered; it changed nothing.
struct RequestProblem: Error, Hashable {
  var code: String
  var message: String
  var environment: Int?

  init(_ code: String, _ message: String, environment: Int? = nil) {
    self.code = code
    self.message = message
    self.environment = environment
  }
}

/// Reads requests in either encoding, whatever the bytes are.
struct RequestDecoder {
  let layout: MessageLayout

  /// The most environments that a request may be about.
  static let maximumEnvironments = 1 << 20

  // MARK: JSON

  /// Reads one line.
  func decode(json bytes: UnsafeRawBufferPointer) throws(RequestProblem) -> Request {
    var request = Request()
    var scanner = JSONScanner(bytes)
    do {
      var hasType = false
      try scanner.object { key, scanner in
        if key.equals("type") {
          request.kind = try kind(try scanner.rawText())
          hasType = true
        } else if key.equals("id") {
          request.id = UInt32(exactly: try scanner.number())
        } else if key.equals("env_ids") {
          try scanner.list { index, scanner in
            try limit(index, scanner)
            guard let number = Int32(exactly: try scanner.number()) else {
              throw scanner.failure("the index of an environment")
            }
            request.environments.append(number)
          }
        } else if key.equals("seeds") {
          if scanner.take(word: "null") { return }
          request.seeds = []
          try scanner.list { index, scanner in
            try limit(index, scanner)
            request.seeds?.append(try seed(&scanner))
          }
        } else if key.equals("actions") {
          try scanner.list { index, scanner in
            try limit(index, scanner)
            scanner.skipWhitespace()
            if scanner.next == 0x5B {
              try scanner.list { element, scanner in
                guard element < layout.actionElements else {
                  throw scanner.failure("\(layout.actionElements) numbers of an action")
                }
                request.actions.append(try action(&scanner))
              }
            } else {
              request.actions.append(try action(&scanner))
            }
          }
        } else {
          try scanner.skipValue()
        }
      }
      try scanner.requireEnd()
      guard hasType else { throw RequestProblem("parse", "The request has no \"type\".") }
    } catch let problem as RequestProblem {
      throw problem
    } catch let failure as JSONScanner.Failure {
      throw RequestProblem(
        "parse",
        "The request must have \(failure.expected) at byte \(failure.offset): \(quoted(bytes))")
    } catch {
      preconditionFailure("An error of an unknown type: \(error)")
    }
    if request.kind == .restore {
      struct States: Decodable { var states: [String] }
      guard let states = try? JSONDecoder().decode(States.self, from: Data(bytes)) else {
        throw RequestProblem("parse", "The request restore must have a list of texts, \"states\".")
      }
      request.states = states.states
    }
    return request
  }

  private func limit(_ index: Int, _ scanner: JSONScanner) throws(JSONScanner.Failure) {
    guard index < Self.maximumEnvironments else {
      throw scanner.failure("at most \(Self.maximumEnvironments) environments")
    }
  }

  private func kind(_ type: UnsafeRawBufferPointer) throws(RequestProblem) -> Request.Kind {
    let kinds: [(StaticString, Request.Kind)] = [
      ("step", .step), ("reset", .reset), ("hello", .hello), ("snapshot", .snapshot),
      ("restore", .restore), ("render", .render), ("ping", .ping), ("close", .close),
    ]
    for (name, kind) in kinds where type.equals(name) { return kind }
    throw RequestProblem("parse", "There is no request of the type \(quoted(type)).")
  }

  private func seed(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) -> UInt64 {
    guard let seed = UInt64(exactly: try scanner.number()), seed < 1 << 53 else {
      throw scanner.failure("a seed from 0 to 2^53 - 1")
    }
    return seed
  }

  private func action(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) -> UInt32 {
    let number = try scanner.number()
    guard layout.hasWholeActions else { return Float(number).bitPattern }
    guard let whole = Int32(exactly: number) else { throw scanner.failure("a whole action") }
    return UInt32(bitPattern: whole)
  }

  // MARK: Binary

  /// Reads one frame, its header included.
  func decode(frame bytes: UnsafeRawBufferPointer) throws(RequestProblem) -> Request {
    let header = FrameHeader(bytes)
    let body = UnsafeRawBufferPointer(rebasing: bytes[FrameHeader.size...])
    if header.kind == FrameHeader.jsonKind {
      var request = try decode(json: body)
      request.id = header.id
      return request
    }
    guard let kind = RequestKind(rawValue: header.kind) else {
      throw RequestProblem("parse", "There is no frame of the kind \(header.kind).")
    }
    guard header.count <= Self.maximumEnvironments else {
      throw RequestProblem("parse", "A frame is about at most \(Self.maximumEnvironments) rows.")
    }
    let hasSeeds = header.flags & FrameHeader.extraFlag != 0
    let actions = kind == .step ? layout.actionElements : 0
    let length = header.count * ((hasSeeds ? 8 : 0) + 4 + 4 * actions)
    guard body.count == length else {
      throw RequestProblem(
        "parse",
        "A \(kind.name) frame of \(header.count) rows has \(length) bytes after its header, not "
          + "\(body.count).")
    }
    var request = Request()
    request.kind = kind == .reset ? .reset : .step
    request.id = header.id
    var offset = 0
    if hasSeeds {
      request.seeds = (0..<header.count).map {
        body.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self)
      }
      offset = 8 * header.count
    }
    request.environments = (0..<header.count).map {
      body.loadUnaligned(fromByteOffset: offset + 4 * $0, as: Int32.self)
    }
    offset += 4 * header.count
    request.actions = (0..<header.count * actions).map {
      body.loadUnaligned(fromByteOffset: offset + 4 * $0, as: UInt32.self)
    }
    return request
  }
}
