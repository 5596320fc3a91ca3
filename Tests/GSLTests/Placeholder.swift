@testable import GSL
import Testing

@Test func `philox gives the published known answers`() {
  let a = Philox.block(counter: .init(low: 0, high: 0), key: 0)
  #expect(a == .init(low: 0xe169c58d_6627e8d5, high: 0x9b00dbd8_bc57ac4c))
}
