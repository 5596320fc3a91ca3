import Formats

/// An error that says where numbers stopped being finite.
///
/// Such errors come from rewards, learning rates and networks that do not suit each other, so whoever
/// reports one should name those beside it.
public protocol NumericalError: Error, CustomStringConvertible {}

extension GradientError: NumericalError {}

/// A number that is not finite among those that are to be kept or acted by.
public struct NonFiniteNumber: NumericalError, Hashable {
  /// What it belongs to, such as the name of a tensor.
  public let name: String
  /// Its place among the numbers of that name, where that is not part of the name.
  public let element: Int?
  /// The number, as text: not-a-number would not be equal to itself.
  public let value: String

  /// A number of the given name, place and value.
  public init(_ name: String, element: Int? = nil, value: Double) {
    self.name = name
    self.element = element
    self.value = "\(value)"
  }

  /// What is wrong.
  public var description: String {
    (element.map { "Element \($0) of \(name)" } ?? name)
      + " is \(value), and must be a finite number."
  }
}

extension ParameterSet {
  /// Checks that every element is finite.
  ///
  /// - Throws: ``NonFiniteNumber`` for the first that is not.
  public func requireFinite() throws(NonFiniteNumber) {
    guard let element = firstNonFinite else { return }
    throw NonFiniteNumber(
      layout.label(ofElement: element), value: Double(pointer[element]))
  }
}

extension SafetensorsFile {
  /// Checks that every number of every tensor is finite.
  ///
  /// - Throws: ``Networks/NonFiniteNumber`` for the first that is not.
  public func requireFinite() throws(NonFiniteNumber) {
    for entry in tensors {
      guard let (element, value) = entry.tensor.firstNonFinite else { continue }
      throw NonFiniteNumber(entry.name, element: element, value: value)
    }
  }
}

extension SafetensorsTensor {
  /// The first number that is NaN or infinite, with its place; whole numbers never are.
  var firstNonFinite: (element: Int, value: Double)? {
    switch dtype {
    case .float32: firstNonFinite(as: Float.self)
    case .float64: firstNonFinite(as: Double.self)
    case .int32, .int64, .uint8, .uint64: nil
    }
  }

  private func firstNonFinite<Scalar: ParameterScalar>(
    as type: Scalar.Type
  ) -> (element: Int, value: Double)? {
    bytes.withUnsafeBytes { raw in
      let count = raw.count / MemoryLayout<Scalar>.stride
      guard let base = raw.baseAddress, count > 0 else { return nil }
      // The kernel reads numbers where they should lie; those elsewhere are rare and go one by one.
      let isAligned = Int(bitPattern: base) % MemoryLayout<Scalar>.alignment == 0
      let element =
        isAligned
        ? Int(
          Scalar.optimizerKernels.firstNonFinite(
            Int64(count), base.assumingMemoryBound(to: Scalar.self)))
        : (0..<count).first {
          !raw.loadUnaligned(
            fromByteOffset: $0 * MemoryLayout<Scalar>.stride, as: Scalar.self
          ).isFinite
        } ?? -1
      guard element >= 0 else { return nil }
      return (
        element,
        Double(
          raw.loadUnaligned(fromByteOffset: element * MemoryLayout<Scalar>.stride, as: Scalar.self))
      )
    }
  }
}
