/// The version of the library and its programs; `make dist` reads it here.
package enum ReleaseVersion {
  /// As `--version` says it.
  package static let current = "0.9.0"
}
