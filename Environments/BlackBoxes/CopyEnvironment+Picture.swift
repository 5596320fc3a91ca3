import ReinforcementLearning

extension CopyEnvironment {
  /// Draws the sequence and below it the copy so far, a color for each kind of symbol, in lines of 20 symbols.
  public func render(after action: Int?) -> Picture? {
    let columns = min(task.length, 20)
    let lines = (task.length + columns - 1) / columns
    // Each line has a row for the sequence, one for the copy, and a gap.
    var picture = Picture(rows: 3 * lines + 1, columns: columns)
    for place in sequence.indices {
      let (row, column) = (1 + 3 * (place / columns), place % columns)
      picture.cell(row: row, column: column, of: 3 * lines + 1, color(of: sequence[place]))
      picture.cell(
        row: row + 1, column: column, of: 3 * lines + 1,
        place < written.count ? color(of: written[place]) : .faint)
    }
    return picture
  }

  /// A hue for each kind of symbol, half of them dark so that neighbors are told apart.
  private func color(of symbol: Int) -> Picture.Color {
    let hue = 6 * Double(symbol) / Double(task.vocabulary)
    let value = symbol % 2 == 0 ? 230.0 : 150
    func part(_ center: Double) -> UInt8 {
      let distance = abs(hue - center)
      let share = min(max(2 - min(distance, 6 - distance), 0), 1)
      return UInt8(value * (0.25 + 0.75 * share))
    }
    return Picture.Color(red: part(0), green: part(2), blue: part(4))
  }
}
