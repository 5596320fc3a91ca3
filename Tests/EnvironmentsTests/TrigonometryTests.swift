import Environments
import Foundation
import GSL
import Testing

struct TrigonometryTests {
  @Test(arguments: [0.5, 10, 1000, 99_999]) func `sine and cosine are libm's to 1e-12`(
    range: Double
  ) {
    var draws = RandomStream(seed: 1, purpose: "trigonometry")
    var worst = 0.0
    for _ in 0..<100_000 {
      let angle = draws.uniform(in: -range...range)
      let (sine, cosine) = sineAndCosine(angle)
      worst = max(worst, abs(sine - sin(angle)), abs(cosine - cos(angle)))
    }
    #expect(worst < 1e-12)
  }

  @Test func `quadrant borders, signs and huge angles are right`() {
    for quarter in -9...9 {
      let angle = Double(quarter) * Double.pi / 4
      #expect(abs(sineAndCosine(angle).sine - sin(angle)) < 3e-14)
      #expect(abs(sineAndCosine(angle).cosine - cos(angle)) < 3e-14)
    }
    #expect(sineAndCosine(0) == (0, 1))
    #expect(sineAndCosine(1e9) == (sin(1e9), cos(1e9)))
    #expect(sineAndCosine(.nan).sine.isNaN)
    #expect(sineAndCosine(.infinity).cosine.isNaN)
  }

  @Test func `two angles at once give the bits of one after the other`() {
    var draws = RandomStream(seed: 2, purpose: "trigonometry")
    for range in [1.0, 100, 1e6] {
      for _ in 0..<10_000 {
        let angles = SIMD2(draws.uniform(in: -range...range), draws.uniform(in: -range...range))
        let both = sineAndCosine(angles)
        let (first, second) = (sineAndCosine(angles.x), sineAndCosine(angles.y))
        #expect(both.sine == SIMD2(first.sine, second.sine))
        #expect(both.cosine == SIMD2(first.cosine, second.cosine))
      }
    }
  }
}
