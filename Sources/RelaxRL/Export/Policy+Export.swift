import ReinforcementLearning

/// The policy as a program of another kind; both do what ``Policy/act(_:mask:as:)`` does.
extension Policy {
  /// The policy as a model of ONNX, for any number of observations at once.
  ///
  /// Inputs `observation`, `[N, D]`, and `mask`, `[N, A]`, where the task forbids actions; output
  /// `action`, `[N]` for one choice and `[N, C]` else. Normalization is inside.
  ///
  /// - Returns: the bytes of a file.
  /// - Throws: ``ExportError`` for a policy of another kind than this library's.
  public func onnxModel() throws -> [UInt8] {
    try ONNXPolicy(program(), description: description).serialized()
  }

  /// The policy as C99 that needs no other library and allocates nothing, for one observation at a time.
  ///
  /// - Parameter name: what the files are called, `name.c` and `name.h`; the function is `name_act`.
  /// - Returns: the text of both.
  /// - Throws: ``ExportError`` for a policy of another kind than this library's.
  public func cSource(named name: String) throws -> (source: String, header: String) {
    let text = try CPolicy(program(), name: name, description: description)
    return (text.source, text.header)
  }

  private func program() throws -> PolicyProgram {
    try PolicyProgram(needsMask: needsMask, agent: description.agent, make: make)
  }
}
