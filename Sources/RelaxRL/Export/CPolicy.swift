import Differentiation
import Runs

/// A policy's program as one file of C99 and its header, for one observation at a time.
///
/// Every value is an array of its own on the stack, but for those that are changed in place.
struct CPolicy {
  /// An array or a number of the program.
  struct Place {
    var name: String
    var shape: [Int]
    /// Whether it is an array of the function's own, which can be changed.
    var isOwn = false
    /// Whether it is a number instead.
    var isNumber = false

    var count: Int { shape.reduce(1, *) }
  }

  /// The text of the source file.
  private(set) var source = ""
  /// The text of the header.
  private(set) var header = ""

  private let program: PolicyProgram
  private let prefix: String
  private var places: [Place] = []
  private var constants: [String] = []
  private var taken: Set<String>
  /// The function's body so far.
  var lines: [String] = []
  private var stackBytes = 0

  /// Writes a program down.
  ///
  /// - Parameters:
  ///   - program: the policy.
  ///   - name: what the file is called, without its ending; names of functions begin with it.
  ///   - description: what it is.
  /// - Throws: ``ExportError`` for an operation that there is no C for.
  init(
    _ program: PolicyProgram, name: String, description: ExportDescription
  ) throws(ExportError) {
    self.program = program
    let words = CText.identifier(name)
    prefix = words.first.map { $0.isNumber } ?? true ? "policy_\(words)" : words
    taken = ["\(prefix)_act"]
    for index in program.steps.indices {
      let place = try place(ofStep: index)
      places.append(place)
    }
    returnAction()
    let title = description.title
    header = headerText(name, title, description)
    source =
      CText.comment(
        [
          "\(title) Written by RelaxRL \(ReleaseVersion.current).", "",
          "C99 and <math.h>, nothing else: no allocation, no state, so that any number of threads",
          "can call it at once. It takes about \(stackBytes) bytes of stack.", "",
        ] + ExportLicense.lines)
      + "#include \"\(name).h\"\n\n#include <math.h>\n\n" + constants.joined(separator: "\n")
      + "\n\(declaration)\n{\n"
      + lines.map { $0.isEmpty ? "\n" : "    \($0)\n" }.joined() + "}\n"
  }

  private mutating func place(ofStep index: Int) throws(ExportError) -> Place {
    let step = program.steps[index]
    let shape = step.shape.map { $0.resolved(rows: 1) }
    switch step.content {
    case .observation: return Place(name: "observation", shape: shape)
    case .mask: return Place(name: "mask", shape: shape)
    case .parameter(let name, let values): return constant(name, values, shape)
    case .operation(.literal(let values)):
      return constant("constant", values.map { Float($0) }, shape)
    case .operation(.constant(let value)):
      return Place(name: CText.number(Float(value)), shape: shape, isNumber: true)
    case .operation(let primitive):
      return try write(
        primitive, step.operands.map { places[$0] }, shape, atStep: index)
    }
  }

  private mutating func constant(_ name: String, _ values: [Float], _ shape: [Int]) -> Place {
    var (unique, number) = ("\(prefix)_\(CText.identifier(name))", 2)
    while !taken.insert(unique).inserted {
      unique = "\(prefix)_\(CText.identifier(name))_\(number)"
      number += 1
    }
    constants.append(CText.array(unique, values))
    return Place(name: unique, shape: shape)
  }

  /// A new array on the stack.
  mutating func array(_ shape: [Int]) -> Place {
    let place = Place(name: "t\(places.count)", shape: shape, isOwn: true)
    lines += (lines.isEmpty ? [] : [""]) + ["float \(place.name)[\(place.count)];"]
    stackBytes += 4 * place.count
    return place
  }

  /// An operand of the shape of the result that nobody reads any more, to be changed in place.
  func reusable(_ operands: [Place], _ shape: [Int], atStep index: Int) -> Place? {
    let later = program.steps[(index + 1)...].flatMap(\.operands).filter { $0 < index }
    let found = operands.first { operand in
      operand.isOwn && operand.count == shape.reduce(1, *)
        && operands.allSatisfy { $0.name != operand.name || $0.count == operand.count }
        && !later.contains { places[$0].name == operand.name }
    }
    return found.map { Place(name: $0.name, shape: shape, isOwn: true) }
  }

  private mutating func returnAction() {
    let action = places[program.action]
    lines.append("")
    if program.isSingle && program.isWhole {
      lines.append("return (int)\(action.isNumber ? action.name : "\(action.name)[0]");")
      return
    }
    let cast = program.isWhole ? "(int)" : ""
    lines += CLoops.nest(
      [program.actionSize],
      [CView(name: "action", strides: [1]), action.view(over: [action.count])]
    ) { ["\($0[0]) = \(cast)\($0[1]);"] }
  }

  /// The function without its body.
  private var declaration: String {
    let inputs =
      "const float *observation" + (program.maskSize == nil ? "" : ", const float *mask")
    if program.isSingle && program.isWhole { return "int \(prefix)_act(\(inputs))" }
    return "void \(prefix)_act(\(inputs), \(program.isWhole ? "int" : "float") *action)"
  }

  private func headerText(
    _ name: String, _ title: String, _ description: ExportDescription
  ) -> String {
    let upper = prefix.uppercased()
    let sizes =
      [("OBSERVATION", program.observationSize), ("ACTION", program.actionSize)]
      + (program.maskSize.map { [("MASK", $0)] } ?? [])
    var notes = ["observation: \(description.observation).", "Result: \(description.action)."]
    if program.maskSize != nil { notes.insert("mask: \(description.mask).", at: 1) }
    return CText.comment([title, ""] + ExportLicense.lines)
      + "#ifndef \(upper)_H\n#define \(upper)_H\n\n"
      + sizes.map { "#define \(upper)_\($0)_SIZE \($1)\n" }.joined()
      + "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n" + CText.comment(notes)
      + "\(declaration);\n\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n"
  }
}

extension CPolicy.Place {
  /// Its elements in loops over a shape that it has, or is widened to.
  func view(over shape: [Int]) -> CView {
    if isNumber { return CView(name: name) }
    let own = count == shape.reduce(1, *) ? shape : self.shape
    return CView(name: name, strides: CView.widened(own, to: shape))
  }
}
