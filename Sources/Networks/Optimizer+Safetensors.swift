import Formats

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
  /// - Throws: ``Formats/SafetensorsError`` that names the tensor which is missing, of another shape or
  ///   holds what no average can be; the optimizer is then as before.
  public func restore(
    from file: SafetensorsFile, prefix: String = ""
  ) throws(SafetensorsError) {
    let step = try file.count(prefix + "step")
    var restored: [[Scalar]] = []
    for moment in moments {
      restored.append(
        try file.finiteValues(
          of: prefix + moment.name, shape: [moment.values.count], as: Scalar.self,
          areSquares: OptimizerConfiguration.squareMomentNames.contains(moment.name)))
    }
    for (moment, values) in zip(moments, restored) { moment.values.values = values }
    stepCount = step
  }
}
