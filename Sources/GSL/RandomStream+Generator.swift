import CGSL

extension RandomStream {
  /// Lets one of GSL's samplers draw from this stream.
  ///
  /// The `gsl_rng` lives on the stack for one call and so does its type: the state is the stream
  /// itself, so there is nothing to free and a copied stream shares nothing. (A type shared by all
  /// calls was no faster: looking it up costs as much as writing its seven words.)
  ///
  /// - Parameter body: must not keep the generator.
  /// - Returns: what `body` returns.
  @inline(__always)
  mutating func withGenerator<Result>(_ body: (UnsafePointer<gsl_rng>) -> Result) -> Result {
    withUnsafeMutablePointer(to: &self) { state in
      withUnsafePointer(to: Self.generatorType) { type in
        var generator = gsl_rng(type: type, state: UnsafeMutableRawPointer(state))
        return withUnsafePointer(to: &generator, body)
      }
    }
  }

  private static var generatorType: gsl_rng_type {
    gsl_rng_type(
      name: nil, max: UInt(UInt32.max), min: 0, size: MemoryLayout<RandomStream>.size,
      // Seeds go through the initializer; no sampler calls `gsl_rng_set`.
      set: { _, _ in },
      // GSL passes back the `state` of `withGenerator`, which points at a live stream.
      get: { state in
        guard let state else { return 0 }
        return UInt(state.assumingMemoryBound(to: RandomStream.self).pointee.nextUInt32())
      },
      get_double: { state in
        guard let state else { return 0 }
        return state.assumingMemoryBound(to: RandomStream.self).pointee.uniform()
      })
  }
}
