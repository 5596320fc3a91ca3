/// What a simulator did instead of answering.
enum SimulatorFault: Error {
  /// It is gone, or said that it broke: another process may do better.
  case crashed(reason: String)
  /// It did not answer in time: another process may do better.
  case late(seconds: Double)
  /// It answered with something that the protocol does not know: another one would too.
  case violation(ProtocolViolation)
  /// It refused, for a reason that would be the same again.
  case refused(ErrorReply.Content)

  init(_ problem: ReplyProblem) {
    switch problem {
    case .violation(let violation): self = .violation(violation)
    case .error(let error) where error.code == ErrorReply.simulatorFailure:
      self = .crashed(reason: "reported \(error.code): \(error.message)")
    case .error(let error): self = .refused(error)
    }
  }

  /// Whether a fresh process is worth a try.
  var isRecoverable: Bool {
    switch self {
    case .crashed, .late: true
    case .violation, .refused: false
    }
  }

  /// What happened, after "the simulator".
  var reason: String {
    switch self {
    case .crashed(let reason): reason
    case .late(let seconds): "did not answer within \(seconds) s"
    case .violation(let violation):
      "broke the protocol: \(violation). Its standard output belongs to the protocol; what it prints "
        + "must go to standard error"
    case .refused(let error): "refused with \(error.code): \(error.message)"
    }
  }
}
