import Foundation
import ReinforcementLearning

extension Pendulum {
  /// Draws the rod, and the torque as an arc around its axle.
  public func render(after action: Float?) -> Picture? {
    var picture = Picture(x: -1.6...1.6, y: -1.2...1.2, background: .paper)
    picture.line(from: [0, 0], to: [-sin(angle), cos(angle)], width: 0.2, .red)
    picture.circle(at: [0, 0], radius: 0.06, .ink)
    let torque = min(max(Double(action ?? 0), -2), 2)
    guard torque != 0 else { return picture }
    func place(_ share: Double) -> SIMD2<Double> {
      let direction = Double.pi / 2 + share * torque / 2 * 2
      return 0.3 * SIMD2(cos(direction), sin(direction))
    }
    let steps = 12
    for step in 0..<steps {
      picture.line(
        from: place(Double(step) / Double(steps)), to: place(Double(step + 1) / Double(steps)),
        width: 0.04, .blue)
    }
    // The head points on along the arc.
    let (tip, before) = (place(1), place(1 - 1 / Double(steps)))
    let way = (tip - before) / ((tip - before) * (tip - before)).sum().squareRoot()
    let across = SIMD2(-way.y, way.x)
    picture.polygon([tip + 0.12 * way, tip + 0.08 * across, tip - 0.08 * across], .blue)
    return picture
  }
}
