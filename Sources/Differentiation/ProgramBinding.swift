/// An input of a program that lies in memory of the caller's, such as parameters.
public struct ProgramBinding<Scalar: ProgramScalar> {
  /// Of the graph.
  package let input: Tensor
  /// Its elements, numbers or bytes.
  package let memory: UnsafeMutableRawPointer
  let owner: AnyObject?

  /// Says where an input lies.
  ///
  /// - Parameters:
  ///   - input: of the graph.
  ///   - memory: its elements; there for as long as the program is used.
  ///   - owner: what the memory belongs to. The program keeps it; without one the caller has to.
  public init(
    _ input: Tensor, _ memory: UnsafeMutablePointer<Scalar>, ownedBy owner: AnyObject? = nil
  ) {
    demand(!input.isByteInput, "An input of bytes cannot be bound to numbers.")
    self.input = input
    self.memory = UnsafeMutableRawPointer(memory)
    self.owner = owner
  }

  /// Says where the bytes of an input lie.
  ///
  /// - Parameters:
  ///   - input: of `Graph.byteInput`.
  ///   - memory: its bytes; there for as long as the program is used.
  ///   - owner: what the memory belongs to. The program keeps it; without one the caller has to.
  public init(
    bytes input: Tensor, _ memory: UnsafeMutablePointer<UInt8>, ownedBy owner: AnyObject? = nil
  ) {
    demand(input.isByteInput, "An input of numbers cannot be bound to bytes.")
    self.input = input
    self.memory = UnsafeMutableRawPointer(memory)
    self.owner = owner
  }
}
