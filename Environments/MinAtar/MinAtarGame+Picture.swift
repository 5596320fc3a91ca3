import ReinforcementLearning

extension MinAtarGame {
  /// Draws the planes as colored cells, the first of them on top.
  public func render(after action: Int?) -> Picture? {
    var cells = [UInt8](repeating: 0, count: 100 * Self.planeCount)
    var span = cells.mutableSpan
    show(in: &span)
    var picture = Picture(rows: 10, columns: 10, background: .night)
    for row in 0..<10 {
      for column in 0..<10 {
        let start = (10 * row + column) * Self.planeCount
        let color = Self.planeColors.indices.first { cells[start + $0] != 0 }
          .map { Self.planeColors[$0] }
        picture.cell(
          row: row, column: column, of: 10, margin: 0.03, color ?? Picture.Color(0x222833))
      }
    }
    return picture
  }
}

extension MinAtarBreakout {
  /// Paddle, ball, its trail, bricks.
  public static var planeColors: [Picture.Color] { [.blue, .paper, .gray, .orange] }
}

extension MinAtarAsterix {
  /// Player, enemies, what they leave behind, gold.
  public static var planeColors: [Picture.Color] {
    [.green, .red, Picture.Color(0x4A5160), .yellow]
  }
}

extension MinAtarFreeway {
  /// The chicken, the cars, and behind them trails that are lighter the faster they are.
  public static var planeColors: [Picture.Color] {
    [.yellow, .red] + [0xB9C0CC, 0x98A0AE, 0x788190, 0x596273, 0x434B5A].map { Picture.Color($0) }
  }
}

extension MinAtarSpaceInvaders {
  /// The cannon, the aliens (whatever their direction), and both kinds of bullets.
  public static var planeColors: [Picture.Color] {
    [.blue, .green, .green, .green, .paper, .red]
  }
}

extension MinAtarSeaquest {
  /// The submarine's two cells, its bullets, trails, the enemies' bullets, fish, submarines, air, divers on board
  /// and divers.
  public static var planeColors: [Picture.Color] {
    [
      .yellow, .wood, .paper, Picture.Color(0x4A5160), .red, .purple, .orange, .blue, .green,
      .green,
    ]
  }
}
