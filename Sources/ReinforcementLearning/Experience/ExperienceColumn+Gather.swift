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

extension AnyExperienceColumn {
  /// Writes rows of a column of numbers or bytes, as what this column consists of.
  ///
  /// - Parameters:
  ///   - source: which.
  ///   - other: the column that they are rows of, of the same width.
  ///   - row: where the first goes.
  package func write(_ source: Range<Int>, of other: AnyExperienceColumn, to row: Int) {
    if other.element == element { return copyRows(source, of: other, to: row) }
    if let numbers = self as? ExperienceColumn<Float>, let bytes = other as? ExperienceColumn<UInt8>
    {
      let (from, to) = (bytes.elements(source), numbers.elements(row..<row + source.count))
      for index in from.indices { to[index] = Float(from[index]) }
    } else if let bytes = self as? ExperienceColumn<UInt8>,
      let numbers = other as? ExperienceColumn<Float>
    {
      bytes.write(numbers.elements(source).span, to: row)
    } else {
      fatalError("Rows of \"\(other.name)\" are none of \"\(name)\".")
    }
  }
}

extension AnyExperienceColumn {
  /// Writes numbers to the first rows, of a column of numbers or of bytes.
  ///
  /// - Parameter numbers: of whole rows; for bytes from 0 to 255.
  package func write(_ numbers: Span<Float>) {
    if let bytes = self as? ExperienceColumn<UInt8> { return bytes.write(numbers, to: 0) }
    guard let column = self as? ExperienceColumn<Float> else {
      fatalError("\"\(name)\" has neither numbers nor bytes.")
    }
    column.withMutableRows(0..<numbers.count / width) {
      for index in numbers.indices { $0[index] = numbers[index] }
    }
  }
}

extension ExperienceColumn<UInt8> {
  /// Writes whole numbers from 0 to 255 as bytes.
  ///
  /// - Parameters:
  ///   - numbers: of whole rows; those beyond a byte are those next to them.
  ///   - row: where the first goes.
  package func write(_ numbers: Span<Float>, to row: Int) {
    let target = elements(row..<row + numbers.count / width)
    for index in target.indices { target[index] = UInt8(max(0, min(255, numbers[index]))) }
  }
}
