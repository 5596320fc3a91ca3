/// Stops the process with a message unless a claim about the caller's program holds.
///
/// `precondition` would do, but its message is dropped in optimized builds, and a mismatch of
/// shapes must say what did not fit there too.
package func demand(
  _ claim: @autoclosure () -> Bool, _ message: @autoclosure () -> String,
  file: StaticString = #file, line: UInt = #line
) {
  if !claim() { fatalError(message(), file: file, line: line) }
}
