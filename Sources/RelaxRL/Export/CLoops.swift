/// Where an element of a value lies, given the indices of a loop nest.
struct CView {
  /// An array, or a number by itself.
  var name: String
  /// Elements before the first.
  var offset = 0
  /// The distance in elements for each loop; nil for a number by itself.
  var strides: [Int]?

  /// The distances between neighbors along each axis of a dense array.
  static func dense(_ shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    return strides
  }

  /// The distances for loops over a wider shape, 0 along what is repeated.
  static func widened(_ shape: [Int], to wide: [Int]) -> [Int] {
    let padding = [Int](repeating: 0, count: wide.count - shape.count)
    return padding
      + zip(dense(shape), zip(shape, wide.suffix(shape.count))).map { stride, extents in
        extents.0 == extents.1 ? stride : 0
      }
  }
}

/// A nest of loops over the elements of some arrays, as C.
enum CLoops {
  private static let variables = ["i", "j", "k", "l", "m", "n"]

  /// Writes a nest; loops over what lies side by side in all arrays become one.
  ///
  /// - Parameters:
  ///   - extents: of the loops, outermost first.
  ///   - views: the arrays, with a stride for each loop.
  ///   - body: the statement inside, given an expression for the element of each array.
  /// - Returns: lines.
  static func nest(
    _ extents: [Int], _ views: [CView], body: ([String]) -> [String]
  ) -> [String] {
    var (extents, views) = (extents, views)
    for axis in extents.indices.reversed() where extents[axis] == 1 {
      extents.remove(at: axis)
      for view in views.indices { views[view].strides?.remove(at: axis) }
    }
    var axis = extents.count - 2
    while axis >= 0 {
      let inner = extents[axis + 1]
      let isWhole = views.allSatisfy { view in
        view.strides.map { $0[axis] == $0[axis + 1] * inner } ?? true
      }
      if isWhole {
        extents[axis] *= inner
        extents.remove(at: axis + 1)
        for view in views.indices { views[view].strides?.remove(at: axis) }
      }
      axis -= 1
    }
    let names = extents.indices.map { $0 < variables.count ? variables[$0] : "i\($0)" }
    let elements = views.map { element($0, names) }
    var lines: [String] = []
    for (depth, (name, extent)) in zip(names, extents).enumerated() {
      let indent = String(repeating: "    ", count: depth)
      lines.append("\(indent)for (int \(name) = 0; \(name) < \(extent); \(name)++)")
    }
    let statements = body(elements)
    let indent = String(repeating: "    ", count: extents.count)
    if statements.count == 1 { return lines + statements.map { indent + $0 } }
    let outer = String(repeating: "    ", count: max(0, extents.count - 1))
    if lines.isEmpty { return ["{"] + statements.map { "    " + $0 } + ["}"] }
    lines[lines.count - 1] += " {"
    return lines + statements.map { indent + $0 } + [outer + "}"]
  }

  /// An element of an array.
  private static func element(_ view: CView, _ names: [String]) -> String {
    guard let strides = view.strides else { return view.name }
    var terms = zip(strides, names).filter { $0.0 != 0 }.map { stride, name in
      stride == 1 ? name : "\(stride) * \(name)"
    }
    if view.offset != 0 || terms.isEmpty { terms.append("\(view.offset)") }
    return "\(view.name)[\(terms.joined(separator: " + "))]"
  }
}
