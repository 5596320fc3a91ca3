import CGSL
import Glibc

/// GSL's error reporting, turned into Swift's.
///
/// GSL tells errors to one handler per process, whose default aborts. This one notes the status for
/// the calling thread instead, and `call` throws it. See
/// [Error Handling](https://www.gnu.org/software/gsl/doc/html/err.html).
package enum Library {
  /// Makes a call that can fail in GSL.
  ///
  /// Underflow is no failure here: a tail probability too small for a `Double` is rightly 0.
  ///
  /// - Parameters:
  ///   - name: the C function, for the error's text.
  ///   - body: the call itself.
  /// - Returns: what `body` returns.
  /// - Throws: `GSLError.library` with the status that GSL reported.
  package static func call<Result>(_ name: String, _ body: () -> Result) throws(GSLError) -> Result
  {
    _ = handlerIsInstalled
    pthread_setspecific(lastStatus, nil)
    let result = body()
    let status = Int32(truncatingIfNeeded: Int(bitPattern: pthread_getspecific(lastStatus)))
    guard status == GSL_SUCCESS || status == GSL_EUNDRFLW else {
      throw .library(call: name, status: status)
    }
    return result
  }

  /// The one place where the handler that aborts is replaced.
  private static let handlerIsInstalled: Void = {
    gsl_set_error_handler { _, _, _, status in
      pthread_setspecific(lastStatus, UnsafeRawPointer(bitPattern: Int(status)))
    }
  }()

  /// The thread's slot for a status, stored in the bits of a pointer that is never followed.
  private static let lastStatus: pthread_key_t = {
    var key = pthread_key_t()
    let failure = pthread_key_create(&key, nil)
    insist(failure == 0, "The process has no thread-local slot left (error \(failure)).")
    return key
  }()
}
