import ReinforcementLearning

/// What the numbers of a step's messages are: follows from the spaces and holds for a whole connection.
///
/// Shapes: k rows of a message, E numbers of an observation as it travels, D numbers of a row as agents
/// see it, C components of an action, A choices that a mask tells apart.
struct MessageLayout: Hashable, Sendable {
  /// How an observation's numbers travel in binary.
  enum Element: Sendable {
    case single
    case byte
    case whole

    var size: Int { self == .byte ? 1 : 4 }
  }

  /// E.
  let observationElements: Int
  /// D; larger than E where whole numbers become one-hot.
  let observationSize: Int
  /// C.
  let actionElements: Int
  /// Whether actions are whole numbers.
  let hasWholeActions: Bool
  /// Whether an action is one whole number, which travels without a list around it.
  let isDiscreteAction: Bool
  /// A, or 0 where no masks travel.
  let maskSize: Int
  /// The number of actions of each choice, side by side in a mask.
  let maskCounts: [Int]
  let element: Element
  /// For one-hot observations the first number and the number of choices of each element; else empty.
  let choices: [Space.Choice]

  init(_ description: SimulatorDescription) {
    self.init(
      observations: description.observationSpace, actions: description.actionSpace,
      hasActionMask: description.hasActionMask)
  }

  init(observations: Space, actions: Space, hasActionMask: Bool) {
    observationElements = observations.elementCount
    observationSize = observations.observationSize
    actionElements = actions.elementCount
    hasWholeActions = actions.isWholeNumbers
    isDiscreteAction = if case .discrete = actions { true } else { false }
    maskSize = hasActionMask ? actions.maskSize ?? 0 : 0
    maskCounts = actions.choices.map(\.count)
    switch observations {
    case .box(let box):
      choices = []
      element =
        switch box.elementType {
        case .float32, .float64: .single
        case .uint8: .byte
        case .int32: .whole
        }
    case .discrete, .multiDiscrete:
      choices = observations.choices
      element = .whole
    case .multiBinary:
      choices = []
      element = .whole
    }
  }
}

extension MessageLayout {
  /// The most bytes that one environment adds to a request or its reply; exact in binary, where every final
  /// observation travels too, and an estimate of what is usual in JSON.
  func bytes(isBinary: Bool) -> Int {
    let widths =
      switch element {
      case .single: isBinary ? 4 : 22
      case .byte: isBinary ? 1 : 4
      case .whole: isBinary ? 4 : 8
      }
    let reply = 2 * widths * observationElements + (isBinary ? 1 : 2) * maskSize + 40
    return max(reply, (isBinary ? 4 : 16) * actionElements + 40)
  }

  /// The number of environments whose messages are sure not to be too long, at least 1.
  func mostEnvironments(isBinary: Bool) -> Int {
    max((FrameHeader.maximumFrame - 1024) / bytes(isBinary: isBinary), 1)
  }
}

/// The two requests that are sent all the time.
enum RequestKind: UInt8, Sendable {
  case reset = 1
  case step = 2

  var name: String { self == .reset ? "reset" : "step" }
}

/// The header of a frame of `bin1`.
///
/// All numbers are little-endian.
///
/// | bytes | content |
/// | --- | --- |
/// | 0–3 | number of bytes that follow these four |
/// | 4 | kind: 0 a JSON text, 1 reset, 2 step, 3 an image |
/// | 5 | flags |
/// | 6–7 | 0 |
/// | 8–11 | id |
/// | 12–15 | k, the number of rows |
struct FrameHeader {
  static let size = 16
  /// The most bytes of a frame or line, larger than which nothing that is meant seriously is.
  static let maximumFrame = 16 << 20
  static let jsonKind: UInt8 = 0
  static let imageKind: UInt8 = 3
  /// Seeds are in the request.
  static let extraFlag: UInt8 = 1

  var length: Int
  var kind: UInt8
  var flags: UInt8
  var id: UInt32
  var count: Int

  /// - Parameter bytes: at least `size` of them.
  init(_ bytes: UnsafeRawBufferPointer) {
    length = Int(bytes.loadUnaligned(fromByteOffset: 0, as: UInt32.self))
    kind = bytes[4]
    flags = bytes[5]
    id = bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)
    count = Int(bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
  }

  /// Begins a frame whose length is filled in by `end`.
  static func begin(
    _ writer: inout ByteWriter, kind: UInt8, flags: UInt8 = 0, id: UInt32, count: Int = 0
  ) {
    writer.write(raw: UInt32(0))
    writer.write(byte: kind)
    writer.write(byte: flags)
    writer.write(raw: UInt16(0))
    writer.write(raw: id)
    writer.write(raw: UInt32(count))
  }

  static func end(_ writer: inout ByteWriter, startingAt start: Int) {
    writer.replace(at: start, with: UInt32(writer.count - start - 4))
  }
}
