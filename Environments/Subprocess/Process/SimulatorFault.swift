/// What a simulator did instead of answering.
enum SimulatorFault: Error {
  /// It is gone, or said that it broke: another process may do better.
  ///
  /// `details` are more lines about it, such as a traceback; `environment` is the one that broke, by its
  /// number within the process, where that is known.
  case crashed(reason: String, details: [String] = [], environment: Int? = nil)
  /// It did not answer in time: another process may do better.
  case late(seconds: Double)
  /// It answered with something that the protocol does not know: another one would too.
  case violation(ProtocolViolation)
  /// It refused, for a reason that would be the same again.
  case refused(ErrorReply.Content)
  /// It had not answered yet when the user wanted the program to stop.
  case interrupted

  init(_ problem: ReplyProblem) {
    switch problem {
    case .violation(let violation): self = .violation(violation)
    case .error(let error) where error.code == ErrorReply.simulatorFailure:
      self = .crashed(
        reason: "reported \(error.summary)", details: error.details, environment: error.environment)
    case .error(let error): self = .refused(error)
    }
  }

  /// Whether a fresh process is worth a try.
  var isRecoverable: Bool {
    switch self {
    case .crashed, .late: true
    case .violation, .refused, .interrupted: false
    }
  }

  /// What happened, after "the simulator", in one line.
  var reason: String {
    switch self {
    case .crashed(let reason, _, _): reason
    case .late(let seconds): "did not answer within \(seconds) s"
    case .violation(let violation):
      "broke the protocol: \(violation)" + (violation.advice.map { ". \($0)" } ?? "")
    case .refused(let error) where error.code == ErrorReply.mistake:
      "has a mistake: \(error.firstLine)"
    case .refused(let error): "refused with \(error.summary)"
    case .interrupted: "had not answered when the program was told to stop"
    }
  }

  /// More lines about it.
  var details: [String] {
    switch self {
    case .crashed(_, let details, _): details
    case .refused(let error): error.details
    case .late, .violation, .interrupted: []
    }
  }
}
