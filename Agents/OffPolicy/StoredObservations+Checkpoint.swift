import Networks
import ReinforcementLearning

extension StoredObservations {
  /// Adds what is kept to a checkpoint.
  func save(to checkpoint: inout SafetensorsFile, name: String) {
    let name = "\(name).observations"
    if let planes {
      planes.save((first..<end).map { image($0) }, to: &checkpoint, name: name)
    } else if isBytes {
      checkpoint.append(name, values(width: size, bytes))
    } else {
      checkpoint.append(name, values(width: size, numbers))
    }
    if maskSize > 0 { checkpoint.append("\(name).masks", values(width: maskSize) { $0.masks }) }
  }

  private func values<Element: SafetensorsScalar>(
    width: Int, _ column: (Page) -> ExperienceColumn<Element>?
  ) -> SafetensorsTensor {
    var values: [Element] = []
    values.reserveCapacity(count * width)
    var number = first
    while number < end {
      let (page, row) = find(number)
      let rows = min(end - number, Page.rows - row)
      if let column = column(page) { values += column.elements(row..<row + rows) }
      number += rows
    }
    return SafetensorsTensor(values, shape: [count, width])
  }

  private func bytes(_ page: Page) -> ExperienceColumn<UInt8>? {
    if case .bytes(let column) = page.observations { column } else { nil }
  }

  private func numbers(_ page: Page) -> ExperienceColumn<Float>? {
    if case .numbers(let column) = page.observations { column } else { nil }
  }

  /// Takes over what `save` wrote, numbered from 0 and held by nobody yet.
  mutating func restore(from checkpoint: SafetensorsFile, name: String) throws {
    let name = "\(name).observations"
    var fresh = StoredObservations(
      size: size, isBytes: isBytes, maskSize: maskSize, planes: planeCount)
    guard let stored = checkpoint[name] else { throw CheckpointContentError.missing(name) }
    let width = planes?.count ?? size
    guard stored.shape.count == 2, stored.shape[1] == width else {
      throw CheckpointContentError.unreadable(
        name, reason: "its shape is \(stored.shape), but an observation has \(width) numbers.")
    }
    let count = stored.shape[0]
    let images = try planes?.restore(count, from: checkpoint, name: name)
    let numbers: [Float] = isBytes ? [] : try checkpoint.numbers(name, count: count * size)
    let bytes: [UInt8] =
      images == nil && isBytes ? try checkpoint.numbers(name, count: count * size) : []
    guard numbers.span.areAllFinite else {
      throw CheckpointContentError.unreadable(name, reason: "a number is not finite.")
    }
    let masks: [UInt8] =
      maskSize > 0 ? try checkpoint.numbers("\(name).masks", count: count * maskSize) : []
    guard masks.allSatisfy({ $0 <= 1 }) else {
      throw CheckpointContentError.unreadable("\(name).masks", reason: "a mask is not 0 or 1.")
    }
    for index in 0..<count {
      let (page, row) = fresh.makeRow()
      page.holders[row] = 0
      if let images { page.images[row] = images[index] }
      switch page.observations {
      case nil: break
      case .numbers(let column):
        _ = column.values(ofRow: row).update(
          fromContentsOf: numbers[index * size..<(index + 1) * size])
      case .bytes(let column):
        _ = column.values(ofRow: row).update(
          fromContentsOf: bytes[index * size..<(index + 1) * size])
      }
      if let column = page.masks {
        _ = column.values(ofRow: row).update(
          fromContentsOf: masks[index * maskSize..<(index + 1) * maskSize])
      }
    }
    self = fresh
  }
}
