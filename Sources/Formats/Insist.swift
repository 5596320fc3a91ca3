/// Stops the process with a message unless a claim about the caller's program holds.
///
/// The same as GSL's, which this module does not know: `precondition` would do, but optimized builds
/// drop its message. What is wrong with bytes from outside is an error that is thrown instead.
func insist(
  _ claim: @autoclosure () -> Bool, _ message: @autoclosure () -> String,
  file: StaticString = #fileID, line: UInt = #line
) {
  if !claim() { fatalError(message(), file: file, line: line) }
}
