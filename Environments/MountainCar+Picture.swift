import Foundation
import ReinforcementLearning

extension MountainCar {
  /// Draws hill, car and flag, with an arrow for the engine.
  public func render(after action: Int?) -> Picture? {
    mountainPicture(position: position, flag: 0.5, throttle: Double((action ?? 1) - 1))
  }
}

extension MountainCarContinuous {
  /// Draws hill, car and flag, with an arrow for the engine.
  public func render(after action: Float?) -> Picture? {
    mountainPicture(position: position, flag: 0.45, throttle: Double(action ?? 0))
  }
}

/// A hill whose height is the sine in the car's equation of motion.
private func mountainPicture(position: Double, flag: Double, throttle: Double) -> Picture {
  func ground(_ x: Double) -> SIMD2<Double> { [x, 0.45 * sin(3 * x) + 0.55] }
  var picture = Picture(x: -1.2...0.6, y: -0.05...1.3, background: Picture.Color(0xEAF2FA))
  let hill = (0...90).map { ground(-1.2 + 0.02 * Double($0)) }
  picture.polygon([[-1.2, -0.05]] + hill + [[0.6, -0.05]], .paleGreen)
  for (start, end) in zip(hill, hill.dropFirst()) {
    picture.line(from: start, to: end, width: 0.012, .green)
  }
  let pole = (foot: ground(flag), top: ground(flag) + [0, 0.2])
  picture.line(from: pole.foot, to: pole.top, width: 0.012, .ink)
  picture.polygon([pole.top, pole.top + [0.1, -0.035], pole.top + [0, -0.07]], .red)

  // The car's own axes: along the ground, and up from it.
  let slope = 1.35 * cos(3 * position)
  let along = SIMD2(1, slope) / (1 + slope * slope).squareRoot()
  let up = SIMD2(-along.y, along.x)
  func place(_ x: Double, _ y: Double) -> SIMD2<Double> { ground(position) + x * along + y * up }
  picture.polygon(
    [
      place(-0.08, 0.02), place(0.08, 0.02), place(0.075, 0.055), place(0.04, 0.06),
      place(0.02, 0.095), place(-0.035, 0.095), place(-0.06, 0.06), place(-0.08, 0.055),
    ], .blue)
  for wheel in [-0.045, 0.045] {
    picture.circle(at: place(wheel, 0.02), radius: 0.022, .ink)
  }
  let push = min(max(throttle, -1), 1)
  let start = push < 0 ? -0.1 : 0.1
  picture.arrow(at: place(start, 0.04), to: place(start + 0.09 * push, 0.04), width: 0.012, .orange)
  return picture
}
