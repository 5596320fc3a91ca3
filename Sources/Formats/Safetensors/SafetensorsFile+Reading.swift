extension SafetensorsFile {
  /// The numbers of a tensor of a known shape, all of them finite.
  ///
  /// - Parameters:
  ///   - name: of the tensor.
  ///   - shape: what it must have.
  ///   - type: of its elements.
  ///   - isSquare: whether negative numbers are refused too.
  /// - Returns: the elements in row-major order.
  /// - Throws: ``SafetensorsError`` that names the tensor.
  package func finiteValues<Scalar: SafetensorsScalar & BinaryFloatingPoint>(
    of name: String, shape: [Int], as type: Scalar.Type, areSquares isSquare: Bool = false
  ) throws(SafetensorsError) -> [Scalar] {
    guard let tensor = self[name] else { throw .missingTensor(name) }
    guard tensor.shape == shape else {
      throw .wrongShape(tensor: name, expected: shape, found: tensor.shape)
    }
    let values = try tensor.values(as: type)
    for (index, value) in values.enumerated() {
      guard value.isFinite else {
        throw .notFinite(tensor: name, element: index, value: Double(value))
      }
      guard !isSquare || value >= 0 else {
        throw .negative(tensor: name, element: index, value: Double(value))
      }
    }
    return values
  }

  /// A number of steps or updates.
  ///
  /// - Throws: ``SafetensorsError`` that names the tensor.
  package func count(_ name: String) throws(SafetensorsError) -> Int {
    guard let tensor = self[name] else { throw .missingTensor(name) }
    guard tensor.shape.isEmpty else {
      throw .wrongShape(tensor: name, expected: [], found: tensor.shape)
    }
    let value = try tensor.values(as: Int64.self)[0]
    // Sums with it must not overflow.
    guard (0...1 << 53).contains(value) else { throw .negativeStep(tensor: name, value: value) }
    return Int(value)
  }
}
