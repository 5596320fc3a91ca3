import Foundation
import GSL
import ReinforcementLearning

/// A task that is a small Markov decision process and says so.
///
/// The state is observed one-hot; everything but the process itself is given here.
public protocol TabularEnvironment: Environment where Action == Int {
  /// Every probability and reward.
  var process: MarkovDecisionProcess { get }
  /// The current state.
  var state: Int { get set }
  /// The episode's random numbers that are left.
  var stream: RandomStream { get set }
}

extension TabularEnvironment {
  /// The state, one-hot.
  public var observationSpace: Space { .discrete(process.stateCount) }

  /// One number for each action.
  public var actionSpace: Space { .discrete(process.actionCount) }

  /// Says whether the process is another one, or the state none of its own.
  public func problemOfRestoring(into prototype: Self) -> String? {
    guard process == prototype.process else { return "its probabilities or rewards are others." }
    guard (0..<process.stateCount).contains(state) else {
      return "its state must be from 0 to \(process.stateCount - 1) but is \(state)."
    }
    return nil
  }

  /// Draws the initial state.
  public mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    self.stream = stream
    state = process.sample(process.initial[...], uniform: self.stream.uniform())
    writeOneHot(state, into: &observation)
  }

  /// Draws the next state.
  public mutating func step(_ action: Int, observation: inout MutableSpan<Float>) -> Transition {
    let start = (state * process.actionCount + action) * process.stateCount
    let row = process.transitions[start..<start + process.stateCount]
    let next = process.sample(row, uniform: stream.uniform())
    let reward = process.reward(of: next, after: action, in: state)
    state = next
    writeOneHot(state, into: &observation)
    return Transition(reward: reward, isTerminated: process.isTerminal[state])
  }
}

extension TabularEnvironment {
  /// Draws the states in a circle, those that end the episode in gray, and where one is.
  ///
  /// Lines are as strong as the transitions of what was done last are likely, from wherever they begin.
  public func render(after action: Action?) -> Picture? {
    var picture = Picture(x: -1.6...1.6, y: -1.2...1.2, background: .paper)
    let count = process.stateCount
    func place(_ state: Int) -> SIMD2<Double> {
      let direction = Double.pi / 2 - 2 * Double.pi * Double(state) / Double(count)
      return [cos(direction), sin(direction)]
    }
    let radius = min(0.16, 2 / Double(count))
    if let action, count <= 16 {
      for state in 0..<count where !process.isTerminal[state] {
        for next in 0..<count where next != state {
          let probability = process.probability(of: next, after: action, in: state)
          picture.line(from: place(state), to: place(next), width: 0.06 * probability, .gray)
        }
      }
    }
    for each in 0..<count {
      picture.circle(at: place(each), radius: radius, process.isTerminal[each] ? .gray : .paleBlue)
    }
    picture.circle(at: place(state), radius: 0.7 * radius, .orange)
    return picture
  }
}
