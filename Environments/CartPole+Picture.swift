import Foundation
import ReinforcementLearning

extension CartPole {
  /// Draws track, cart and pole to scale, with an arrow for the push.
  public func render(after action: Int?) -> Picture? {
    var picture = Picture(x: -2.6...2.6, y: -0.7...1.9, background: .paper)
    let track = -0.2
    picture.rectangle(from: [-2.6, -0.7], to: [2.6, track], .faint)
    picture.line(from: [-2.4, track], to: [2.4, track], width: 0.03, .gray)
    for end in [-2.4, 2.4] {
      picture.line(from: [end, track - 0.1], to: [end, track + 0.1], width: 0.03, .gray)
    }
    for wheel in [position - 0.17, position + 0.17] {
      picture.circle(at: [wheel, track + 0.08], radius: 0.08, .ink)
    }
    let cart = (left: position - 0.28, right: position + 0.28, top: 0.1)
    picture.rectangle(from: [cart.left, track + 0.08], to: [cart.right, cart.top], .blue)
    let pivot = SIMD2(position, 0)
    picture.line(from: pivot, to: pivot + SIMD2(sin(angle), cos(angle)), width: 0.11, .wood)
    picture.circle(at: pivot, radius: 0.045, .ink)
    if let action {
      let (start, way) = action == 1 ? (cart.right, 0.24) : (cart.left, -0.24)
      picture.arrow(at: [start + way / 3, 0], to: [start + way, 0], width: 0.05, .orange)
    }
    return picture
  }
}
