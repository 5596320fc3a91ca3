extension Optimizer {
  /// The running averages as one tensor each, and the number of updates as `step`.
  ///
  /// - Parameter prefix: put in front of each name, such as `optimizer/policy/`.
  /// - Returns: the entries that ``restore(from:prefix:)`` reads.
  public func safetensorsEntries(prefix: String = "") -> [SafetensorsFile.Entry] {
    moments.map { .init(prefix + $0.name, SafetensorsTensor($0.values.values)) }
      + [.init(prefix + "step", SafetensorsTensor([Int64(stepCount)], shape: []))]
  }

  /// Takes over the state of an optimizer with the same configuration and layout, or none of it.
  ///
  /// - Parameters:
  ///   - file: holds what ``safetensorsEntries(prefix:)`` gave; other tensors in it are ignored.
  ///   - prefix: stands in front of each name in the file.
  /// - Throws: ``SafetensorsError`` that names the tensor which is missing or of another shape; the
  ///   optimizer is then as before.
  public func restore(
    from file: SafetensorsFile, prefix: String = ""
  ) throws(SafetensorsError) {
    func read<Value: SafetensorsScalar>(
      _ name: String, shape: [Int], as type: Value.Type
    ) throws(SafetensorsError) -> [Value] {
      guard let tensor = file[prefix + name] else { throw .missingTensor(prefix + name) }
      guard tensor.shape == shape else {
        throw .wrongShape(tensor: prefix + name, expected: shape, found: tensor.shape)
      }
      return try tensor.values(as: type)
    }
    let step = try read("step", shape: [], as: Int64.self)[0]
    guard step >= 0 else { throw .negativeStep(tensor: prefix + "step", value: step) }
    var restored: [[Scalar]] = []
    for moment in moments {
      restored.append(try read(moment.name, shape: [moment.values.count], as: Scalar.self))
    }
    for (moment, values) in zip(moments, restored) { moment.values.values = values }
    stepCount = Int(step)
  }
}
