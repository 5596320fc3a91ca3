/// Stops the process with a message unless a claim about the caller's program holds.
///
/// For whoever uses the library: `precondition` would do, but optimized builds drop its message. What
/// comes from outside the program, a file or a simulator, is an error that is thrown instead.
/// Differentiation, which knows nothing of this module, has the same under the name of `demand`.
@inlinable
@inline(__always)
package func insist(
  _ claim: @autoclosure () -> Bool, _ message: @autoclosure () -> String,
  file: StaticString = #fileID, line: UInt = #line
) {
  if !claim() { fatalError(message(), file: file, line: line) }
}
