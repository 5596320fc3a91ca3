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
  /// - Returns: where the one at the index is now; nil if it was removed.
  @discardableResult
  @inline(__always)
  mutating func removeFirst(equalTo index: Int) -> Int? {
    let found = firstIndex(of: self[index]) ?? index
    remove(at: found)
    return found == index ? nil : index - 1
  }
}

/// The part of a frame in which everything but the player moves, each list from its end.
extension MinAtarSeaquest {
  mutating func moveBullets(_ result: inout Transition) {
    for index in bullets.indices.reversed() {
      bullets[index].advance()
      let bullet = bullets[index]
      if bullet.isOutside {
        bullets.removeFirst(equalTo: index)
      } else if let hit = fish.firstIndex(where: bullet.isBeside) {
        fish.remove(at: hit)
        bullets.removeFirst(equalTo: index)
        result.reward += 1
      } else if let hit = submarines.firstIndex(where: bullet.isBeside) {
        submarines.remove(at: hit)
        bullets.removeFirst(equalTo: index)
        result.reward += 1
      }
    }
  }

  mutating func moveDivers() {
    for index in divers.indices.reversed() {
      if pickUp(index) { continue }
      guard divers[index].moveTimer == 0 else {
        divers[index].moveTimer -= 1
        continue
      }
      divers[index].moveTimer = Int8(Self.diverMoveInterval)
      divers[index].advance()
      if divers[index].isOutside {
        divers.removeFirst(equalTo: index)
      } else {
        _ = pickUp(index)
      }
    }
  }

  private mutating func pickUp(_ index: Int) -> Bool {
    guard divers[index].isAt(position), diversOnBoard < Self.mostDivers else { return false }
    divers.removeFirst(equalTo: index)
    diversOnBoard += 1
    return true
  }

  mutating func moveSubmarines(_ result: inout Transition) {
    for index in submarines.indices.reversed() {
      var submarine = submarines[index]
      let place = Self.moveEnemy(
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
      _ = Self.moveEnemy(
        &swimmer, index, of: &fish, &bullets, &result, position: position, interval: moveInterval)
    }
  }

  /// Moves an enemy when it is time, and looks whether it meets the player or a bullet.
  ///
  /// - Parameters:
  ///   - enemy: a copy of the one at the index, which moves, too.
  ///   - index: its place in the list.
  ///   - list: all of its kind.
  ///   - bullets: the player's.
  ///   - result: the frame's.
  ///   - position: the player's.
  ///   - interval: frames from move to move.
  /// - Returns: where in the list it is now; nil if it was removed.
  @inline(__always)
  private static func moveEnemy(
    _ enemy: inout MinAtarSwimmer, _ index: Int, of list: inout [MinAtarSwimmer],
    _ bullets: inout [MinAtarSwimmer], _ result: inout Transition, position: SIMD2<Int>,
    interval: Int
  ) -> Int? {
    if enemy.isAt(position) { result.isTerminated = true }
    guard enemy.moveTimer == 0 else {
      enemy.moveTimer -= 1
      list[index] = enemy
      return index
    }
    enemy.moveTimer = Int8(interval)
    enemy.advance()
    list[index] = enemy
    if enemy.isOutside { return list.removeFirst(equalTo: index) }
    if enemy.isAt(position) {
      result.isTerminated = true
    } else if let hit = bullets.firstIndex(where: enemy.isBeside) {
      bullets.remove(at: hit)
      result.reward += 1
      return list.removeFirst(equalTo: index)
    }
    return index
  }

  mutating func moveEnemyBullets(_ result: inout Transition) {
    for index in enemyBullets.indices.reversed() {
      if enemyBullets[index].isAt(position) { result.isTerminated = true }
      enemyBullets[index].advance()
      if enemyBullets[index].isOutside {
        enemyBullets.removeFirst(equalTo: index)
      } else if enemyBullets[index].isAt(position) {
        result.isTerminated = true
      }
    }
  }
}
