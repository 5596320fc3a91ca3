/// An input of a program that lies in memory of the caller's, such as parameters.
public struct ProgramBinding<Scalar: ProgramScalar> {
  /// Of the graph.
  package let input: Tensor
  /// Its elements.
  package let memory: UnsafeMutablePointer<Scalar>
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
    self.input = input
    self.memory = memory
    self.owner = owner
  }
}
