import Foundation
import ReinforcementLearning

extension Acrobot {
  /// Draws both links and the line, and the motor in the color of its torque.
  public func render(after action: Int?) -> Picture? {
    var picture = Picture(x: -3...3, y: -2.25...2.25, background: .paper)
    picture.line(from: [-3, 1], to: [3, 1], width: 0.04, .green)
    let joint = SIMD2(sin(state[0]), -cos(state[0]))
    let tip = joint + SIMD2(sin(state[0] + state[1]), -cos(state[0] + state[1]))
    picture.line(from: [0, 0], to: joint, width: 0.2, .blue)
    picture.line(from: joint, to: tip, width: 0.2, .paleBlue)
    picture.circle(at: [0, 0], radius: 0.07, .ink)
    let motors: [Picture.Color] = [.orange, .ink, .purple]
    picture.circle(at: joint, radius: 0.13, motors[action ?? 1])
    return picture
  }
}
