import Foundation
import ReinforcementLearning
import Testing

struct SpaceTests {
  private let image = Space.box(
    BoxSpace(shape: [2, 3], bounds: 0...255, elementType: .uint8))

  @Test func `a space knows its elements and their number`() {
    #expect(image.elementCount == 6)
    #expect(image.contains([0, 1, 2, 3, 4, 255]))
    #expect(!image.contains([0, 1, 2, 3, 4, 256]))
    #expect(!image.contains([0, 1, 2, 3, 4, 0.5]))
    #expect(!image.contains([0, 1, 2, 3, 4]))
    #expect(!Space.box(lower: [-1], upper: [1]).contains([.nan]))
    let dice = Space.discrete(6, start: 1)
    #expect((-1...8).filter { dice.contains($0) } == [1, 2, 3, 4, 5, 6])
    #expect(dice.contains([6]) && !dice.contains([6.5]))
    #expect(dice.elementCount == 1 && dice.observationSize == 6)
    let pair = Space.multiDiscrete([2, 3])
    #expect(pair.contains([1, 2]) && !pair.contains([2, 2]) && !pair.contains([1]))
    #expect(pair.elementCount == 2 && pair.observationSize == 5 && pair.maskSize == 5)
    let bits = Space.multiBinary(3)
    #expect(bits.contains([1, 0, 1]) && !bits.contains([1, 0, 2]) && !bits.contains([1, 0]))
    #expect(!bits.contains([1, 0, 0.5]) && bits.isWholeNumbers)
    #expect(bits.elementCount == 3 && bits.observationSize == 3 && bits.maskSize == 6)
    // A number at a bound that single precision cannot represent is inside.
    #expect(Space.box(lower: [-1.2], upper: [0.6]).contains([Double(Float(0.6))]))
  }

  @Test(arguments: [
    Space.box(lower: [-1, -.infinity], upper: [1, .infinity]), .discrete(3),
    .discrete(4, start: -2),
    .multiDiscrete([2, 3]), .multiBinary(8),
  ]) func `a space survives JSON and reads well`(space: Space) throws {
    let data = try JSONEncoder().encode(space)
    #expect(try JSONDecoder().decode(Space.self, from: data) == space)
    #expect(!space.description.isEmpty)
  }

  @Test func `descriptions are short`() {
    #expect("\(Space.discrete(2))" == "discrete(2)")
    #expect("\(Space.multiBinary(8))" == "multiBinary(8)")
    #expect("\(image)" == "box([2, 3], 0.0…255.0, uint8)")
    #expect(
      "\(Space.box(lower: [-1, -2], upper: [1, 2]))" == "box([2], -1.0…1.0, -2.0…2.0, float32)")
  }

  @Test(arguments: [
    Space.discrete(0), .discrete(2, start: Int(Int32.max)), .multiDiscrete([]),
    .multiDiscrete([2, 0]), .multiBinary(0), .multiBinary(-1), .box(lower: [], upper: []),
    .box(lower: [1], upper: [0]),
    .box(lower: [.nan], upper: [0]), .box(lower: [0, 0], upper: [1]),
    .box(BoxSpace(shape: [0], bounds: 0...1)),
  ]) func `declarations without sense are refused`(space: Space) {
    #expect(throws: EnvironmentError.self) { try space.validate(of: "task") }
  }
}
