import ReinforcementLearning

extension Orchard {
  /// Draws the cells, the fruit as long as it is there, and who picks it.
  public func render(after action: [Int]?) -> Picture? {
    var picture = Picture(rows: size, columns: size)
    for row in 0..<size {
      for column in 0..<size {
        picture.cell(row: row, column: column, of: size, .paleGreen)
      }
    }
    func middle(_ cell: SIMD2<Int>) -> SIMD2<Double> {
      [Double(cell.x) + 0.5, Double(cell.y) + 0.5]
    }
    let isPicked = action?[2] == 1
    let place = middle(fruit)
    if !isPicked {
      picture.line(from: place, to: place + [0.08, 0.36], width: 0.06, .wood)
      picture.circle(at: place, radius: 0.28, .red)
    }
    picture.circle(at: middle(position), radius: 0.2, .blue)
    if isPicked { picture.circle(at: middle(position), radius: 0.12, .red) }
    return picture
  }
}
