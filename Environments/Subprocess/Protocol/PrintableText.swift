/// Another program's text as a person can be shown it: in one line, without anything that a terminal would
/// obey, and no longer than it may be.
///
/// What a program prints may move the cursor, rename the window or turn the direction of writing around. Whole
/// escape sequences are left out, so that coloured warnings read well; any other control character is a dot.
///
/// - Parameters:
///   - text: what the program said.
///   - limit: the most characters that are shown.
/// - Returns: one line.
func printable(_ text: some StringProtocol, limit: Int = 400) -> String {
  var shown = ""
  var count = 0
  var rest = text.unicodeScalars.makeIterator()
  while let scalar = rest.next() {
    if scalar.value == 0x1B {
      skipEscapeSequence(&rest)
      continue
    }
    guard count < limit else { return shown + "… (\(text.utf8.count) bytes)" }
    count += 1
    switch scalar.value {
    case 0x09: shown += " "
    case 0x0A, 0x0D, 0x2028, 0x2029: shown += "⏎"
    case ..<0x20, 0x7F...0x9F, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF:
      shown += "·"
    default: shown.unicodeScalars.append(scalar)
    }
  }
  return shown
}

/// Passes over what follows an escape character: `[31m`, `]0;title` up to its end, or one character.
private func skipEscapeSequence(_ rest: inout some IteratorProtocol<Unicode.Scalar>) {
  guard let kind = rest.next()?.value else { return }
  switch kind {
  case 0x5B:  // [
    while let scalar = rest.next(), !(0x40...0x7E).contains(scalar.value) {}
  case 0x5D, 0x50, 0x58, 0x5E, 0x5F:  // ], P, X, ^, _: a text that ends with BEL or ESC \
    while let scalar = rest.next(), scalar.value != 0x07 {
      if scalar.value == 0x1B {
        _ = rest.next()
        return
      }
    }
  default: return
  }
}

/// The beginning of a message as it can be shown: one line, at most 120 bytes of it.
func quoted(_ bytes: UnsafeRawBufferPointer) -> String {
  let limit = 120
  let end = bytes.prefix(limit).last.map { $0 == 0x0A } == true && bytes.count <= limit ? 1 : 0
  let text = printable(String(decoding: bytes.prefix(limit).dropLast(end), as: UTF8.self))
  return "\"\(text)\"" + (bytes.count > limit ? "… (\(bytes.count) bytes)" : "")
}

/// A list as it can be shown: its first elements, and how many there are.
func shortened(_ list: some Collection) -> String {
  let limit = 8
  guard list.count > limit else {
    return "[\(list.map { printable("\($0)", limit: 40) }.joined(separator: ", "))]"
  }
  let first = list.prefix(limit).map { printable("\($0)", limit: 40) }.joined(separator: ", ")
  return "[\(first), … \(list.count) in all]"
}
