import GSL

/// The name and shape of one parameter, before it has a place.
public struct ParameterEntry: Sendable, Hashable, Codable {
  /// The unique name, such as `policy.0.weight`.
  public var name: String
  /// The extents, outermost first; empty for a single number.
  public var shape: [Int]

  /// Describes one parameter.
  public init(_ name: String, _ shape: [Int]) {
    self.name = name
    self.shape = shape
  }
}

/// One parameter's place in the contiguous buffer of a `ParameterSet`.
public struct ParameterView: Sendable, Hashable {
  /// The unique name, such as `policy.0.weight`.
  public let name: String
  /// The extents, outermost first; empty for a single number.
  public let shape: [Int]
  /// The elements of the buffer that belong to this parameter, in row-major order.
  public let range: Range<Int>

  /// The number of elements.
  public var count: Int { range.count }

  /// The name with the indices of one element, such as `policy.0.weight[3, 1]`.
  ///
  /// - Parameter element: the row-major position inside this view, `0 ..< count`.
  /// - Returns: the name alone when the shape is empty.
  public func label(ofElement element: Int) -> String {
    insist(
      element >= 0 && element < count, "Element \(element) lies outside \(name) of \(count).")
    var rest = element
    var indices: [Int] = []
    for extent in shape.reversed() {
      indices.append(rest % extent)
      rest /= extent
    }
    guard !indices.isEmpty else { return name }
    return name + "[" + indices.reversed().map(String.init).joined(separator: ", ") + "]"
  }
}

/// Which parameters there are, in what order, and where each lies in one contiguous buffer.
///
/// Views follow each other in the order of their declaration, without gaps, so that parameters,
/// gradients and optimizer moments of the same layout can be treated as plain vectors.
public struct ParameterLayout: Sendable {
  /// The parameters in the order of their declaration.
  public private(set) var views: [ParameterView] = []
  private var indexOfName: [String: Int] = [:]

  /// The number of elements of all parameters together.
  public var count: Int { views.last?.range.upperBound ?? 0 }

  /// The names in the order of their declaration.
  public var names: [String] { views.map(\.name) }

  /// A layout without parameters, to be filled with ``add(_:_:)``.
  public init() {}

  /// A layout of the given parameters in the given order.
  public init(_ entries: [ParameterEntry]) {
    for entry in entries { add(entry.name, entry.shape) }
  }

  /// Places one more parameter behind those that are already there.
  ///
  /// - Parameters:
  ///   - name: a name that no other parameter of the layout has.
  ///   - shape: positive extents, outermost first; empty for a single number.
  /// - Returns: where the parameter lies.
  @discardableResult
  public mutating func add(_ name: String, _ shape: [Int]) -> ParameterView {
    if let fault = fault(of: name, shape) { fatalError(fault) }
    let view = ParameterView(
      name: name, shape: shape, range: count..<count + shape.reduce(1, *))
    indexOfName[name] = views.count
    views.append(view)
    return view
  }

  /// The parameter of that name, or nil.
  public func find(_ name: String) -> ParameterView? { indexOfName[name].map { views[$0] } }

  /// The parameter of that name, which must exist.
  public subscript(name: String) -> ParameterView {
    guard let view = find(name) else {
      fatalError(
        "There is no parameter named \"\(name)\" among \(names.joined(separator: ", ")).")
    }
    return view
  }

  /// The parameter that an element of the whole buffer belongs to.
  ///
  /// - Parameter element: a position in the buffer, `0 ..< count`.
  /// - Returns: the view whose range contains the element.
  /// - Complexity: O(log of the number of parameters).
  public func view(containing element: Int) -> ParameterView {
    insist(
      element >= 0 && element < count, "Element \(element) lies outside the \(count) parameters.")
    var low = 0
    var high = views.count - 1
    while low < high {
      let middle = (low + high) / 2
      if element < views[middle].range.upperBound { high = middle } else { low = middle + 1 }
    }
    return views[low]
  }

  /// The name and indices of an element of the whole buffer, such as `policy.0.weight[3, 1]`.
  public func label(ofElement element: Int) -> String {
    let view = view(containing: element)
    return view.label(ofElement: element - view.range.lowerBound)
  }

  private func fault(of name: String, _ shape: [Int]) -> String? {
    if find(name) != nil { return "The parameter name \"\(name)\" is used twice." }
    guard shape.allSatisfy({ $0 > 0 }) else {
      return "The shape of \"\(name)\" is \(shape), but every extent must be positive."
    }
    var product = 1
    var overflows = false
    for extent in shape where !overflows {
      (product, overflows) = product.multipliedReportingOverflow(by: extent)
    }
    if overflows || count.addingReportingOverflow(product).overflow {
      return "The shape of \"\(name)\", \(shape), has too many elements."
    }
    return nil
  }
}

extension ParameterLayout: Hashable {
  /// Whether both have the same names and shapes in the same order.
  public static func == (left: ParameterLayout, right: ParameterLayout) -> Bool {
    left.views == right.views
  }

  /// Hashes names and shapes.
  public func hash(into hasher: inout Hasher) { hasher.combine(views) }
}

extension ParameterLayout: Codable {
  /// Reads an ordered list of names and shapes; a name that comes twice is refused.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    for entry in try container.decode([ParameterEntry].self) {
      if let fault = fault(of: entry.name, entry.shape) {
        throw DecodingError.dataCorruptedError(in: container, debugDescription: fault)
      }
      add(entry.name, entry.shape)
    }
  }

  /// Writes the ordered list of names and shapes; offsets follow from it.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(views.map { ParameterEntry($0.name, $0.shape) })
  }
}
