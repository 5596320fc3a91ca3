/// Encoded, an optimizer is its name with its settings, `{"adam": {"beta1": 0.9, …}}`.
///
/// Settings that are left out take their defaults, and a name alone, `"adam"`, takes all of them.
extension OptimizerConfiguration: Codable {
  private enum Kind: String, CodingKey, CaseIterable {
    case sgd, rmsprop, adam

    var defaults: OptimizerConfiguration {
      switch self {
      case .sgd: .sgd()
      case .rmsprop: .rmsProp()
      case .adam: .adam()
      }
    }
  }

  /// A key as it stands, so that misspelled ones are seen.
  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Reads a name, or a name with settings; unknown ones and values out of range are refused.
  public init(from decoder: any Decoder) throws {
    func fault(_ text: String) -> DecodingError {
      .dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: text))
    }
    let names = Kind.allCases.map(\.rawValue).joined(separator: ", ")
    if let name = try? decoder.singleValueContainer().decode(String.self) {
      guard let kind = Kind(rawValue: name) else {
        throw fault("There is no optimizer \"\(name)\". Known are \(names).")
      }
      self = kind.defaults
      return
    }
    let outer = try decoder.container(keyedBy: Key.self)
    guard outer.allKeys.count == 1, let name = outer.allKeys.first,
      let kind = Kind(rawValue: name.stringValue)
    else {
      let found = outer.allKeys.map(\.stringValue).sorted()
      throw fault("An optimizer is one of \(names), with its settings, but found is \(found).")
    }
    var settings = kind.defaults.settings
    let inner = try outer.nestedContainer(keyedBy: Key.self, forKey: name)
    for key in inner.allKeys {
      guard let index = settings.firstIndex(where: { $0.name == key.stringValue }) else {
        let known = settings.map(\.name).joined(separator: ", ")
        throw fault("\(kind.rawValue) has no setting \"\(key.stringValue)\" but \(known).")
      }
      settings[index].value = try inner.decode(Double.self, forKey: key)
    }
    let values = settings.map(\.value)
    switch kind {
    case .sgd: self = .sgd(momentum: values[0])
    case .rmsprop: self = .rmsProp(decay: values[0], epsilon: values[1])
    case .adam: self = .adam(beta1: values[0], beta2: values[1], epsilon: values[2])
    }
    do { try validate() } catch { throw fault("\(error)") }
  }

  /// Writes the name with all settings.
  public func encode(to encoder: any Encoder) throws {
    var outer = encoder.container(keyedBy: Kind.self)
    var inner = outer.nestedContainer(keyedBy: Key.self, forKey: kind)
    for (name, value) in settings { try inner.encode(value, forKey: Key(stringValue: name)) }
  }

  private var kind: Kind {
    switch self {
    case .sgd: .sgd
    case .rmsProp: .rmsprop
    case .adam: .adam
    }
  }

  private var settings: [(name: String, value: Double)] {
    switch self {
    case .sgd(let momentum): [("momentum", momentum)]
    case .rmsProp(let decay, let epsilon): [("decay", decay), ("epsilon", epsilon)]
    case .adam(let beta1, let beta2, let epsilon):
      [("beta1", beta1), ("beta2", beta2), ("epsilon", epsilon)]
    }
  }
}
