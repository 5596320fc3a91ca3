import ReinforcementLearning

extension MinAtarSeaquest {
  /// Shows the submarine, the two gauges, and everything else that swims.
  public func show(in observation: inout MutableSpan<UInt8>) {
    mark(&observation, .front, position.y, position.x)
    // The player has turned away from the edge it is at, so there is room for the back.
    mark(&observation, .back, position.y, headsRight ? position.x - 1 : position.x + 1)
    for column in 0..<max(0, oxygen) * 10 / Self.fullOxygen {
      mark(&observation, .oxygen, 9, column)
    }
    for column in 9 - max(0, diversOnBoard)..<9 { mark(&observation, .diversOnBoard, 9, column) }
    for bullet in bullets { mark(&observation, .friendlyBullet, bullet.row, bullet.column) }
    for bullet in enemyBullets { mark(&observation, .enemyBullet, bullet.row, bullet.column) }
    show(fish, .fish, in: &observation)
    show(submarines, .submarine, in: &observation)
    show(divers, .diver, in: &observation)
  }

  @inline(__always)
  private func show(
    _ swimmers: [MinAtarSwimmer], _ plane: Plane, in observation: inout MutableSpan<UInt8>
  ) {
    for swimmer in swimmers {
      mark(&observation, plane, swimmer.row, swimmer.column)
      let behind = swimmer.headsRight ? swimmer.column - 1 : swimmer.column + 1
      if (0...9).contains(behind) { mark(&observation, .trail, swimmer.row, behind) }
    }
  }

  /// Every place inside the field, every counter where play can bring it.
  public var limits: [MinAtarLimit] {
    [
      // Not at the edge behind it.
      MinAtarLimit("column", position.x, headsRight ? 1...9 : 0...8),
      MinAtarLimit("row", position.y, 0...8),
      MinAtarLimit("oxygen", oxygen, -1...Self.fullOxygen),
      MinAtarLimit("number of divers on board", diversOnBoard, -(1 << 53)...Self.mostDivers),
      MinAtarLimit("rest", rest, 0...Self.shotInterval),
      MinAtarLimit("spawn interval", spawnInterval, 1...Self.firstSpawnInterval),
      MinAtarLimit("spawn timer", spawnTimer, 0...Self.firstSpawnInterval),
      MinAtarLimit("diver timer", diverTimer, 0...Self.diverSpawnInterval),
      MinAtarLimit("move interval", moveInterval, Self.lastMoveInterval...Self.firstMoveInterval),
    ]
      + (bullets + enemyBullets + divers + fish + submarines).flatMap { swimmer in
        [
          MinAtarLimit("swimmers' columns", swimmer.column, 0...9),
          MinAtarLimit("swimmers' rows", swimmer.row, 0...8),
          MinAtarLimit("swimmers' move timers", swimmer.moveTimer, 0...Self.firstMoveInterval),
          MinAtarLimit("swimmers' shot timers", swimmer.shotTimer, 0...Self.enemyShotInterval),
        ]
      }
  }
}
