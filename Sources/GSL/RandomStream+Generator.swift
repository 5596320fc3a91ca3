import CGSL

extension RandomStream {
  /// Lets one of GSL's samplers draw from this stream.
  ///
  /// The `gsl_rng` lives on the stack for one call: its state is the stream itself, so there is
  /// nothing to free and a copied stream shares nothing.
  ///
  /// - Parameter body: must not keep the generator.
  /// - Returns: what `body` returns.
  @inline(__always)
  mutating func withGenerator<Result>(_ body: (UnsafePointer<gsl_rng>) -> Result) -> Result {
    withUnsafeMutablePointer(to: &self) { state in
      var generator = gsl_rng(type: Self.generatorType, state: UnsafeMutableRawPointer(state))
      return withUnsafePointer(to: &generator, body)
    }
  }

  // Allocated once, written before anyone sees it, only read afterwards and never freed.
  private nonisolated(unsafe) static let generatorType: UnsafePointer<gsl_rng_type> = {
    let type = UnsafeMutablePointer<gsl_rng_type>.allocate(capacity: 1)
    type.initialize(
      to: gsl_rng_type(
        name: nil, max: UInt(UInt32.max), min: 0, size: MemoryLayout<RandomStream>.size,
        // Seeds go through the initializer; nothing here calls `gsl_rng_set`.
        set: { _, _ in },
        // GSL passes back the `state` of `withGenerator`, which points at a live stream.
        get: { state in
          guard let state else { return 0 }
          return UInt(state.assumingMemoryBound(to: RandomStream.self).pointee.nextUInt32())
        },
        get_double: { state in
          guard let state else { return 0 }
          return state.assumingMemoryBound(to: RandomStream.self).pointee.uniform()
        }))
    return UnsafePointer(type)
  }()
}
