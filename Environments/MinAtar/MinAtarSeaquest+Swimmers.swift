import ReinforcementLearning

/// Something that swims along a row: an enemy, a diver or a bullet.
struct MinAtarSwimmer: Codable, Hashable, Sendable {
  var column: Int8
  var row: Int8
  var headsRight: Bool
  /// Frames until it moves; bullets always do.
  var moveTimer: Int8 = 0
  /// Frames until it shoots, if it can.
  var shotTimer: Int8 = 0

  init(_ column: Int, _ row: Int, headsRight: Bool) {
    self.column = Int8(column)
    self.row = Int8(row)
    self.headsRight = headsRight
  }

  @inline(__always)
  func isAt(_ position: SIMD2<Int>) -> Bool { Int(column) == position.x && Int(row) == position.y }

  @inline(__always)
  func isBeside(_ other: MinAtarSwimmer) -> Bool { column == other.column && row == other.row }

  @inline(__always)
  var isOutside: Bool { column < 0 || column > 9 }

  @inline(__always)
  mutating func advance() { column += headsRight ? 1 : -1 }
}

extension [MinAtarSwimmer] {
  /// Removes the first one that equals the one at an index, as Python's `list.remove` does.
  ///
  /// The package removes like that while it goes through a list from the end. Where the first one is another
  /// one, the one at the index goes down a place, and its turn comes again.
  ///
  /// - Parameters:
  ///   - index: a place in the list.
  ///   - swimmer: what the one there is by now.
  /// - Returns: where the one at the index is now; nil if it was removed.
  @discardableResult
  mutating func removeFirst(equalTo index: Int, _ swimmer: MinAtarSwimmer) -> Int? {
    guard let found = self[..<index].firstIndex(of: swimmer) else {
      remove(at: index)
      return nil
    }
    self[index] = swimmer
    remove(at: found)
    return index - 1
  }
}

/// The part of a frame in which everything but the player moves, each list from its end.
extension MinAtarSeaquest {
  mutating func moveBullets(_ result: inout Transition) {
    for index in bullets.indices.reversed() {
      var bullet = bullets[index]
      bullet.advance()
      if bullet.isOutside {
        bullets.removeFirst(equalTo: index, bullet)
      } else if let hit = fish.firstIndex(where: { $0.isBeside(bullet) }) {
        fish.remove(at: hit)
        bullets.removeFirst(equalTo: index, bullet)
        result.reward += 1
      } else if let hit = submarines.firstIndex(where: { $0.isBeside(bullet) }) {
        submarines.remove(at: hit)
        bullets.removeFirst(equalTo: index, bullet)
        result.reward += 1
      } else {
        bullets[index] = bullet
      }
    }
  }

  mutating func moveDivers() {
    for index in divers.indices.reversed() {
      var diver = divers[index]
      if pickUp(index, diver) { continue }
      if diver.moveTimer == 0 {
        diver.moveTimer = Int8(Self.diverMoveInterval)
        diver.advance()
        if diver.isOutside {
          divers.removeFirst(equalTo: index, diver)
          continue
        }
        if pickUp(index, diver) { continue }
      } else {
        diver.moveTimer -= 1
      }
      divers[index] = diver
    }
  }

  private mutating func pickUp(_ index: Int, _ diver: MinAtarSwimmer) -> Bool {
    guard diver.isAt(position), diversOnBoard < Self.mostDivers else { return false }
    divers.removeFirst(equalTo: index, diver)
    diversOnBoard += 1
    return true
  }

  mutating func moveSubmarines(_ result: inout Transition) {
    for index in submarines.indices.reversed() {
      var submarine = submarines[index]
      let place = Self.move(
        &submarine, index, of: &submarines, &bullets, &result, position: position,
        interval: moveInterval)
      // One that has just been hit or has left shoots all the same, from where it was.
      if submarine.shotTimer == 0 {
        submarine.shotTimer = Int8(Self.enemyShotInterval)
        enemyBullets.append(
          MinAtarSwimmer(
            Int(submarine.column), Int(submarine.row), headsRight: submarine.headsRight))
      } else {
        submarine.shotTimer -= 1
      }
      if let place { submarines[place] = submarine }
    }
  }

  mutating func moveFish(_ result: inout Transition) {
    for index in fish.indices.reversed() {
      var swimmer = fish[index]
      let place = Self.move(
        &swimmer, index, of: &fish, &bullets, &result, position: position, interval: moveInterval)
      if let place { fish[place] = swimmer }
    }
  }

  /// Moves an enemy when it is time, and looks whether it meets the player or a bullet.
  ///
  /// - Parameters:
  ///   - enemy: a copy of the one at the index, which moves.
  ///   - index: its place in the list.
  ///   - list: all of its kind.
  ///   - bullets: the player's.
  ///   - result: the frame's.
  ///   - position: the player's.
  ///   - interval: frames from move to move.
  /// - Returns: the place in the list that is to be the copy's; nil if it was removed.
  @inline(__always)
  private static func move(
    _ enemy: inout MinAtarSwimmer, _ index: Int, of list: inout [MinAtarSwimmer],
    _ bullets: inout [MinAtarSwimmer], _ result: inout Transition, position: SIMD2<Int>,
    interval: Int
  ) -> Int? {
    if enemy.isAt(position) { result.isTerminated = true }
    guard enemy.moveTimer == 0 else {
      enemy.moveTimer -= 1
      return index
    }
    enemy.moveTimer = Int8(interval)
    enemy.advance()
    if enemy.isOutside { return list.removeFirst(equalTo: index, enemy) }
    if enemy.isAt(position) {
      result.isTerminated = true
    } else if let hit = bullets.firstIndex(where: { [enemy] in $0.isBeside(enemy) }) {
      bullets.remove(at: hit)
      result.reward += 1
      return list.removeFirst(equalTo: index, enemy)
    }
    return index
  }

  mutating func moveEnemyBullets(_ result: inout Transition) {
    for index in enemyBullets.indices.reversed() {
      var bullet = enemyBullets[index]
      if bullet.isAt(position) { result.isTerminated = true }
      bullet.advance()
      if bullet.isOutside {
        enemyBullets.removeFirst(equalTo: index, bullet)
        continue
      }
      enemyBullets[index] = bullet
      if bullet.isAt(position) { result.isTerminated = true }
    }
  }
}
