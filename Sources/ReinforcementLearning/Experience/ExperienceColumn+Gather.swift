import GSL

extension AnyExperienceColumn {
  /// Copies single rows of a column of the same type and width into the first ones of this, for minibatches.
  ///
  /// - Parameters:
  ///   - source: which, in this order, at least 1; rows that are left in this column repeat the first.
  ///   - other: the column that they are rows of.
  package func fill(withRows source: ArraySlice<Int32>, of other: AnyExperienceColumn) {
    insist(
      source.count >= 1 && source.count <= capacity && other.width == width
        && other.element == element,
      "\(source.count) rows of \"\(other.name)\" are none of the \(capacity) of \"\(name)\".")
    let bytes = width * element.size
    source.withUnsafeBufferPointer { source in
      for row in 0..<capacity {
        let place = Int(source[row < source.count ? row : 0])
        insist(place >= 0 && place < other.capacity, "\"\(other.name)\" has no row \(place).")
        if bytes == 4 {
          base.storeBytes(
            of: other.base.load(fromByteOffset: place * 4, as: UInt32.self), toByteOffset: row * 4,
            as: UInt32.self)
        } else {
          (base + row * bytes).copyMemory(from: other.base + place * bytes, byteCount: bytes)
        }
      }
    }
  }
}
