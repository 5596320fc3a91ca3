import Formats

extension ParameterSet {
  /// Every parameter as a named tensor, in the order of the layout.
  ///
  /// - Parameter prefix: put in front of each name, such as `parameters/`.
  /// - Returns: one entry for each parameter, named by the prefix and its name.
  public func safetensorsEntries(prefix: String = "") -> [SafetensorsFile.Entry] {
    layout.views.map {
      .init(prefix + $0.name, SafetensorsTensor(self[$0.name], shape: $0.shape))
    }
  }

  /// Takes over the values of every parameter from a file, or none of them.
  ///
  /// - Parameters:
  ///   - file: holds a tensor of the same name, shape and scalar for each parameter; others in it
  ///     are ignored.
  ///   - prefix: stands in front of each name in the file.
  /// - Throws: ``Formats/SafetensorsError`` that names the tensor which is missing, of another shape or not
  ///   finite; the parameters are then as before.
  public func restore(
    from file: SafetensorsFile, prefix: String = ""
  ) throws(SafetensorsError) {
    var restored: [Scalar] = []
    restored.reserveCapacity(count)
    for view in layout.views {
      restored += try file.finiteValues(
        of: prefix + view.name, shape: view.shape, as: Scalar.self)
    }
    values = restored
  }
}
